"""`flask quarantine …`: signed calls that could not be taken, for an operator to see.

The words of a patient may be in them, so only their kind is shown; the raw form stays
in the database.
"""

import click
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.access import acting_staff, note_action
from clinics.models import Role
from gateway.models import Quarantine
from kernel.asked import LARGEST_ID
from kernel.clock import rfc3339
from kernel.errors import NotFound
from kernel.web import heed, say


@click.group("quarantine")
def quarantine() -> None:
    """Signed calls that could not be taken."""


@quarantine.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_command(as_json: bool) -> None:
    """What nobody has looked at yet, oldest first."""
    waiting = (
        select(Quarantine)
        .where(col(Quarantine.seen_at).is_(None))
        .order_by(col(Quarantine.id))
    )
    with heed().database.reading() as session:
        rows = list(session.exec(waiting))
    for row in rows:
        fields = {
            "id": row.id,
            "received_at": rfc3339(row.received_at),
            "account_sid": row.account_sid,
            "reason": row.reason,
        }
        say(fields, as_json, f"#{row.id} {fields['received_at']}  {row.reason}")
    if not rows and not as_json:
        say({}, False, "Nothing waits.")


@quarantine.command("seen")
@click.argument("quarantine_id", type=click.IntRange(1, LARGEST_ID))
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def seen(quarantine_id: int, by: str, as_json: bool) -> None:
    """Note that an operator has looked at one."""
    now = heed().now()
    with heed().database.writing() as session:
        acting_staff(session, by, frozenset({Role.operator}), None)
        done = session.connection().execute(
            sa.update(Quarantine)
            .where(
                col(Quarantine.id) == quarantine_id,
                col(Quarantine.seen_at).is_(None),
            )
            .values(seen_at=now, seen_by=by)
        )
        if done.rowcount == 0:
            raise NotFound(f"No call #{quarantine_id} waits to be looked at.")
        note_action(session, None, by, "quarantine seen", str(quarantine_id), now)
    say(
        {"id": quarantine_id, "seen_by": by},
        as_json,
        f"#{quarantine_id} is noted as seen.",
    )
