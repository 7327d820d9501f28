from datetime import UTC, datetime

import pytest

from registration.number_limits import first_permitted, limits, one_too_many
from registration.provisioning import WORDS, Provision, provision

EARLY, LATE = (datetime(2026, 11, day, tzinfo=UTC) for day in (2, 20))


@pytest.mark.parametrize(
    ("approved", "connected", "first"),
    [
        (EARLY, LATE, LATE),
        (LATE, EARLY, LATE),
        (EARLY, EARLY, EARLY),
        (None, EARLY, None),
        (EARLY, None, None),
        (None, None, None),
    ],
)
def test_texts_are_permitted_once_the_last_of_both_is_there(approved, connected, first):
    """R39: first permitted send moment = max(approval, number connected)."""
    assert first_permitted(approved, connected) == first


@pytest.mark.parametrize(
    ("connected", "active", "registered", "word"),
    [
        (True, True, True, "provisioned"),
        (True, True, False, "pending"),
        (True, True, None, "not_asked"),
        (True, False, True, "not_active"),
        (False, True, True, "not_connected"),
    ],
)
def test_a_number_is_provisioned_at_a_carrier_or_says_why_not(
    connected, active, registered, word
):
    found = provision(connected=connected, active=active, registered=registered)

    assert found is Provision(word)
    assert WORDS[found]


@pytest.mark.parametrize(
    ("of_campaign", "of_service", "alone", "why"),
    [
        (48, 399, False, None),
        (49, 49, False, "at most 49 numbers"),
        (10, 400, False, "at most 400 numbers"),
        (0, 0, True, None),
        (1, 1, True, "exactly one number"),
        (49, 400, True, "exactly one number"),
    ],
)
def test_there_is_room_for_so_many_numbers(of_campaign, of_service, alone, why):
    said = one_too_many(
        of_campaign=of_campaign, of_service=of_service, sole_proprietor=alone
    )

    assert (said is None) if why is None else (why in said)


def test_every_limit_has_its_source():
    assert {key: limit.most for key, limit in limits().items()} == {
        "campaign": 49,
        "service": 400,
        "sole_proprietor": 1,
    }
    assert all(limit.source for limit in limits().values())
