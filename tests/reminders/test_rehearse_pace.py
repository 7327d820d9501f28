"""A carrier that takes no more that day: whose turn it is, is foretold as it happens."""

from datetime import timedelta

from gateway.models import Pace
from gateway.number_ahead import number_of
from gateway.throughput import Span, caps_of
from kernel.carriers import Carrier
from tests.reminders.booked import switch_on
from tests.reminders.rehearsing import (
    EVENING,
    MIDNIGHT,
    TUESDAY,
    foretold,
    happened,
    live,
    patient,
    visit,
)

END = MIDNIGHT + timedelta(days=1)


def nearly_full(database, place, left):
    """T-Mobile's day has room for so many reminders more."""
    with database.writing() as session:
        number = number_of(session, place.clinic_id, place.number_id, EVENING)
        caps = caps_of(number.sender, Carrier.tmobile)
        cap = next(cap for cap in caps if cap.span is Span.day)
        used = cap.open_to_reminders - left
        session.add(Pace(key=cap.key, marks=f"{TUESDAY.toordinal()}:{used}"))


def test_the_nearest_visits_go_first_and_the_rest_is_held_as_foretold(database, cast):
    for hour in (16, 11, 15, 12):
        patient(database, cast.maple, "Tina", visit(2, hour))
    switch_on(database, cast.maple, offsets=(1440,))
    nearly_full(database, cast.maple, 2)

    found = foretold(database, cast.maple)
    live(database, cast.maple, END)
    real = happened(database, MIDNIGHT, END)

    words = {text.of.booked.id: text.word for text in found.texts}
    assert words == {1: "held", 2: "leaves", 3: "held", 4: "leaves"}
    assert words == {visit_id: one[0] for (visit_id, _), one in real.items()}
    (why,) = {text.why for text in found.texts if text.word == "held"}
    assert "T-Mobile takes" in why[0]
    times = {text.of.booked.id: text.at for text in found.texts}
    assert times[2] == real[2, 1440][1]


def test_a_short_wait_passes_by_itself(database, cast):
    for _ in range(3):
        patient(database, cast.maple, "Tina", visit(2, 15))
    switch_on(database, cast.maple, offsets=(1440,))

    found = foretold(database, cast.maple)

    assert [text.word for text in found.texts] == ["leaves"] * 3
