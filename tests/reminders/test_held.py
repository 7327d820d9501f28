"""A text that is held, or leaves today, as the desk sees it."""

from datetime import timedelta

from sqlmodel import select

from consent.models import Topic
from gateway import outbox
from gateway.models import Message, MessageKind, SendDecision
from gateway.restraint import CHANGED
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.reminders.desk import DESK, LIST, agreed, of
from tests.reminders.imports import ANA, BEN, bring, plan_maple
from tests.texted import texts

TODAY = "/desk/maple-dental/"
WHY = "The patient has not agreed to texts."


def hold_all(database):
    with database.writing() as writing:
        for text in writing.exec(select(Message)):
            text.held_since, text.held_why = NOW, [WHY]
            writing.add(text)


def answer(database, cast, phone, kind, *, until=timedelta(hours=1)):
    with database.writing() as writing:
        return outbox.queue(
            writing,
            clinic_id=cast.maple.clinic_id,
            number_id=cast.maple.number_id,
            phone=phone,
            topic=Topic.care,
            kind=kind,
            body="Maple Dental: words.",
            dedupe_key=f"{kind}:{phone}",
            send_from=NOW,
            send_until=NOW + until,
            now=NOW,
        )


def section(page, name, until):
    return page.partition(f" {name} ")[2].partition(f" {until} ")[0]


def test_what_is_held_comes_with_the_nearest_visit_first(pages, database, cast):
    near = BEN.replace("12-08T15:30", "12-04T09:00")
    bring(database, ANA, near)
    plan_maple(database, cast)
    answer(database, cast, "+12065550199", MessageKind.help, until=timedelta(days=5))
    hold_all(database)

    page = words(visitor(pages, DESK).get(TODAY))

    held = section(page, "Held, and why", "Leaving today")
    order = ["Ben Ray", "Ana Lee", "(206) 555-0199"]
    assert sorted(order, key=held.index) == order


def test_what_belongs_to_no_visit_has_the_names_of_its_phone(pages, database, cast):
    bring(database, ANA)
    answer(database, cast, "+12065550111", MessageKind.not_monitored)

    page = words(visitor(pages, DESK).get(TODAY))

    leaving = section(page, "Leaving today", "Sent today")
    assert "Ana Lee (206) 555-0111 · answer: we cannot answer by text" in leaving


def test_tiles_lead_to_their_lists(pages):
    page = visitor(pages, DESK).get(TODAY)

    for name in ("held", "leaving", "sent"):
        assert f'href="#{name}"' in page.get_data(as_text=True)
        assert f'id="{name}"' in page.get_data(as_text=True)
    assert "Leaving today Nothing more is due today." in words(page)


def test_a_reminder_that_is_held_is_said_on_top_and_in_the_list(pages, database, cast):
    desk = visitor(pages, DESK)
    bring(database, ANA)
    plan_maple(database, cast)
    before = words(desk.get(LIST))
    why = "The patient has not agreed to texts."
    with database.writing() as writing:
        for text in writing.exec(select(Message)):
            text.held_since, text.held_why = NOW, [why]
            writing.add(text)

    page = desk.get(of(pages, "Ana"))

    assert "reminder held" not in before
    assert "reminder held" in words(desk.get(LIST))
    said_of = "The reminder of the visit Tue, Dec 8, 2026, 3:00 PM PST is held."
    assert (
        f"{said_of} {why} Once that has changed, the reminder leaves by itself"
        in words(page)
    )
    assert 'href="tel:+12065550111"' in page.get_data(as_text=True)
    assert "Has the patient agreed to texts?" in words(page)


def test_the_page_says_who_ends_the_hold_by_the_gates_last_word(pages, database, cast):
    desk = visitor(pages, DESK)
    bring(database, ANA)
    plan_maple(database, cast)
    hold_all(database)
    refused = {"obstacle": "carrier_not_active", "carrier": "att", "sentence": WHY}
    with database.writing() as writing:
        for text in writing.exec(select(Message)).all():
            decision = {"allowed": False, "obstacles": [refused], "began_ns": 0}
            cells = {"cells": {"att": {"status": "REVIEW"}}}
            writing.add(
                SendDecision(
                    clinic_id=text.clinic_id,
                    message_id=text.id,
                    at=NOW,
                    facts=cells,
                    **decision,
                )
            )

    page = words(desk.get(of(pages, "Ana")))

    assert (
        "nothing is known to be wrong. There is nothing you can do about AT&amp;T"
        in page
    )
    assert "Call if the patient should be reminded sooner." in page  # in a week
    with database.writing() as writing:
        for text in writing.exec(select(Message)):
            text.held_why = [CHANGED]
            writing.add(text)
    assert "you can do about AT&amp;T" not in words(desk.get(of(pages, "Ana")))


def test_the_words_that_hold_a_number_stand_in_its_one_box(pages, database, cast):
    desk = visitor(pages, DESK)
    bring(database, ANA)
    plan_maple(database, cast)
    hold_all(database)
    agreed(database, cast.maple, "+12065550111")
    texts(database, cast.maple, "Not interested", phone="+12065550111")

    page = desk.get(of(pages, "Ana")).get_data(as_text=True)

    assert page.count("alert-warning") == 1
    box = page.partition("alert-warning")[2].partition("</div>\n</div>")[0]
    assert "Not interested" in box
    assert "The reminder of the visit" in box
    assert "/desk/maple-dental/tasks#task-1" in box
    assert WHY not in box


def test_ways_to_agree_stand_apart_from_what_else_the_desk_can_do(pages, database):
    bring(database, ANA)

    page = words(visitor(pages, DESK).get(of(pages, "Ana")))

    ways = page.partition("Any one of these is enough:")[2].partition("Visits ahead")[0]
    order = (
        "Record a signed form Record a spoken yes Ask by text (if they said we may) "
        "Opt-in card Or the patient texts START to (206) 555-0100 from this phone. "
        "They asked us to stop texting Link to their own page"
    )
    assert " ".join(ways.split()) == order


def test_a_stop_told_at_the_desk_takes_the_old_reason_away(pages, database, cast):
    desk = visitor(pages, DESK)
    bring(database, ANA)
    plan_maple(database, cast)
    with database.writing() as writing:
        for text in writing.exec(select(Message)):
            text.held_since, text.held_why = NOW, ["The patient has not agreed."]
            text.look_again_at = NOW + timedelta(hours=6)
            writing.add(text)

    desk.post(f"{LIST}/by-phone/+12065550111/stop", {"where": "desk"})

    with database.reading() as session:
        texts = session.exec(select(Message)).all()
    assert texts
    for text in texts:
        assert (text.look_again_at, text.held_why) == (NOW, [CHANGED])
