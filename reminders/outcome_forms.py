"""Outcomes as JSON and as the rows of a CSV: numbers only.  Pure."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from reminders.outcome_counts import FEWEST, RATES, Counts, Outcomes


def as_json(clinic: str, found: Outcomes) -> dict[str, Any]:
    """What the command prints."""
    return {
        "clinic": clinic,
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "fewest_people": FEWEST,
        "left_out": [week.isoformat() for week in found.left_out],
        "weeks": [
            {"week": row.week.isoformat(), **_json_of(row.group, row.counts)}
            for row in found.rows
        ],
        "totals": [_json_of(*one) for one in found.totals.items()],
    }


def _json_of(group: str, counts: Counts) -> dict[str, Any]:
    shown = {one.name: getattr(counts, one.name) for one in fields(counts)}
    rates = {f"{name}_rate": _rounded(counts.rate(name)) for name in RATES}
    return {"carrier": group, **shown, **rates}


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)


def csv_rows(found: Outcomes) -> Sequence[Sequence[str]]:
    """The same as a table; no cell can be taken for a formula."""
    names = [one.name for one in fields(Counts)]
    head = ["week from", "carrier", *names, *(f"{name} %" for name in RATES)]
    return [
        head,
        *(
            [
                row.week.isoformat(),
                row.label,
                *(str(getattr(row.counts, name)) for name in names),
                *(_percent(row.counts.rate(name)) for name in RATES),
            ]
            for row in found.rows
        ),
    ]


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{rate * 100:.1f}"
