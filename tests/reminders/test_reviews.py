from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col

from clinics.models import Language, Patient, StaffAction, Task
from consent.models import Topic
from gateway.models import Message, MessageKind, State
from kernel.errors import Invalid
from reminders.answered import note_by_staff
from reminders.changes import Touched, rewrite_patients, take_back
from reminders.models import Appointment, ReviewRequest, VisitReply, VisitStatus
from reminders.review_counts import counts_of
from reminders.review_plan import plan_reviews
from reminders.reviews import needs, rule_of, set_rule, switch_off, switch_on
from tests.reminders.booked import ADMIN, NOW, book, rows
from tests.reminders.telling import (
    LINK,
    agree,
    asks_for_reviews,
    declare,
    says_stop,
)

ANA = "+12065550001"
BOTH = (Topic.care, Topic.reviews)
ELEVEN = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)  # an hour from now, in Los Angeles
AT_ELEVEN = {"starts_at": ELEVEN, "wall_time": "2026-11-30T11:00"}
AFTER = ELEVEN + timedelta(minutes=1)


@pytest.fixture
def visit(database, cast):
    """Ana agreed to both, and comes at eleven; requests are on."""
    visit_id = book(database, cast.maple, **AT_ELEVEN)
    agree(database, cast.maple, ANA, *BOTH)
    asks_for_reviews(database, cast.maple)
    return visit_id


def plan(database, cast, now=AFTER):
    given = (cast.maple.clinic_id, now)
    return database.retrying(lambda session: plan_reviews(session, *given))


def requests(database):
    return rows(database, Message, col(Message.kind) == MessageKind.review_request)


def test_a_patient_who_agreed_is_asked_two_hours_after_the_visit(database, cast, visit):
    """R39: review requests leave where the campaign covers them."""
    assert plan(database, cast, NOW) == 0  # the visit is ahead
    assert plan(database, cast) == 1
    assert plan(database, cast) == 0  # planned once

    (text,) = requests(database)
    assert text.body == (
        f"Maple Dental: thank you, Ana. Leave us a review: {LINK} STOP to opt out."
    )
    assert (text.topic, text.phone) == (Topic.reviews, ANA)
    assert text.send_from == ELEVEN + timedelta(hours=2)


@pytest.mark.parametrize(
    "change",
    [
        {"topics": (Topic.care,)},
        {"stop": True},
        {"status": VisitStatus.noshow},
        {"status": VisitStatus.cancelled},
        {"reply": VisitReply.cannot_come},
        {"her_phone": "+12065550099"},
        {"starts_at": NOW - timedelta(hours=1)},  # before it was switched on
    ],
)
def test_who_is_not_asked(database, cast, change):
    mine = {k: v for k, v in change.items() if k not in ("topics", "stop")}
    book(database, cast.maple, **{**AT_ELEVEN, **mine})
    agree(database, cast.maple, ANA, *change.get("topics", BOTH))
    if change.get("stop"):
        says_stop(database, cast.maple, ANA)
    asks_for_reviews(database, cast.maple)

    plan(database, cast)

    assert requests(database) == []


def test_a_late_visit_is_asked_about_the_next_day(database, cast):
    evening = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)  # 18:30 in Los Angeles
    book(database, cast.maple, starts_at=evening, wall_time="2026-11-30T18:30")
    agree(database, cast.maple, ANA, *BOTH)
    asks_for_reviews(database, cast.maple)

    plan(database, cast, evening + timedelta(minutes=1))

    (text,) = requests(database)
    assert text.send_from == datetime(2026, 12, 1, 17, 0, tzinfo=UTC)  # 9:00


def test_nobody_is_asked_twice_within_the_span(database, cast, visit):
    plan(database, cast)
    month = timedelta(days=30)
    book(database, cast.maple, her_phone=ANA, starts_at=ELEVEN + month)
    book(database, cast.maple, her_phone=ANA, starts_at=ELEVEN + 7 * month)

    plan(database, cast, AFTER + month)
    plan(database, cast, AFTER + 7 * month)

    asked = rows(database, ReviewRequest)
    assert [one.skipped_why for one in asked] == [
        None,
        "This phone was asked within the last 180 days.",
        None,
    ]
    assert len(requests(database)) == 2


@pytest.mark.parametrize("way", ["no-show", "moved", "number"])
def test_a_request_is_taken_back_when_the_visit_did_not_take_place(
    database, cast, visit, way
):
    plan(database, cast)
    with database.writing() as session:
        clinic_id = cast.maple.clinic_id
        touched = Touched()
        if way == "no-show":
            session.get_one(Appointment, visit).status = VisitStatus.noshow
            touched.ended.add(visit)
        elif way == "moved":
            session.get_one(Appointment, visit).starts_at = ELEVEN + timedelta(days=9)
            touched.changed.add(visit)
        else:
            patient = session.get_one(Patient, 1)
            new = {"phone": "+12065550098"}
            touched = rewrite_patients(session, clinic_id, [(patient, new)], AFTER)
        take_back(session, clinic_id, touched, ADMIN, AFTER)

    (text,) = requests(database)
    assert text.state is State.withdrawn
    if way == "moved":  # and is asked about when it has really been
        plan(database, cast, AFTER + timedelta(days=9))
        assert len(requests(database)) == 2


