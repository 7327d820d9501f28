"""What ends a hold, who does it, and whether the visit is near: tables, no database."""

from datetime import UTC, datetime

import pytest

from gateway.gate import Obstacle
from registration.standing_words import ORDINARY
from reminders.held_words import ends
from reminders.near import near

NEXT = "the reminder leaves by itself, if the visit is still ahead."
OPERATOR = "the operator, who runs Heed for the clinic,"


def refused(*carriers):
    kind = Obstacle.carrier_not_active.value
    return [{"obstacle": kind, "carrier": one, "sentence": ""} for one in carriers]


def only(*kinds):
    return [{"obstacle": kind.value, "sentence": ""} for kind in kinds]


def cells(**statuses):
    return {carrier: {"status": status} for carrier, status in statuses.items()}


DECIDES = (
    f"{ORDINARY} There is nothing you can do about AT&T: {OPERATOR} follows it up. "
    f"It is not known when AT&T decides. Once AT&T lets the texts through, {NEXT}"
)
MENDED = (
    f"There is nothing you can do about AT&T: {OPERATOR} clears it up with AT&T. "
    f"It is not known when. Once AT&T lets the texts through, {NEXT}"
)


@pytest.mark.parametrize(
    ("obstacles", "seen", "expected"),
    [
        (refused("att"), cells(att="REVIEW"), DECIDES),
        (refused("att"), cells(att="PENDING"), DECIDES),
        (refused("att"), {}, DECIDES),
        (refused("att"), cells(att="REJECTED"), MENDED),
        (refused("att"), cells(att="SUSPENDED"), MENDED),
        (
            refused("att"),
            cells(att="ACTIVE"),  # confirmed too long ago
            f"There is nothing you can do about AT&T: {OPERATOR} follows it up. "
            f"Once AT&T lets the texts through, {NEXT}",
        ),
        (
            refused("att", "tmobile", "verizon"),
            cells(att="REVIEW", tmobile="PENDING"),
            f"{ORDINARY} There is nothing you can do about AT&T, T-Mobile and Verizon: "
            f"{OPERATOR} follows it up. It is not known when AT&T, T-Mobile "
            f"and Verizon decide. Once AT&T, T-Mobile and "
            f"Verizon let the texts through, {NEXT}",
        ),
        (
            [*only(Obstacle.not_opted_in), *refused("att")],
            cells(att="REVIEW"),
            f"{ORDINARY} There is nothing you can do about AT&T: {OPERATOR} follows it "
            f"up. It is not known when AT&T decides. Once all of that has changed, {NEXT}",
        ),
        (
            only(Obstacle.not_opted_in),
            {},
            f"Once the patient has agreed, in one of the ways below, {NEXT}",
        ),
        (
            only(Obstacle.not_textable),
            {},
            "Once a mobile number is entered (Change) and the patient has agreed to "
            f"texts on it, {NEXT}",
        ),
        (only(Obstacle.paused), {}, f"Once that has changed, {NEXT}"),
        ([], {}, f"Once that has changed, {NEXT}"),
    ],
)
def test_what_ends_a_hold_is_said_with_who_ends_it(obstacles, seen, expected):
    assert ends(obstacles, seen) == expected


def los_angeles(day, hour=12):
    return datetime(2026, 11, day, hour + 8, tzinfo=UTC)  # PST


@pytest.mark.parametrize(
    ("visit", "now", "expected"),
    [
        (los_angeles(23), los_angeles(23, 9), "today"),
        (los_angeles(24), los_angeles(23), "tomorrow"),
        (los_angeles(24, 0), los_angeles(23, 15), "tomorrow"),  # the clinic's midnight
        (los_angeles(25), los_angeles(23), ""),
        (los_angeles(23), los_angeles(20), "on Monday"),  # asked on Friday
        (los_angeles(23), los_angeles(21), "on Monday"),
        (los_angeles(24), los_angeles(20), ""),  # Tuesday
        (los_angeles(30), los_angeles(20), ""),  # a Monday later
        (los_angeles(23), los_angeles(19), ""),  # asked on Thursday
        (los_angeles(22), los_angeles(23), ""),
    ],
)
def test_a_visit_is_near_on_the_day_before_also_over_a_weekend(visit, now, expected):
    assert near(visit, now, "America/Los_Angeles") == expected
