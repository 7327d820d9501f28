"""A day is rehearsed, then lived through moment by moment: what was foretold is what
happens, text by text."""

from datetime import date, time, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from gateway.quiet_hours import Window
from gateway.restraint import pause
from kernel.carriers import Carrier
from kernel.errors import Invalid
from registration.slow_downs import slow_down
from registration.status import Status
from reminders.policy import disable, enable, set_policy
from reminders.rehearse import compared
from reminders.rules import read_assumed
from tests.reminders.booked import ADMIN, NOW, run, switch_on
from tests.reminders.queries import queries_of
from tests.reminders.rehearsing import (
    MIDNIGHT,
    TUESDAY,
    foretold,
    happened,
    live,
    patient,
    predicted,
    said,
    town,
    visit,
)

END = MIDNIGHT + timedelta(days=1)
NOON = MIDNIGHT + timedelta(hours=12)


def as_it_is(database, place):
    pass


def planned_before(database, place):
    run(database, place)


def paused_until_noon(database, place):
    with database.writing() as session:
        pause(session, place.clinic_id, NOON, ADMIN, NOW)


def slowed_down(database, place):
    with database.writing() as session:
        slow_down(
            session,
            place.clinic_id,
            place.campaign_id,
            Carrier.tmobile,
            1,
            "Too many said stop.",
            NOW,
        )


def three_a_visit(database, place):
    rules(database, place, offsets=(4320, 1440, 180))


def rules(database, place, **policy):
    with database.writing() as session:
        set_policy(
            session,
            place.clinic_id,
            **{
                "number_id": place.number_id,
                "offsets": (4320, 1440),
                "window": Window(time(9), time(20)),
                "now": NOW,
                **policy,
            },
        )


@pytest.mark.parametrize(
    "but",
    [
        as_it_is,
        planned_before,
        pytest.param(paused_until_noon, marks=pytest.mark.slow),
        slowed_down,
        pytest.param(three_a_visit, marks=pytest.mark.slow),
    ],
    ids=lambda but: but.__name__,
)
def test_what_was_foretold_for_tomorrow_is_what_happens(database, cast, but):
    """R116"""
    town(database, cast.maple)
    switch_on(database, cast.maple)
    but(database, cast.maple)

    found = predicted(foretold(database, cast.maple))
    live(database, cast.maple, END)
    real = happened(database, MIDNIGHT, END)

    assert len(found) >= 10
    told_apart = {word for word, _, _ in found.values()}
    assert {"leaves", "held", "none"} <= told_apart
    for key, one in found.items():
        if one[0] == "none" and key not in real:
            continue  # visits that the planner does not look at have no row
        assert one == real[key], key
    assert {key for key, one in real.items() if one[0] != "none"} <= set(found)


def family(database, place):
    """One phone, several visits: of one day, of two days, and one of them held."""
    said(database, place, Carrier.att, Status.REVIEW)
    for phone, carrier in (
        ("+12065557001", Carrier.tmobile),
        ("+12065557002", Carrier.att),
    ):
        for name, at in (
            ("Ana", visit(2, 9)),
            ("Ben", visit(2, 15)),
            ("Cleo", visit(3, 10)),
            ("Dora", visit(4, 16)),
        ):
            patient(database, place, name, at, carrier, her_phone=phone)


