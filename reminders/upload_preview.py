"""What the page shows of an uploaded list: counts, problems, how the first rows were
understood.  Pure: made of what an import or its rehearsal found."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from kernel.clock import local_time
from reminders.intake.compare import Outcome
from reminders.intake.imported import Imported, Tally
from reminders.intake.rows import AppointmentRow

SHOWN_PROBLEMS, SHOWN_ROWS = 200, 20


def said(done: Imported, tally: Tally) -> dict[str, Any]:
    """`day` is the first one ahead, by the clinic's wall clock."""
    problems = [asdict(problem) for problem in done.problems[:SHOWN_PROBLEMS]]
    left_out = len(done.problems) - len(problems)
    return {
        **done.as_json(),
        "unusable": done.unusable,
        "unit": done.unit,
        "unclear": done.unclear,
        "problems": problems,
        "more_problems": left_out + done.more_problems,
        "day": tally.soonest[1][:10] if tally.soonest else None,
        "of_rows": done.brought,
    }


def first_rows(
    outcomes: Sequence[tuple[AppointmentRow, Outcome]],
    zone: str,
    known: Collection[str],
) -> list[dict[str, Any]]:
    """`known` are the clinic's ids of patients who are stored."""
    return [_row(row, word, zone, known) for row, word in outcomes[:SHOWN_ROWS]]


def _row(
    row: AppointmentRow, word: Outcome, zone: str, known: Collection[str]
) -> dict[str, Any]:
    return {
        "line": row.line,
        "when": local_time(row.starts_at, zone),
        "name": f"{row.given_name or ''} {row.family_name or ''}".strip(),
        "known": row.patient_id in known,
        "phone": row.phone,
        "language": row.language.value if row.language else "",
        "provider": row.provider or "",
        "place": row.location or "",
        "status": row.status.value,
        "asserted": row.asserted,
        "outcome": "changed" if word is Outcome.reworded else word.value,
    }
