"""What a database that was put back from a backup may not do yet, and what it must
find out first.  It sends nothing until its inbound was compared with Twilio's list.

Time has passed since the backup: texts left that it does not know of, and patients,
carriers and staff said things.  Whatever may have left is looked up, never repeated.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import note_action
from clinics.models import Clinic, StaffLink, StaffSession, TaskKind
from clinics.tasks import open_task
from consent.models import ExportJob, ExportState
from gateway.models import Message, MessageKind, State
from gateway.outbox import NOT_LEFT
from gateway.reconcile import FIRST_LOOK
from kernel.clock import local_time, rfc3339
from kernel.models import Counter, Heartbeat, Lease
from registration.models import CarrierCell
from registration.numbers import INBOUND_VALID, mark_complete, numbers_to_watch
from registration.status import FRESH, POLLED

MAY_BE_OUT = (
    "It was due between the backup and the restore, so it may be out. "
    "It is being looked up."
)
TOO_OLD = (
    "This answer was waiting when the backup was made and may be out. "
    "It is not sent again."
)
EXPORT_GONE = "Exported files are not part of a backup. Export it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    clinics: int
    numbers: int  # none sends before its inbound was compared
    looked_up: int  # texts that may have left
    withdrawn: int
    sessions_ended: int


def quarantine(
    session: Session, made_at: datetime, now: datetime, by: str
) -> Quarantined:
    """In the transaction that puts the rows back, so that no worker sees them free."""
    withdrawn = _withdraw_answers(session, now)
    looked_up = _doubt_what_was_due(session, made_at, now)
    _doubt_carriers(session, now)
    _forget_moments(session, made_at)
    _end_exports(session, now)
    clinics = session.exec(select(Clinic).order_by(col(Clinic.id))).all()
    for clinic in clinics:
        _ask_to_look(session, clinic, made_at, now)
    note_action(session, None, by, "backup restored", f"of {rfc3339(made_at)}", now)
    return Quarantined(
        clinics=len(clinics),
        numbers=_set_watermarks_back(session, made_at, now),
        looked_up=looked_up,
        withdrawn=withdrawn,
        sessions_ended=_end_sign_ins(session, now),
    )


def _set_watermarks_back(session: Session, made_at: datetime, now: datetime) -> int:
    """To the backup or before it, and too old for the gate even if that was a minute
    ago: the next comparison lists from there on, and only then opens the gate."""
    too_old = now - INBOUND_VALID - timedelta(minutes=1)
    numbers = numbers_to_watch(session)
    for number in numbers:
        known = number.complete_until or made_at - FIRST_LOOK
        until = min(known, made_at, too_old)
        mark_complete(session, number.clinic_id, number.number_id, until)
    return len(numbers)


def _doubt_what_was_due(session: Session, made_at: datetime, now: datetime) -> int:
    """Not `withdrawn`: that is planned once more.  What is `unknown` counts as told;
    the reconciler finds it in Twilio's list, or asks a person to call."""
    due = sa.and_(
        col(Message.state).in_(NOT_LEFT),
        col(Message.send_from) <= now,
        col(Message.send_until) > made_at,
    )
    return (
        session.connection()
        .execute(
            sa.update(Message)
            .where(sa.or_(due, col(Message.state) == State.submitting))
            .values(
                state=State.unknown,
                outcome=MAY_BE_OUT,
                finished_at=now,
                submitted_at=sa.func.coalesce(
                    col(Message.submitted_at), col(Message.send_from)
                ),
                submitted_wall=sa.func.coalesce(col(Message.submitted_wall), made_at),
                held_since=None,
                held_why=None,
                lease_owner=None,
                lease_until=None,
            )
        )
        .rowcount
    )


def _withdraw_answers(session: Session, now: datetime) -> int:
    """Nobody plans them again, and no person needs to call about one."""
    return (
        session.connection()
        .execute(
            sa.update(Message)
            .where(
                col(Message.state).in_(NOT_LEFT),
                col(Message.kind) != MessageKind.reminder,
            )
            .values(
                state=State.withdrawn,
                outcome=TOO_OLD,
                finished_at=now,
                lease_owner=None,
                lease_until=None,
            )
        )
        .rowcount
    )


def _doubt_carriers(session: Session, now: datetime) -> None:
    """A carrier may have suspended a campaign since: a polled word counts again when
    it has been heard again."""
    session.connection().execute(
        sa.update(CarrierCell)
        .where(
            col(CarrierCell.source).in_(POLLED),
            col(CarrierCell.observed_at) > now - FRESH,
        )
        .values(observed_at=now - FRESH)
    )


def _forget_moments(session: Session, made_at: datetime) -> None:
    session.connection().execute(sa.delete(Counter))
    session.connection().execute(sa.delete(Lease))
    session.connection().execute(sa.delete(Heartbeat))
    session.connection().execute(
        sa.insert(Heartbeat), {"name": "backup", "at": made_at}
    )


def _end_sign_ins(session: Session, now: datetime) -> int:
    """Somebody may have been signed out, or taken off the staff, since the backup."""
    session.connection().execute(
        sa.update(StaffLink)
        .where(col(StaffLink.used_at).is_(None), col(StaffLink.expires_at) > now)
        .values(expires_at=now)
    )
    return (
        session.connection()
        .execute(
            sa.update(StaffSession)
            .where(
                col(StaffSession.revoked_at).is_(None),
                col(StaffSession.expires_at) > now,
            )
            .values(revoked_at=now)
        )
        .rowcount
    )


def _end_exports(session: Session, now: datetime) -> None:
    session.connection().execute(
        sa.update(ExportJob)
        .where(col(ExportJob.state) != ExportState.failed)
        .values(state=ExportState.failed, finished_at=now, problem=EXPORT_GONE)
    )


def _ask_to_look(
    session: Session, clinic: Clinic, made_at: datetime, now: datetime
) -> None:
    assert clinic.id is not None  # it was read from the database
    since, until = (local_time(at, clinic.time_zone) for at in (made_at, now))
    open_task(
        session,
        clinic.id,
        TaskKind.restored,
        f"restored:{rfc3339(now)}",
        f"The records were put back from a backup. What was entered between {since} "
        f"and {until} is missing: visits and patients, consent given on paper or by "
        "word, a STOP told to the desk, carrier statuses, staff. Pause reminders, "
        "import the newest list of visits, enter again what is missing, then go on. "
        "What patients texted meanwhile is fetched from Twilio before any text leaves.",
        now,
        urgent=True,
        due_in=timedelta(hours=1),
    )
