"""Who is called because no text tells them: with the reason, and nobody else."""

import csv
import io
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Language
from gateway.models import Message, State
from gateway.restraint import pause
from kernel.carriers import Carrier
from kernel.errors import Invalid
from registration.status import Status
from reminders.call_file import as_csv
from reminders.call_list import Why, call_list, days_ahead
from reminders.models import Appointment, VisitReply
from reminders.phoned import mark
from tests.reminders.booked import ADMIN, NOW, run, switch_on
from tests.reminders.queries import queries_of
from tests.reminders.rehearsing import (
    EVENING,
    MIDNIGHT,
    live,
    patient,
    phone_of,
    said,
    town,
    visit,
)

WEDNESDAY = date(2026, 12, 2)
DAY = timedelta(days=1)


def listed(database, place, first=WEDNESDAY, last=WEDNESDAY, now=EVENING, only=None):
    with database.reading() as session:
        return call_list(session, place.clinic_id, (first, last), now, only)


def names(found):
    return {call.name.removesuffix(" Lee"): call.why for call in found.calls}


def test_each_is_listed_with_what_stands_in_the_way(database, cast):
    """R116: who waits for a carrier is not forgotten."""
    town(database, cast.maple)
    switch_on(database, cast.maple)

    found = listed(database, cast.maple)

    assert names(found) == {
        "Alma": Why.carrier,
        "Uma": Why.carrier,
        "Nora": Why.consent,
        "Lena": Why.line,
        "Stop": Why.stopped,
        "Held": Why.held,
        "Lost": Why.late,
    }
    sentences = {call.name: call.sentence for call in found.calls}
    assert sentences["Alma Lee"].startswith("AT&T has not yet approved")
    assert "is not known" in sentences["Lost Lee"]
    assert found.counts[Why.carrier] == 2


def test_who_is_listed_is_exactly_who_gets_no_text_before_the_visit(database, cast):
    town(database, cast.maple)
    switch_on(database, cast.maple)

    found = listed(database, cast.maple)
    live(database, cast.maple, MIDNIGHT + 2 * DAY)

    with database.reading() as session:
        visits = session.exec(
            select(Appointment).where(
                col(Appointment.starts_at) >= MIDNIGHT + DAY,
                col(Appointment.starts_at) < MIDNIGHT + 2 * DAY,
                col(Appointment.reply).is_(None),
            )
        ).all()
        texted = set(
            session.exec(
                select(Message.phone).where(col(Message.state) == State.accepted)
            )
        )
    untold = {
        visit.id for visit in visits if phone_of(database, visit.id) not in texted
    }
    assert {call.visit_id for call in found.calls} == untold


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"delivery": "delivered"}, None),
        ({"delivery": "sent"}, None),
        ({"delivery": "undelivered", "outcome": "It found no phone."}, Why.lost),
        ({"state": State.failed, "outcome": "The number is wrong."}, Why.lost),
        ({"state": State.expired, "outcome": "Not sent: too late."}, Why.lost),
        ({"state": State.unknown, "outcome": "It may be out."}, Why.lost),
    ],
)
def test_a_text_that_found_no_phone_asks_for_a_call(database, cast, change, why):
    patient(database, cast.maple, "Tina", visit(2, 15))
    switch_on(database, cast.maple, offsets=(1440,))
    run(database, cast.maple)
    with database.writing() as session:
        text = session.exec(select(Message)).one()
        values = {"state": State.accepted, "submitted_at": NOW, **change}
        for name, value in values.items():
            setattr(text, name, value)
        session.add(text)

    found = listed(database, cast.maple)

    assert names(found) == ({"Tina": why} if why else {})
    assert [call.sentence for call in found.calls] == (
        [change["outcome"]] if why else []
    )


def test_whoever_was_told_of_a_time_that_is_unclear_now_is_called(database, cast):
    patient(database, cast.maple, "Tina", visit(2, 15), reply=VisitReply.confirmed)
    switch_on(database, cast.maple, offsets=(1440,))
    assert names(listed(database, cast.maple)) == {}
    with database.writing() as session:
        session.exec(select(Appointment)).one().unclear = "'4 or 5' is no time."

    found = listed(database, cast.maple)

    assert names(found) == {"Tina": Why.unclear}
    assert "'4 or 5' is no time." in found.calls[0].sentence


