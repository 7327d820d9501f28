"""What came of reminders, counted: each thing once, in its week and at its carrier, and
never so few people that one could be made out."""

import csv
import io
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from consent.record import opt_out
from consent.standing import lock_line
from gateway.models import Message, State
from kernel.carriers import Carrier
from kernel.errors import Invalid
from reminders.changes import NUMBER_CHANGED
from reminders.models import Appointment, Reminder, VisitReply
from reminders.outcome_counts import TOGETHER, Counts, together
from reminders.outcome_picture import plots
from reminders.outcomes import outcomes, weeks_before
from tests.pages import visitor, words
from tests.reminders.booked import NOW
from tests.reminders.queries import queries_of
from tests.reminders.rehearsing import patient, phone_of
from tests.texted import sent

MONDAY = date(2026, 11, 23)
THURSDAY = NOW - timedelta(days=4)  # of the week before NOW
SUNDAY = date(2026, 12, 6)


def reminded(database, place, carrier=Carrier.att, *, at=THURSDAY, reply=None, **text):
    """A patient with a visit and a reminder of it that left the day before."""
    visit_id = patient(database, place, "Ana", at, carrier, reply=reply)
    phone = phone_of(database, visit_id)
    left = at - timedelta(days=1)
    again = text.pop("again", "")
    sent(database, place, f"{visit_id}{again}", left, phone=phone, **text)
    with database.writing() as session:
        newest = session.connection().scalar(sa.select(sa.func.max(col(Message.id))))
        session.add(
            Reminder(
                clinic_id=place.clinic_id,
                appointment_id=visit_id,
                version=1,
                offset_minutes=1440,
                message_id=newest,
            )
        )
    return visit_id


def found(database, place, first=MONDAY, last=SUNDAY):
    with database.reading() as session:
        return outcomes(session, place.clinic_id, first, last)


def stop(database, place, visit_id, at, **facts):
    phone = phone_of(database, visit_id)
    with database.writing() as session:
        lock_line(session, place.clinic_id, phone)
        opt_out(session, place.clinic_id, phone, facts or {"method": "spoken"}, at)


def test_each_thing_is_counted_once_at_its_carrier(database, cast):
    maple = cast.maple
    for reply in (*VisitReply, None, None):
        reminded(database, maple, reply=reply, delivery="delivered")
    lost = reminded(database, maple, delivery="undelivered")
    for _ in range(5):
        reminded(database, maple, Carrier.verizon, delivery="sent")
    stop(database, maple, lost, THURSDAY)
    reminded(database, cast.birch, delivery="delivered")

    (att, verizon) = found(database, maple).rows

    assert (att.week, att.group) == (MONDAY, "att")
    assert att.counts == Counts(
        people=6,
        texts=6,
        delivered=5,
        lost=1,
        visits=6,
        confirmed=1,
        cannot_come=1,
        reschedule=1,
        stopped=1,
    )
    assert verizon.counts == Counts(people=5, texts=5, visits=5)
    assert att.counts.rate("confirmed") == pytest.approx(1 / 6)
    assert verizon.counts.rate("delivered") == 0
    assert Counts().rate("delivered") is None


def test_two_texts_of_one_visit_are_two_texts_and_one_visit(database, cast):
    visits = [reminded(database, cast.maple) for _ in range(5)]
    with database.writing() as session:
        for row in session.exec(select(Reminder)).all():
            row.version = 2
            session.add(row)
    for visit_id in visits:
        left = THURSDAY - timedelta(hours=30)
        sent(
            database,
            cast.maple,
            f"first {visit_id}",
            left,
            phone=phone_of(database, visit_id),
        )
    with database.writing() as session:
        texts = session.exec(
            select(Message).where(col(Message.body).startswith("first"))
        )
        for text, visit_id in zip(texts.all(), visits, strict=True):
            session.add(
                Reminder(
                    clinic_id=cast.maple.clinic_id,
                    appointment_id=visit_id,
                    version=1,
                    offset_minutes=4320,
                    message_id=text.id,
                )
            )

    (row,) = found(database, cast.maple).rows

    assert (row.counts.people, row.counts.texts, row.counts.visits) == (5, 10, 5)


