"""What the operator reads in the morning: registrations that wait, tasks that are due,
carriers that say no.  One plain mail a day; nothing about any patient.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Clinic, Role, Staff, Task
from clinics.tasks import OPERATORS
from kernel.business_days import ZONE
from kernel.db import Database
from kernel.mail import NotSent, send
from kernel.models import Heartbeat
from kernel.settings import Settings
from registration.desk import Placed, all_desks
from registration.desk_steps import Progress
from registration.tcr_feed import beat

AT = time(8)  # in New York
NAME = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    subject: str
    body: str


def digest(
    registrations: Iterable[Placed],
    tasks: Sequence[tuple[str, str]],
    now: datetime,
    base: str,
) -> Digest:
    """`tasks` are clinic and sentence of what is due.  Pure."""
    waiting = [
        one for one in registrations if one.desk.at.progress is not Progress.done
    ]
    lines = [f"{len(waiting)} registration(s) in the making."]
    for one in waiting:
        at, age = one.desk.at, one.desk.age(now)
        days = f", {age} business day(s)" if age else ""
        lines.append(
            f"- {one.clinic}, {one.desk.draft.ref}: {at.title} ({at.words}){days}. "
            f"Waits for {at.waits_for}."
        )
    lines += ["", f"{len(tasks)} task(s) due today or late."]
    lines += [f"- {clinic}: {sentence}" for clinic, sentence in tasks]
    lines += ["", f"All of it: {base.rstrip('/')}/operator/registrations", ""]
    subject = f"Heed: {len(waiting)} in the making, {len(tasks)} due"
    return Digest(subject=subject, body="\n".join(lines))


def send_digest(database: Database, settings: Settings, now: datetime) -> int:
    """Once a day after 8:00 in New York, to every operator; how many mails left.

    Without a mail server nothing is done: the board says the same.
    """
    if not settings.smtp_url.get_secret_value() or not _is_due(database, now):
        return 0
    with database.reading() as session:
        made = digest(
            all_desks(session, now),
            _due_tasks(session, now),
            now,
            settings.public_base_url,
        )
        people = session.exec(
            select(Staff.email).where(
                col(Staff.role) == Role.operator,
                col(Staff.closed_at).is_(None),
                col(Staff.password_hash).is_not(None),
            )
        ).all()
    beat(database, NAME, now)  # before the mails: better none than two
    sent = [send(settings, to, made.subject, made.body) for to in people]
    return sum(not isinstance(one, NotSent) for one in sent)


def _is_due(database: Database, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(ZONE))
    if local.time() < AT:
        return False
    with database.reading() as session:
        last = session.get(Heartbeat, NAME)
    return last is None or last.at.astimezone(ZoneInfo(ZONE)).date() < local.date()


def _due_tasks(session: Session, now: datetime) -> list[tuple[str, str]]:
    end = now.astimezone(ZoneInfo(ZONE)).replace(hour=23, minute=59)
    rows = session.connection().execute(
        sa.select(col(Clinic.display_name), col(Task.sentence))
        .join(Clinic, col(Clinic.id) == col(Task.clinic_id))
        .where(
            col(Task.done_at).is_(None),
            col(Task.kind).in_(OPERATORS),
            col(Task.phone).is_(None),
            col(Task.due_at) <= end,
        )
        .order_by(col(Task.urgent).desc(), col(Task.due_at), col(Task.id))
        .limit(50)
    )
    return [(row.display_name, row.sentence) for row in rows]
