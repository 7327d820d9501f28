"""`flask reminders answers`: what patients said about the visits of some days, as a file."""

from datetime import date
from pathlib import Path

import click

from clinics.access import acting_staff, clinic_by_slug, key_of, note_action
from clinics.models import Role
from clinics.signin import clinic_here
from kernel.asked import read_day
from kernel.errors import Invalid
from kernel.web import heed, say
from reminders.answer_file import answer_file

MAY_EXPORT = frozenset({Role.clinic_admin, Role.front_desk})


@click.command("answers")
@click.argument("clinic")
@click.option("--from", "first", required=True, help="The first day, like 2026-12-01.")
@click.option("--to", "last", help="The last day; without it, that one day.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def answers(
    clinic: str, first: str, last: str | None, out: Path, by: str, as_json: bool
) -> None:
    """Write the visits of some days with their answers to a CSV file."""
    begins, ends = _day(first), _day(last or first)
    with heed().database.reading() as session:
        found = clinic_by_slug(session, clinic)
        acting_staff(session, by, MAY_EXPORT, key_of(found))
        made = answer_file(session, clinic_here(found), begins, ends)
    with heed().database.writing() as session:
        subject = f"{begins} to {ends}: {made.visits} visits"
        clinic_id = key_of(clinic_by_slug(session, clinic))
        note_action(session, clinic_id, by, "answers exported", subject, heed().now())
    out.write_text("\ufeff" + made.text, "utf-8", newline="")
    fields = {
        "clinic": clinic,
        "from": begins.isoformat(),
        "to": ends.isoformat(),
        "visits": made.visits,
        "answered": made.answered,
        "file": out.name,
    }
    say(fields, as_json, f"{made.visits} visits, {made.answered} answered: {out.name}")


def _day(text: str) -> date:
    found = read_day(text)
    if found is None:
        raise Invalid("Write the day like 2026-12-01.")
    return found
