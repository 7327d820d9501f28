"""What a front desk reads of a text that waits for a carrier."""

from datetime import timedelta

import pytest

from gateway.quiet_hours import Window
from gateway.throughput import in_open_hours, sentence, waiting_for
from kernel.carriers import Carrier
from tests.conftest import NOW
from tests.gateway.test_throughput import ATT, DAY, TMOBILE


@pytest.mark.parametrize(
    ("cap", "over", "useful_for", "said"),
    [
        (ATT, 20, DAY, None),
        (
            ATT,
            3_000,
            DAY,
            "AT&T takes 75 texts a minute from this clinic's campaign, and visits that "
            "are nearer go first. This text leaves within an hour.",
        ),
        (
            ATT,
            9_000,
            DAY,
            "AT&T takes 75 texts a minute from this clinic's campaign, and visits that "
            "are nearer go first. This text leaves within 3 hours.",
        ),
        (
            ATT,
            9_000,
            timedelta(hours=2),
            "AT&T takes 75 texts a minute from this clinic's campaign, and visits that "
            "are nearer go first. This text would come too late: call the patient.",
        ),
        (
            TMOBILE,
            1,
            DAY,
            "T-Mobile takes 2,000 segments a day from this clinic's brand, and visits "
            "that are nearer go first. This text leaves after midnight Pacific, "
            "from Tue, Dec 1, 2026, 3:00 AM EST.",
        ),
        (
            TMOBILE,
            1,
            timedelta(hours=9),
            "T-Mobile takes 2,000 segments a day from this clinic's brand, and visits "
            "that are nearer go first. This text would come too late: call the patient.",
        ),
    ],
)
def test_a_front_desk_reads_why_it_waits_and_nothing_of_a_short_wait(
    cap, over, useful_for, said
):
    waits = waiting_for(cap, over, NOW + useful_for, NOW)

    told = sentence(waits, cap.carrier, "America/New_York", NOW)

    assert (None if waits.silent else told) == said


@pytest.mark.parametrize(
    ("useful_for", "late"), [(timedelta(hours=23), False), (timedelta(hours=22), True)]
)
def test_room_at_midnight_is_of_use_when_the_patients_hours_open(useful_for, late):
    """At 9:00 in Los Angeles, which is 23 hours from now."""
    until = NOW + useful_for + timedelta(minutes=1)
    waits = waiting_for(TMOBILE, 1, until, NOW)

    waits = in_open_hours(
        waits, until, ["America/Los_Angeles"], Window.read("09:00-20:00")
    )

    assert waits.too_late is late
    assert late or waits.until == NOW + timedelta(hours=23)


def test_a_phone_of_no_known_carrier_is_told_why_it_counts():
    waits = waiting_for(TMOBILE, 1, NOW + DAY, NOW)

    told = sentence(waits, Carrier.unknown, "America/New_York", NOW)

    assert told.startswith("It is not known whose network this phone is on")