@pytest.mark.parametrize(
    ("after", "facts", "count"),
    [
        (timedelta(hours=1), {}, 1),
        (timedelta(days=13), {}, 1),
        (timedelta(days=15), {}, 0),
        (timedelta(hours=-30), {}, 0),  # before any text
        (timedelta(hours=1), NUMBER_CHANGED, 0),  # nobody said stop
    ],
)
def test_a_stop_counts_where_it_answers_a_reminder(database, cast, after, facts, count):
    visits = [reminded(database, cast.maple) for _ in range(5)]
    stop(database, cast.maple, visits[0], THURSDAY - timedelta(days=1) + after, **facts)

    (row,) = found(database, cast.maple).rows

    assert row.counts.stopped == count


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"att": 5, "verizon": 9}, {"att": 5, "verizon": 9}),
        ({"att": 4}, {}),
        ({"att": 4, "verizon": 9}, {TOGETHER: 13}),
        ({"att": 2, "tmobile": 3, "verizon": 9}, {TOGETHER: 5, "verizon": 9}),
        ({"att": 1, "tmobile": 6, "verizon": 9}, {TOGETHER: 7, "verizon": 9}),
        ({"att": 1, "tmobile": 2}, {}),
        ({}, {}),
    ],
)
def test_fewer_than_five_people_are_never_shown_by_themselves(sizes, shown):
    groups = {group: Counts(people=people) for group, people in sizes.items()}

    seen = together(groups)

    assert {group: counts.people for group, counts in seen.items()} == shown


def test_a_week_of_few_people_is_in_no_sum(database, cast):
    for _ in range(5):
        reminded(database, cast.maple)
    for _ in range(4):
        reminded(database, cast.maple, at=NOW + timedelta(days=1))

    seen = found(database, cast.maple)

    assert [row.week for row in seen.rows] == [MONDAY]
    assert seen.left_out == (MONDAY + timedelta(days=7),)
    assert seen.total.visits == 5


def test_weeks_are_whole_and_not_too_many(database, cast):
    seen = found(database, cast.maple, date(2026, 11, 25), date(2026, 12, 1))

    assert seen.weeks == (MONDAY, MONDAY + timedelta(days=7))
    assert seen.last == SUNDAY
    first, last = weeks_before(NOW, "America/Los_Angeles")
    assert (first, last) == (date(2026, 10, 5), date(2026, 11, 30))
    for days, why in (((SUNDAY, MONDAY), "before the first"),):
        with pytest.raises(Invalid, match=why):
            found(database, cast.maple, *days)
    with pytest.raises(Invalid, match="at most 53 weeks"):
        found(database, cast.maple, date(2025, 1, 1), SUNDAY)


def test_a_visit_late_on_sunday_is_of_that_week_by_the_clinics_clock(database, cast):
    late = NOW - timedelta(hours=13)  # Sunday, 9 PM in Los Angeles, Monday in London
    for _ in range(5):
        reminded(database, cast.maple, at=late)

    (row,) = found(database, cast.maple).rows

    assert row.week == MONDAY


def test_more_visits_ask_no_more_of_the_database(database, cast):
    class Heed:
        pass

    heed, counts = Heed(), []
    heed.database = database
    for _ in range(2):
        for carrier in Carrier:
            reminded(database, cast.maple, carrier)
        counts.append(queries_of(heed, lambda: found(database, cast.maple)))

    assert counts[0] == counts[1] <= 5


def test_the_plot_says_in_words_what_it_draws(database, cast):
    for place in range(5):
        reply = VisitReply.confirmed if place else None
        reminded(database, cast.maple, reply=reply)
        reminded(database, cast.maple, at=NOW + timedelta(days=1), reply=reply)

    drawn = {plot.name: plot for plot in plots(found(database, cast.maple))}

    confirmed = drawn["confirmed"]
    assert "AT&T: 80% in the week of Mon, Nov 23, 2026, 80% in" in confirmed.words
    assert (len(confirmed.dots), len(confirmed.strokes)) == (2, 1)
    assert [level.words for level in confirmed.levels] == ["0%", "50%", "100%"]
    assert [level.words for level in drawn["stopped"].levels] == ["0%", "1%", "2%"]


def test_the_page_has_plot_table_and_file(pages, database, cast):
    for _ in range(5):
        reminded(database, cast.maple, reply=VisitReply.confirmed)
    desk = visitor(pages, "desk@maple-dental.example")
    path = "/desk/maple-dental/outcomes"

    page = words(desk.get(path))
    file = desk.get(f"{path}.csv").get_data(as_text=True)

    assert "Confirmed 100.0%" in page.replace("100.0% Confirmed", "Confirmed 100.0%")
    heading, row = csv.reader(io.StringIO(file))
    assert dict(zip(heading, row, strict=True))["confirmed %"] == "100.0"
    assert desk.get(f"{path}?first=2026-12-05&last=2026-12-01").status_code == 400
    assert "Nothing to count yet" in words(
        visitor(pages, "desk@birch-eye.example").get("/desk/birch-eye/outcomes")
    )


def test_a_text_that_never_left_counts_nowhere(database, cast):
    for state in (State.due, State.withdrawn, State.expired):
        for _ in range(5):
            reminded(database, cast.maple, state=state, submitted_at=None)

    assert found(database, cast.maple).rows == ()
    with database.reading() as session:
        assert len(session.exec(select(Appointment)).all()) == 15
