"""The command `registration number CLINIC swap`: texts leave from the office number."""

from datetime import datetime

import click

from clinics.access import acting_clinic, note_action
from kernel.web import heed, say
from registration.moves import NotYet
from registration.number_cli import (
    CLINIC,
    by_option,
    json_option,
    move_at,
    move_fields,
    phone_argument,
)
from reminders.number_swap import swap, swapped_sentence


@click.command("swap")
@phone_argument
@click.option(
    "--keep-until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="A task then asks whether the number before may be detached.",
)
@by_option
@json_option
@click.pass_context
def swap_number(
    context: click.Context,
    phone: str,
    keep_until: datetime | None,
    by: str,
    as_json: bool,
) -> None:
    """From now on texts leave from the office number; the other goes on receiving."""
    slug, now = context.meta[CLINIC], heed().now()
    until = keep_until.date() if keep_until else None
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        move = move_at(session, clinic_id, phone)
        done = swap(session, clinic_id, move, until, by, now)
        if isinstance(done, NotYet):
            say({"clinic": slug, "refused": list(done.why)}, as_json, str(done))
            raise SystemExit(1)
        note_action(session, clinic_id, by, "office number swapped in", done.after, now)
        fields = {
            **move_fields(slug, done.move),
            "before": done.before,
            "moved": done.moved,
        }
    say(fields, as_json, swapped_sentence(done))


UNDER_NUMBER = (swap_number,)
