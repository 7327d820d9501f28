import json
from datetime import timedelta

import pytest
import structlog

from clinics.models import Language, Task
from consent.models import EventKind, PageLink, Topic
from consent.page_links import LASTS
from consent.record import hold
from consent.standing import Word, lock_line
from gateway.gate import Obstacle
from gateway.models import Message
from gateway.own_page import WRONG_LINKS
from gateway.own_page_words import SAID
from kernel import logs
from kernel.hashing import sha256_hex
from kernel.models import Counter
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
from tests.gateway.signing_up import CSS, events, later, rows, standing, texts, verdict
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


def test_a_held_number_is_told_so_and_may_stop(pages, cast):
    agrees(pages, cast.maple)
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


def test_an_ended_link_shows_nothing_stops_nothing_and_says_what_to_do(pages, cast):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple, at=NOW - LASTS)
    before = fingerprint(heed_of(pages).database)

    for page in (path, f"{path}/receipt", f"{path}/receipt.json"):
        answer = look(pages, page)
        assert answer.status_code == 410
        assert "text STOP to (206) 555-0100" in words(answer)
        assert "call (206) 555-0199" in words(answer)
        assert "ends in" not in words(answer)
    for page in ("stop", "erase"):
        assert press(pages, f"{path}/{page}").status_code == 410

    assert fingerprint(heed_of(pages).database) == before
    assert look(pages, link(pages, cast.maple, at=NOW - LASTS + timedelta(seconds=1)))


WRONG = ["x", "A" * 22, "A" * 21, "A" * 4000, "%00" * 22, "%ff", "..%2f..", "1", "é"]


@pytest.mark.parametrize("token", WRONG)
def test_a_link_that_we_never_made_leads_to_one_calm_page(pages, cast, token):
    for answer in (look(pages, f"/p/{token}"), press(pages, f"/p/{token}/stop")):
        assert answer.status_code == 404
        if answer.request.path.count("/") < 4 and "%2f" not in token:
            assert "This link does not work" in words(answer)
            assert "reply STOP to any of them" in words(answer)
            assert "Maple" not in words(answer)
    assert events(pages, cast.maple) == []


def test_guessing_is_counted_and_ends_while_real_links_go_on(pages, cast):
    path = link(pages, cast.maple)
    wrong = [look(pages, f"/p/{'x' * 21}{n % 10}") for n in range(WRONG_LINKS + 2)]

    assert [one.status_code for one in wrong] == [404] * WRONG_LINKS + [429, 429]
    assert "try again in an hour" in words(wrong[-1])
    assert press(pages, "/p/wrong/stop", ip="127.0.0.1").status_code == 429
    assert press(pages, "/p/wrong/stop", ip="203.0.113.9").status_code == 404
    assert look(pages, path).status_code == 200
    assert {one.count for one in rows(pages, Counter)} == {WRONG_LINKS, 1}
    assert not any("127.0.0.1" in one.name for one in rows(pages, Counter))

    later(pages, days=2)
    look(pages, "/p/wrong")

    assert [one.count for one in rows(pages, Counter)] == [1]


def test_the_token_is_kept_as_a_hash_and_stands_in_no_log_and_no_ledger(
    pages, cast, capfd
):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple)
    token = path.removeprefix("/p/")
    logs.set_up("DEBUG")
    logs.log().info("a line")

    for page in ("", "/receipt", "/receipt.json"):
        look(pages, path + page)
    press(pages, f"{path}/stop")
    press(pages, f"{path}/erase")

    (kept,) = rows(pages, PageLink)
    assert kept.token_hash == sha256_hex(token.encode())
    assert token not in json.dumps(events(pages, cast.maple), default=str)
    assert token not in str(rows(pages, Task))
    structlog.reset_defaults()
    logged = "".join(capfd.readouterr())
    assert "a line" in logged
    assert token not in logged


def test_a_failure_logs_the_route_and_not_the_address(pages, cast, capfd):
    path = link(pages, cast.maple)
    token = path.removeprefix("/p/")
    heed_of(pages).clock = None  # whatever breaks
    pages.config["PROPAGATE_EXCEPTIONS"] = False
    logs.set_up("DEBUG")

    answer = look(pages, path)

    structlog.reset_defaults()
    logged = "".join(capfd.readouterr())

    assert answer.status_code == 500
    assert "/p/<token>" in logged
    assert token not in logged


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
