from datetime import UTC, datetime, timedelta

import pytest

from kernel.signed_links import seal, unseal

NOW = datetime(2026, 11, 30, 18, tzinfo=UTC)
TOKEN = seal(["a" * 32], "intake", {"draft": 7}, NOW + timedelta(days=14))


@pytest.mark.parametrize(
    ("keys", "purpose", "token", "days", "expected"),
    [
        (["a" * 32], "intake", TOKEN, 0, {"draft": 7}),
        (["a" * 32, "b" * 32], "intake", TOKEN, 13, {"draft": 7}),  # a key was added
        (["a" * 32], "intake", TOKEN, 14, None),
        (["b" * 32], "intake", TOKEN, 0, None),
        (["a" * 32], "letter", TOKEN, 0, None),
        (["a" * 32], "intake", TOKEN[:-1], 0, None),
        (["a" * 32], "intake", "x" + TOKEN, 0, None),
        (["a" * 32], "intake", "", 0, None),
        (["a" * 32], "intake", "é.\0", 0, None),
    ],
)
def test_a_link_opens_what_it_was_made_for_and_for_its_time(
    keys, purpose, token, days, expected
):
    assert unseal(keys, purpose, token, NOW + timedelta(days=days)) == expected
