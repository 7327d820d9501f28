"""A month of three clinics, hour by hour: moves, cancellations, a day on which the clocks
change, an outage of two hours, AT&T away for three days.  The vendor's own record says
what left; `tests.stories.month` says what was true and lawful then."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.stories.conftest import keys_file_of, open_town
from tests.stories.month import invent
from tests.stories.month_judge import (
    nothing_after_the_visit,
    nothing_at_night,
    nothing_is_lost,
    nothing_twice,
    steps_of,
    told,
    what_was_foretold_happened,
)
from tests.stories.month_lived import Upsets, live, settle_in


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "days", "visits", "upsets"),
    [
        pytest.param(
            date(2027, 3, 12),
            4,  # the third is Sunday, March 14
            80,
            Upsets(at(2027, 3, 12, 18), at(2027, 3, 13, 16), at(2027, 3, 15, 16)),
            id="a few days",
        ),
        pytest.param(
            date(2027, 2, 13),
            31,
            3000,
            Upsets(at(2027, 2, 24, 17), at(2027, 3, 3, 18), at(2027, 3, 6, 18)),
            id="a month",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_month_of_three_clinics(
    database_url: str,
    cast: Any,
    keys: Any,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    first: date,
    days: int,
    visits: int,
    upsets: Upsets,
) -> None:
    month = invent(first, days, visits)
    keys_file = keys_file_of(tmp_path_factory)
    with open_town(
        database_url, cast, keys_file, tmp_path / "town", month.first, SIM_RECORD="0"
    ) as town:
        places = settle_in(town, month, keys)

        lived = live(town, month, places, upsets)

        texts = told(town, lived)
        assert len(texts) > visits / 2
        assert any(len(steps) > 1 for steps in steps_of(town).values())
        assert all(one.status != "SUSPENDED" for one in texts)
        nothing_at_night(month, texts)
        nothing_after_the_visit(town, month, texts)
        nothing_twice(month, texts)
        nothing_is_lost(town, lived, days)
        what_was_foretold_happened(town, month, lived, texts, upsets)