def test_who_answered_or_was_told_before_is_not_called(database, cast):
    said(database, cast.maple, Carrier.att, Status.REVIEW)
    for reply in VisitReply:
        patient(database, cast.maple, "Ana", visit(2, 15), Carrier.att, reply=reply)
    switch_on(database, cast.maple)

    assert listed(database, cast.maple).calls == ()


def test_where_the_clinic_itself_sends_none_everybody_is_called(database, cast):
    patient(database, cast.maple, "Tina", visit(2, 15))
    off = listed(database, cast.maple)
    switch_on(database, cast.maple)
    on = listed(database, cast.maple)
    with database.writing() as session:
        pause(session, cast.maple.clinic_id, MIDNIGHT + 3 * DAY, ADMIN, NOW)
    paused = listed(database, cast.maple)

    assert [call.sentence for call in off.calls] == ["Reminders are switched off."]
    assert names(on) == {}
    assert names(off) == names(paused) == {"Tina": Why.clinic}


def test_who_was_called_stays_ticked_off(database, cast):
    patient(database, cast.maple, "Nora", visit(2, 15), agreed=False)
    switch_on(database, cast.maple)
    (call,) = listed(database, cast.maple).open
    with database.writing() as session:
        seen = call.visit_at.isoformat()
        mark(session, cast.maple.clinic_id, call.visit_id, seen, ADMIN, NOW)

    found = listed(database, cast.maple)

    assert found.open == ()
    assert found.called[0].phoned.by == ADMIN


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (NOW, date(2026, 12, 2)),  # a Monday
        (NOW + 4 * DAY, date(2026, 12, 8)),  # a Friday
        (NOW + 5 * DAY, date(2026, 12, 8)),
        (NOW - 6 * DAY, date(2026, 11, 27)),  # the day before Thanksgiving is Wednesday
    ],
)
def test_by_itself_it_is_today_and_the_next_two_business_days(now, last):
    first, until = days_ahead(now, "America/Los_Angeles")

    assert (first, until) == (now.date(), last)


def test_days_and_reasons_narrow_the_list(database, cast):
    patient(database, cast.maple, "Nora", visit(2, 15), agreed=False)
    patient(database, cast.maple, "Gone", NOW - timedelta(hours=1), agreed=False)
    patient(database, cast.maple, "Later", visit(4, 15), agreed=False)
    switch_on(database, cast.maple)
    today = NOW.date()

    assert names(listed(database, cast.maple, today, today)) == {}
    assert set(names(listed(database, cast.maple, today, date(2026, 12, 4)))) == {
        *("Nora", "Later"),
    }
    only = listed(database, cast.maple, only=Why.carrier)
    assert (only.calls, only.counts[Why.consent]) == ((), 1)
    with pytest.raises(Invalid, match="comes before the first"):
        listed(database, cast.maple, WEDNESDAY, today)
    with pytest.raises(Invalid, match="at most 31 days"):
        listed(database, cast.maple, today, today + 40 * DAY)
    assert listed(database, cast.birch, today, date(2026, 12, 4)).calls == ()


def test_more_patients_ask_no_more_of_the_database(database, cast):
    class Heed:
        pass

    heed, counts = Heed(), []
    heed.database = database
    switch_on(database, cast.maple)
    for _ in range(2):
        town(database, cast.maple)
        counts.append(queries_of(heed, lambda: listed(database, cast.maple)))

    assert counts[0] == counts[1]


def test_the_file_is_safe_in_a_spreadsheet(database, cast):
    patient(
        database,
        cast.maple,
        '=HYPERLINK("http://evil")',
        visit(2, 15),
        agreed=False,
        her_language=Language.es,
    )
    switch_on(database, cast.maple)

    text = as_csv(listed(database, cast.maple), "America/Los_Angeles")

    heading, row = csv.reader(io.StringIO(text))
    assert len(heading) == len(row)
    assert row[1] == '“=HYPERLINK("http://evil") Lee”'
    assert row[2].startswith("(206) 555-")
    assert row[3:5] == ["Spanish", "has not agreed"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
