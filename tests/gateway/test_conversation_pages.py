from datetime import timedelta

import pytest

from gateway.models import ArrivedBy, State
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.texted import patient, sent, texts

DESK = "desk@maple-dental.example"
INBOX = "/desk/maple-dental/inbox"
TALK = f"{INBOX}/{PAT}"
MINUTE = timedelta(minutes=1)
HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "\u202egnp.exe\u2066\u200f\u061c",
    "=HYPERLINK(1)\x1b[2J\x00",
    "A" * 1600,
    "line\n" * 200,
    "\U0001f6d1" * 400,
    "",
]


@pytest.fixture
def desk(pages):
    return visitor(pages, DESK)


def test_both_sides_stand_by_time_the_newest_first(desk, database, cast):
    hour = timedelta(hours=1)
    texts(database, cast.maple, "START", at=NOW - 8 * hour)
    sent(database, cast.maple, "your visit is tomorrow", NOW - 4 * hour)
    texts(
        database,
        cast.maple,
        "I wrote this before that",
        arrived_by=ArrivedBy.reconciler,
        vendor_at=NOW - 5 * hour,
    )
    texts(database, cast.maple, "and this after", at=NOW - hour)

    page = words(desk.get(TALK))

    told = ["and this after", "your visit is", "I wrote this before", "START Read as"]
    places = [page.index(text) for text in told]
    assert places == sorted(places)


def test_what_was_held_or_lost_says_why_and_what_waits_is_left_out(
    desk, database, cast
):
    why = ["AT&T has not said ACTIVE yet."]
    texts(database, cast.maple, "START")
    held = {"state": State.due, "submitted_at": None, "held_since": NOW}
    sent(database, cast.maple, "held one", NOW, **held, held_why=why)
    sent(database, cast.maple, "planned one", NOW, state=State.due, submitted_at=None)
    sent(database, cast.maple, "taken back", NOW, state=State.withdrawn)
    lost = {"state": State.failed, "outcome": "Twilio refused it."}
    sent(database, cast.maple, "lost one", NOW, **lost)

    page = words(desk.get(TALK))

    assert "held one held AT&amp;T has not said ACTIVE yet." in page
    assert "lost one failed Twilio refused it." in page
    assert "planned one" not in page
    assert "taken back" not in page


def test_a_stop_is_shown_plainly(desk, database, cast):
    texts(database, cast.maple, "START", at=NOW - MINUTE)
    texts(database, cast.maple, "STOP")

    page = words(desk.get(TALK))

    assert "said stop Asked to stop on Mon, Nov 30, 2026, 10:00 AM PST ." in page
    assert "Read as: asked to stop (the word “STOP”). Nothing more is sent." in page
    assert "Nothing in it needed a person." in page
    assert f'href="tel:{PAT}"' in desk.get(TALK).get_data(as_text=True)


def test_older_texts_go_on_exactly_where_the_page_ended(desk, database, cast):
    for number in range(40):
        texts(database, cast.maple, f"hers {number:02}.")
        sent(database, cast.maple, f"ours {number:02}.", NOW)

    seen, path = [], TALK
    while path:
        page = desk.get(path).get_data(as_text=True)
        seen += [
            f"{side} {n:02}."
            for side in ("hers", "ours")
            for n in range(40)
            if f"{side} {n:02}." in page.split('id="texts"')[1]
        ]
        path = (
            f"{TALK}?before={page.split('before=')[1].split(chr(34))[0]}"
            if ("before=" in page)
            else None
        )

    assert len(seen) == len(set(seen)) == 80


def test_a_place_that_is_none_breaks_nothing(desk, database, cast):
    texts(database, cast.maple, "hello")

    odd = ["", "x", "1.2.3", "0.1.1", "9" * 40 + ".0.1", "9" * 17 + ".1.1", "%00"]
    asked = [desk.get(f"{TALK}?before={before}").status_code for before in odd]
    assert asked == [200] * len(odd)


def test_hostile_words_are_words_on_the_list_and_in_the_conversation(
    desk, database, cast
):
    for number, body in enumerate(HOSTILE):
        texts(database, cast.maple, body, at=NOW + number * MINUTE)
    patient(database, cast.maple, "<i>Eve</i>\u202e")
    for path in (INBOX, TALK):
        page = desk.get(path)
        source = page.get_data(as_text=True)

        assert page.status_code == 200
        for bad in ("<script>alert", "<img src=x", "<i>Eve", "\u202e", "\x1b", "\x00"):
            assert bad not in source
        assert " 49 " not in words(page)
    assert "⟨U+202E⟩gnp.exe" in words(desk.get(TALK))


def test_a_sender_that_is_no_phone_has_a_conversation_too(desk, database, cast):
    senders = [
        "72345",
        "MAPLE",
        "whatsapp:+12065550111",
        "a/b",
        "\u202e\x00<b>",
        "?x#y",
    ]
    for sender in senders:
        seen = texts(database, cast.maple, "hello from afar", phone=sender)

        listed = desk.get(INBOX).get_data(as_text=True)
        link = listed.split(f'href="{INBOX}/')[1].split('"')[0]

        assert "hello from afar" in words(desk.get(f"{INBOX}/{link}"))
        done = desk.post(f"{INBOX}/{link}", {"what": "done", "seen_id": seen})
        assert done.location == INBOX


def test_a_number_held_without_a_task_is_decided_on_its_page(desk, database, cast):
    texts(database, cast.maple, "START", at=NOW - MINUTE)
    texts(database, cast.maple, "too many texts")
    with database.writing() as session:  # ticked off elsewhere, nothing decided
        session.connection().exec_driver_sql("UPDATE task SET done_at = created_at")

    held = desk.get(TALK)
    assert "They asked to stop" in words(held)
    assert "First decide the question above" in words(held)
    assert 'value="done"' not in held.get_data(as_text=True)
    path = f"/desk/maple-dental/inbox-hold/{PAT}"
    refused = desk.post(path, {"verdict": "done"})
    answer = desk.post(path, {"verdict": "go_on"})

    assert refused.status_code == 400
    assert answer.location == TALK
    page = desk.get(TALK)
    assert "Texts may go to this number again." in words(page)
    assert 'value="done"' in page.get_data(as_text=True)
    desk.post(path, {"verdict": "stop"})
    assert "it is not held any more" in words(desk.get(TALK))


def test_the_same_phone_at_two_clinics_is_two_conversations(
    pages, desk, database, cast
):
    texts(database, cast.maple, "to Maple")
    texts(database, cast.birch, "to Birch")
    sent(database, cast.birch, "from Birch", NOW)
    patient(database, cast.birch, "Birchs")

    page = words(desk.get(TALK))

    assert "to Maple" in page
    assert "Birch" not in page
