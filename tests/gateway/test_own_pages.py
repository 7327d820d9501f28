import pytest

from clinics.models import Language, Task
from consent.models import EventKind, Topic
from consent.page_links import LASTS
from consent.record import hold
from consent.scope import scope_at
from consent.standing import Word, lock_line
from gateway.gate import Obstacle
from gateway.models import Message
from gateway.own_page_words import SAID
from tests.conftest import NOW, PAT, SAM
from tests.gateway.own_pages import (
    AGENT,
    WORDS,
    agrees,
    heed_of,
    link,
    look,
    press,
)
from tests.gateway.signing_up import CSS, events, rows, standing, texts, verdict
from tests.pages import visitor, words
from tests.site.hostile import ALL
from tests.site.test_get_never_writes import fingerprint


def test_the_page_says_which_texts_are_on_since_when_and_how(pages, cast):
    agrees(pages, cast.maple)

    page = look(pages, link(pages, cast.maple))

    assert page.status_code == 200
    assert "Your texts from Maple Dental" in words(page)
    assert "On since Mon, Nov 30, 2026, 10:00 AM PST by text from this phone" in words(
        page
    )
    assert "ends in 11" in words(page)
    assert "News and offers" not in words(page)  # nobody ever spoke of them


def test_the_number_is_nowhere_on_her_pages(pages, cast):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple)

    for page in (path, f"{path}/receipt", f"{path}/receipt.json"):
        told = look(pages, page).get_data(as_text=True)
        assert "5550111" not in told
        assert "555-0111" not in told


def test_looking_changes_no_row_however_often_and_by_whom(pages, cast):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple)
    before = fingerprint(heed_of(pages).database)

    for agent in ("Twitterbot/1.0", "SafeLinks", AGENT):
        for page in (path, f"{path}/receipt", f"{path}/receipt.json"):
            answer = look(pages, page, headers={"User-Agent": agent})
            assert answer.status_code == 200
        for page in (f"{path}/stop", f"{path}/erase"):
            assert look(pages, page).status_code == 405

    assert fingerprint(heed_of(pages).database) == before


def test_one_button_stops_every_topic_with_its_evidence(pages, cast):
    for topic in Topic:
        agrees(pages, cast.maple, topic=topic)
    path = link(pages, cast.maple)

    answer = press(pages, f"{path}/stop")

    assert (answer.status_code, answer.location) == (303, f"{path}?lang=en")
    for topic in Topic:
        assert standing(pages, cast.maple, topic).word is Word.opted_out
    kind, facts = events(pages, cast.maple)[-1]
    base = heed_of(pages).settings.public_base_url
    assert kind is EventKind.opt_out
    assert facts == {
        "method": "web preference page",
        "scope": "all topics of the clinic",
        "scope_rule": scope_at(NOW).law,
        "url": f"{base}/p/",
        "ip": "198.51.100.7",
        "user_agent": AGENT,
        "language": "en",
        "link": 1,
        "phone": PAT,
    }
    assert rows(pages, Message) == []  # no confirmation: the page says it
    page = words(look(pages, path))
    assert "Texts are stopped." in page
    assert page.count("Stopped since Mon, Nov 30, 2026") == 3
    assert "text START from this phone to (206) 555-0100" in page
    assert 'href="sms:+12065550100?&amp;body=START"' in look(pages, path).get_data(
        as_text=True
    )
    assert "/stop" not in look(pages, path).get_data(as_text=True)


def test_after_the_button_the_gate_refuses_what_is_due(pages, cast):
    texts(pages, cast.maple, "START")
    (due,) = rows(pages, Message)
    before = verdict(pages, due)

    press(pages, f"{link(pages, cast.maple)}/stop")

    assert Obstacle.not_opted_in not in before.obstacles
    assert Obstacle.not_opted_in in verdict(pages, due).obstacles


def test_pressing_twice_is_one_stop_and_start_undoes_it(pages, cast):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple)

    for _ in range(3):
        press(pages, f"{path}/stop")
    stopped = len(events(pages, cast.maple))
    texts(pages, cast.maple, "START")
    agreed = standing(pages, cast.maple).word
    press(pages, f"{path}/stop")

    assert stopped == 2
    assert agreed is Word.opted_in
    assert standing(pages, cast.maple).word is Word.opted_out