@pytest.mark.parametrize("days", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("before", [False, True], ids=["new", "planned"])
def test_the_visits_of_a_family_are_one_text_as_foretold(database, cast, days, before):
    family(database, cast.maple)
    switch_on(database, cast.maple)
    if before:
        run(database, cast.maple)
    day, begin = TUESDAY + timedelta(days=days), MIDNIGHT + timedelta(days=days)

    found = foretold(database, cast.maple, day)
    live(database, cast.maple, begin + timedelta(days=1))
    real = happened(database, begin, begin + timedelta(days=1))

    assert any(text.visits > 1 for text in found.texts)
    leave = {text.at for text in found.texts if text.counts and text.word == "leaves"}
    assert len(leave) == found.leave == 1
    for key, one in predicted(found).items():
        if one[0] in ("leaves", "expires"):
            assert one[:2] == real[key][:2], key
        elif one[0] == "held":
            assert real[key][0] == "held", key
    foreseen = {key for key, one in predicted(found).items() if one[0] == "leaves"}
    assert foreseen == {key for key, one in real.items() if one[0] == "leaves"}


@pytest.mark.slow
def test_later_days_are_foretold_as_well(database, cast):
    town(database, cast.maple)
    switch_on(database, cast.maple)
    wednesday = TUESDAY + timedelta(days=1)

    found = predicted(foretold(database, cast.maple, wednesday))
    live(database, cast.maple, END + timedelta(days=1))
    real = happened(database, END, END + timedelta(days=1))

    assert {word for word, _, _ in found.values()} >= {"expires"}
    for key, one in found.items():
        if one[0] != "none":
            assert one == real[key], key


@pytest.mark.parametrize(
    ("words", "change"),
    [
        (
            ["att=ACTIVE"],
            lambda database, place: said(database, place, Carrier.att, Status.ACTIVE),
        ),
        pytest.param(
            ["verizon=SUSPENDED"],
            lambda database, place: said(
                database, place, Carrier.verizon, Status.SUSPENDED
            ),
            marks=pytest.mark.slow,
        ),
        (
            ["window=11:00-15:00"],
            lambda database, place: rules(
                database, place, window=Window(time(11), time(15))
            ),
        ),
        (
            ["offsets=2d,1d,2h"],
            lambda database, place: rules(database, place, offsets=(2880, 1440, 120)),
        ),
    ],
    ids=["a carrier approves", "a carrier suspends", "other hours", "another ladder"],
)
def test_what_is_assumed_is_what_happens_when_it_becomes_true(
    database, cast, words, change
):
    town(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)

    before = predicted(foretold(database, cast.maple))
    found = predicted(foretold(database, cast.maple, assumed=read_assumed(words)))
    change(database, cast.maple)
    live(database, cast.maple, END)
    real = happened(database, MIDNIGHT, END)

    assert found != before
    for key, (word, at, _) in found.items():
        if word != "none":  # the sentences name the day on which a status began
            assert (word, at) == real[key][:2], key


def test_what_would_leave_is_seen_before_reminders_are_switched_on(database, cast):
    patient(database, cast.maple, "Tina", visit(2, 15))
    switch_on(database, cast.maple)
    with database.writing() as session:
        disable(session, cast.maple.clinic_id, ADMIN, NOW)

    off = foretold(database, cast.maple)
    on = foretold(database, cast.maple, assumed=read_assumed(["reminders=on"]))
    with database.writing() as session:
        enable(session, cast.maple.clinic_id, ADMIN, NOW)
    live(database, cast.maple, END)

    assert [(text.word, text.why) for text in off.texts] == [
        ("none", ("Reminders are switched off.",))
    ]
    assert "Reminders are switched off, so none leaves." in off.notes[0]
    (text,) = on.texts
    assert predicted(on).items() <= happened(database, MIDNIGHT, END).items()
    assert (text.word, text.at) == ("leaves", visit(1, 15))
    (pair,) = compared(off, on)
    assert pair.differs
    assert (pair.before.word, pair.after.word) == ("none", "leaves")


def test_it_is_counted_by_carrier_what_leaves_and_what_it_costs(database, cast):
    town(database, cast.maple)
    switch_on(database, cast.maple)

    found = foretold(database, cast.maple)

    att, tmobile = found.totals[0], found.totals[1]
    assert (att.label, att.leave, att.held, att.cost) == ("AT&T", 0, 1, 0)
    gone = [one for one in found.texts if one.word == "leaves"]
    mine = [one for one in gone if one.of.carrier is Carrier.tmobile]
    assert tmobile.segments == sum(one.segments for one in mine) >= len(mine)
    assert tmobile.cost == tmobile.segments * Decimal("0.0128")
    assert found.number == cast.maple.number
    assert found.leave == len(gone)


def test_a_phone_that_nobody_looked_up_is_said_to_be_so(database, cast):
    patient(database, cast.maple, "New", visit(2, 15), carrier=None)
    switch_on(database, cast.maple)

    before = foretold(database, cast.maple)
    said(database, cast.maple, Carrier.att, Status.REVIEW)
    unsure = foretold(database, cast.maple).texts[-1]

    text = before.texts[-1]
    assert (text.word, text.of.carrier) == ("leaves", None)  # all three are Active
    assert "1 phone of this day was never looked up." in before.notes[-1]
    assert "carrier is not known, so all three must approve" in unsure.why[0]


def test_a_day_that_is_over_or_far_away_is_not_rehearsed(database, cast):
    for day, why in (
        (date(2026, 11, 29), "is over"),
        (date(2027, 3, 1), "at most 31 days ahead"),
    ):
        with pytest.raises(Invalid, match=why):
            foretold(database, cast.maple, day)


def test_nothing_of_another_clinic_is_in_it(database, cast):
    town(database, cast.maple)
    switch_on(database, cast.maple)

    assert foretold(database, cast.birch).texts == ()


def test_more_visits_ask_no_more_of_the_database(database, cast):
    switch_on(database, cast.maple)
    counts = []
    for _ in range(2):
        town(database, cast.maple)
        counts.append(queries(database, cast.maple))

    assert counts[0] == counts[1]


def queries(database, place):
    heed = SimpleNamespace(database=database)
    return queries_of(heed, lambda: foretold(database, place))
