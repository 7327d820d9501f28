import re

from clinics.models import Language
from consent.disclosures import publish
from gateway.models import Message
from kernel.models import Counter
from registration.models import Campaign, WordingKind
from registration.wordings import add as add_wording
from tests.conftest import NOW, PAT
from tests.gateway.signing_up import (
    CSS,
    MAPLE,
    SPANISH,
    events,
    fill_in,
    leaves,
    requests,
    rows,
    shown_hash,
    texts,
)
from tests.pages import words


def test_in_spanish_the_page_the_text_and_the_confirmation_are_spanish(open_form, cast):
    with open_form.extensions["heed"].database.writing() as writing:
        add_wording(
            writing,
            cast.maple.clinic_id,
            cast.maple.campaign_id,
            WordingKind.opt_in_confirmation,
            Language.es,
            "{clinic}: recibira mensajes sobre sus citas.",
            NOW,
        )
    client = open_form.test_client()

    page = client.get(MAPLE, headers={"Accept-Language": "es-MX,es;q=0.9"})
    answer = fill_in(open_form, lang="es")
    leaves(open_form)
    texts(open_form, cast.maple, "YES")

    assert '<html lang="es">' in page.get_data(as_text=True)
    assert SPANISH in words(page)
    assert "Falta un paso" in words(client.get(answer.location))
    bodies = [one.body for one in rows(open_form, Message)]
    assert bodies[0].startswith("Maple Dental: responda YES")
    assert bodies[1] == "Maple Dental: recibira mensajes sobre sus citas."


def test_the_form_is_small_has_no_cookie_and_no_ticked_box(three_topics):
    answer = three_topics.test_client().get(MAPLE)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert len(answer.data) + CSS.stat().st_size <= 20 * 1024
    assert CSS.stat().st_size <= 3 * 1024
    assert "Set-Cookie" not in answer.headers
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "bootstrap" not in page
    assert "checked" not in page
    names = set(re.findall(r'name="(\w+)"', page)) - {"viewport"}
    assert names == {
        *("phone", "name", "care", "reviews", "marketing", "language", "disclosure")
    }
    assert "&lt;Not a condition&gt;" in page
    assert "/c/maple-dental/privacy" in page
    assert "/c/maple-dental/sms-terms" in page


def test_only_what_the_campaign_covers_has_a_box_and_a_forged_one_does_nothing(
    open_form, cast
):
    page = open_form.test_client().get(MAPLE).get_data(as_text=True)
    fill_in(open_form, marketing="yes")

    assert 'name="care"' in page
    assert 'name="marketing"' not in page
    assert [facts["topic"] for _, facts in events(open_form, cast.maple)] == ["care"]


MISTAKES = [
    ({"phone": "+44 20 7946 0018"}, "outside the US and Canada"),
    ({"phone": "12"}, "too few digits"),
    ({"care": None}, "Tick what you want texts about."),
    ({"name": "n" * 81}, "This name is too long."),
]


def test_a_mistake_is_said_and_what_was_typed_stays(open_form):
    for fields, sentence in MISTAKES:
        answer = fill_in(open_form, **{"name": "Pat <b>", **fields})

        assert answer.status_code == 400
        assert sentence in words(answer)
        page = answer.get_data(as_text=True)
        assert (fields.get("name") or "Pat &lt;b&gt;") in page
        assert ("checked" in page) == ("care" not in fields)
    assert requests(open_form) == []
    assert rows(open_form, Counter) == []


def test_words_that_were_not_shown_are_no_consent(open_form, cast):
    superseded = shown_hash(open_form.test_client().get(MAPLE).get_data(as_text=True))
    with open_form.extensions["heed"].database.writing() as writing:
        publish(writing, cast.maple.clinic_id, "web", "en", "New words.", NOW)

    for shown in (None, "", "0" * 64, superseded):
        answer = fill_in(open_form, disclosure=shown)

        assert "have changed since you opened" in words(answer)
        assert "checked" not in answer.get_data(as_text=True)
        assert "(206) 555-0111" in answer.get_data(as_text=True)
    assert events(open_form, cast.maple) == []


def test_without_published_words_nothing_can_be_recorded(pages, cast):
    client = pages.test_client()

    page = client.get(f"{MAPLE}?lang=es")
    answer = client.post(MAPLE, data={"phone": PAT, "care": "yes", "disclosure": ""})

    assert "La inscripción no está abierta" in words(page)
    assert "(206) 555-0199" in words(page)
    assert "<form" not in page.get_data(as_text=True)
    assert "Signing up for texts is not open" in words(answer)
    assert events(pages, cast.maple) == []


HOSTILE = ["<script>", "{{ 7*7 }}", "\u202egnp", "=1+1", "x\x00y", "W" * 80]


def test_hostile_names_are_kept_as_they_are_and_run_nowhere(open_form, cast):
    for place, name in enumerate(HOSTILE):
        ip, phone = f"10.0.0.{place}", f"(206) 555-013{place}"
        wrong = fill_in(open_form, ip=ip, name=name, phone="1")
        fill_in(open_form, ip=ip, name=name, phone=phone)

        assert "<script>" not in wrong.get_data(as_text=True)
    kept = [facts["name"] for _, facts in events(open_form, cast.maple)]
    assert kept == HOSTILE


def test_every_public_page_stands_in_both_languages(open_form):
    for page in ("opt-in", "opt-in/next", "privacy", "sms-terms"):
        for lang in ("en", "es"):
            answer = open_form.test_client().get(f"/c/maple-dental/{page}?lang={lang}")

            assert answer.status_code == 200
            assert f'<html lang="{lang}">' in answer.get_data(as_text=True)
            assert answer.get_data(as_text=True).count("<h1") == 1
            assert "Set-Cookie" not in answer.headers
            assert len(answer.data) + CSS.stat().st_size <= 20 * 1024


def test_the_privacy_page_says_that_numbers_are_not_shared(open_form):
    client = open_form.test_client()

    english = words(client.get("/c/maple-dental/privacy"))
    spanish = words(client.get("/c/maple-dental/privacy?lang=es"))

    assert "not shared with third parties or affiliates for marketing" in english
    assert "ni se comparten con terceros" in spanish


def test_an_unknown_clinic_is_not_found_in_plain_words(open_form):
    for slug in ("nobody", "x", "%00", "A" * 300):
        for page in ("opt-in", "opt-in/next", "privacy", "sms-terms"):
            answer = open_form.test_client().get(f"/c/{slug}/{page}")

            assert answer.status_code == 404
            assert "no clinic at this address" in words(answer)
            assert "flask" not in words(answer)


def test_a_clinic_without_a_campaign_that_may_text_has_no_form(open_form, cast):
    with open_form.extensions["heed"].database.writing() as writing:
        writing.get_one(Campaign, cast.maple.campaign_id).expired_at = NOW

    page = open_form.test_client().get(MAPLE)

    assert "Signing up for texts is not open" in words(page)