def test_a_visit_that_the_feed_says_took_place_is_asked_about(database, cast, visit):
    """Before and after the request is planned."""
    with database.writing() as session:
        session.get_one(Appointment, visit).status = VisitStatus.kept
    assert plan(database, cast) == 1

    with database.writing() as session:
        touched = Touched()
        touched.ended.add(visit)
        take_back(session, cast.maple.clinic_id, touched, ADMIN, AFTER)

    assert requests(database)[0].state is State.due


def test_a_state_that_names_hours_for_what_solicits_is_kept_to(database, cast):
    """Rhode Island: until 18:00, and her number is of Providence."""
    afternoon = datetime(2026, 12, 1, 21, 30, tzinfo=UTC)  # 16:30 in Providence
    book(database, cast.maple, her_phone="+14015550123", starts_at=afternoon)
    agree(database, cast.maple, "+14015550123", *BOTH)
    asks_for_reviews(database, cast.maple)

    plan(database, cast, afternoon + timedelta(minutes=1))

    (text,) = requests(database)
    assert text.send_from == datetime(
        2026, 12, 2, 17, 0, tzinfo=UTC
    )  # 9:00 here, noon there


def test_switching_off_takes_back_and_says_who(database, cast, visit):
    plan(database, cast)
    with database.writing() as session:
        assert switch_off(session, cast.maple.clinic_id, ADMIN, AFTER) == 1
        rule = rule_of(session, cast.maple.clinic_id)
        assert (rule.enabled, rule.changed_by, rule.changed_at) == (False, ADMIN, AFTER)

    assert requests(database)[0].state is State.withdrawn
    noted = [row.action for row in rows(database, StaffAction)]
    assert noted == ["review requests set", "review requests on", "review requests off"]


@pytest.mark.parametrize(
    ("campaign", "why"),
    [
        (("ACCOUNT_NOTIFICATION",), "does not cover requests for a review"),
        (("MIXED", "ACCOUNT_NOTIFICATION", "CUSTOMER_CARE"), "does not cover requests"),
        (("MARKETING",), "Nobody knows here which samples"),
    ],
)
def test_it_stays_off_where_the_campaign_does_not_cover_it(
    database, cast, campaign, why
):
    """R39, R133: and says why."""
    declare(database, cast.maple, *campaign)

    with database.writing() as session:
        with pytest.raises(Invalid, match=why):
            switch_on(session, cast.maple.clinic_id, ADMIN, NOW)
        assert not rule_of(session, cast.maple.clinic_id).enabled


def test_samples_without_a_request_or_without_a_link_do_not_cover_it(database, cast):
    asks = "Maple Dental: leave us a review. Reply STOP to opt out."
    visit = f"Maple Dental: your visit is on [date], see {LINK} STOP to opt out."
    found = {}
    for name, samples in {"no link": (asks,), "no request": (visit,)}.items():
        declare(database, cast.maple, "MARKETING", samples=samples)
        with database.reading() as session:
            found[name] = needs(session, cast.maple.clinic_id)[0].why

    assert "registered without links" in found["no link"][0]
    assert "asks for a review" in found["no request"][0]


def test_spanish_readers_are_asked_in_english_until_there_are_words(
    database, cast, visit
):
    book(database, cast.maple, **AT_ELEVEN, her_language=Language.es)
    agree(database, cast.maple, "+12065550002", *BOTH)

    plan(database, cast)

    assert {text.body.split(",")[0] for text in requests(database)} == {
        "Maple Dental: thank you"
    }
    assert rows(database, Task) == []


def test_another_clinic_is_not_asked_for(database, cast, visit):
    book(database, cast.birch, **AT_ELEVEN)

    def asking(session):
        return plan_reviews(session, cast.birch.clinic_id, AFTER)

    assert database.retrying(asking) == 0


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"delay_minutes": 5}, "half an hour"),
        ({"delay_minutes": 10**30}, "half an hour"),
        ({"every_days": 7}, "at most every"),
        ({"link": "http://maple-dental.example"}, "https"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(database, cast, rule, why):
    usual = {"link": LINK, "delay_minutes": 120, "every_days": 180}
    given = {**usual, **rule, "by": ADMIN, "now": NOW}
    with database.writing() as session, pytest.raises(Invalid, match=why):
        set_rule(session, cast.maple.clinic_id, **given)


def test_the_counts_name_nobody(database, cast, visit):
    plan(database, cast)

    with database.reading() as session:
        counts = counts_of(session, cast.maple.clinic_id, AFTER)

    assert (counts.agreed, counts.words) == (1, {"due": 1})


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (VisitReply.cannot_come, State.withdrawn),
        (VisitReply.reschedule, State.withdrawn),
        (VisitReply.confirmed, State.due),
    ],
)
def test_a_patient_who_told_the_desk_that_they_could_not_come_is_not_asked(
    database, cast, visit, reply, state
):
    plan(database, cast)

    with database.writing() as session:
        where = (cast.maple.clinic_id, visit)
        note_by_staff(session, *where, reply, "desk@maple-dental.example", AFTER)

    assert [text.state for text in requests(database)] == [state]