def test_who_never_agreed_can_stop_as_well(pages, cast):
    path = link(pages, cast.maple)

    before = words(look(pages, path))
    press(pages, f"{path}/stop")

    assert "Off: nobody has agreed to them" in before
    assert standing(pages, cast.maple).word is Word.opted_out


@pytest.mark.parametrize("stopped", [False, True])
def test_a_held_number_is_told_so_and_may_stop(pages, cast, stopped):
    agrees(pages, cast.maple)
    if stopped:
        press(pages, f"{link(pages, cast.maple)}/stop")
    with heed_of(pages).database.writing() as writing:
        lock_line(writing, cast.maple.clinic_id, PAT)
        hold(writing, cast.maple.clinic_id, PAT, "unsure", {}, NOW)
    path = link(pages, cast.maple)

    before = words(look(pages, path))
    press(pages, f"{path}/stop")

    assert "has to read your last text first" in before
    assert not standing(pages, cast.maple).held
    assert standing(pages, cast.maple).word is Word.opted_out


def test_a_link_of_one_clinic_or_phone_shows_and_stops_no_other(pages, cast):
    agrees(pages, cast.maple)
    agrees(pages, cast.birch)
    agrees(pages, cast.maple, phone=SAM)
    path = link(pages, cast.birch)  # of the same phone, at the other clinic

    seen = words(look(pages, path)) + words(look(pages, f"{path}/receipt"))
    press(pages, f"{path}/stop")
    press(pages, f"{path}/erase")

    assert "Birch Eye Care" in seen
    assert WORDS[cast.birch.number] in seen
    assert "Maple" not in seen
    assert standing(pages, cast.birch).word is Word.opted_out
    assert standing(pages, cast.maple).word is Word.opted_in
    assert standing(pages, cast.maple, phone=SAM).word is Word.opted_in
    assert [task.clinic_id for task in rows(pages, Task)] == [cast.birch.clinic_id]


def test_every_page_is_small_quiet_and_in_both_languages(pages, cast):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple)
    ended = link(pages, cast.maple, at=NOW - LASTS)

    for page in (path, f"{path}/receipt", ended, "/p/unknown"):
        for language in ("en", "es"):
            answer = look(pages, f"{page}?lang={language}")
            html = answer.get_data(as_text=True)

            assert f'<html lang="{language}">' in html
            assert html.count("<h1") == 1
            assert len(answer.data) + CSS.stat().st_size <= 20 * 1024
            assert "<script" not in html
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "noindex" in answer.headers["X-Robots-Tag"]
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_both_languages_say_the_same_things():
    assert SAID[Language.en].keys() == SAID[Language.es].keys()


def test_the_page_speaks_the_languages_of_the_link(pages, cast):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple, language="es")

    page = look(pages, path, headers={"Accept-Language": "en"})
    after = press(pages, f"{path}/stop", lang="es")

    assert "Sus mensajes de Maple Dental" in words(page)
    assert "desde el 30 de noviembre de 2026, 10:00 AM PST" in words(page)
    assert after.location == f"{path}?lang=es"


HOSTILE = [*ALL, "x\x01y", "\xff\xfe", "A" * 9000]


def test_a_hostile_browser_is_kept_as_it_is_and_runs_nowhere(pages, cast, now):
    desk = visitor(pages, "desk@maple-dental.example")
    for place, agent in enumerate(HOSTILE):
        phone = f"+1206555{place:04}"
        agrees(pages, cast.maple, phone)
        header = agent.encode("utf-8", "replace").decode("latin-1")
        header = header.replace("\n", " ").replace("\r", " ")
        path = link(pages, cast.maple, phone)

        assert press(pages, f"{path}/stop", agent=header).status_code == 303
        assert events(pages, cast.maple)[-1][1]["user_agent"] == header[:500]
    page = desk.get("/desk/maple-dental/patients/by-phone/+12065550000?all=1")
    assert "<script>alert" not in page.get_data(as_text=True)
