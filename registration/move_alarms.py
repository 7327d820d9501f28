"""When an office number on its way needs a person: the tasks of its days.

Opens tasks and changes nothing else; each once, because its key names the day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Clinic, TaskKind
from clinics.tasks import open_task
from kernel import business_days
from kernel.phone import shown
from registration.models import SenderNumber
from registration.move_steps import LETTER_LASTS
from registration.number_models import MoveStep, NumberMove

WARN = timedelta(days=5)  # before a letter is too old


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    key: str
    sentence: str
    urgent: bool = False


def due(move: NumberMove, keeps: str | None, today: date) -> Iterator[Due]:
    """What is to be done about it today; `keeps` is the temporary number that still
    receives after the swap, as people write it.  Pure."""
    number, on = shown(move.phone), move.release_on
    waits = move.ended_at is None and move.step is not MoveStep.cut_over
    if waits and on is not None and on <= today:
        yield Due(
            key=f"release:{move.id}:{on}:day",
            sentence=f"{move.platform} lets {number} go today, {_day(on)}. Make sure "
            "that it does, then begin the cut-over under Numbers.",
            urgent=True,
        )
    elif waits and on is not None and business_days.before(on, 1) <= today:
        yield Due(
            key=f"release:{move.id}:{on}:before",
            sentence=f"{move.platform} lets {number} go on {_day(on)}. Confirm the day "
            "with it and with the clinic, and have the front desk ready for the "
            "verification call.",
        )
    if waits and move.signed_on is not None:
        until = move.signed_on + LETTER_LASTS
        if today >= until - WARN:
            yield Due(
                key=f"letter:{move.id}:{move.signed_on}",
                sentence=f"The letter of authorization for {number} counts until "
                f"{_day(until)}. Begin the cut-over by then, or have it signed again.",
            )
    kept = move.keep_until if move.step is MoveStep.hosted and keeps else None
    if kept is not None and today >= kept:
        yield Due(
            key=f"keep:{move.id}:{kept}",
            sentence=f"{keeps} was kept until {_day(kept)} beside {number}. Look whether "
            "patients still text it; if not, detach it.",
        )


def ask_about_moves(session: Session, now: datetime) -> None:
    rows = session.exec(
        select(NumberMove, SenderNumber.phone, Clinic.time_zone)
        .join(Clinic, col(Clinic.id) == NumberMove.clinic_id)
        .outerjoin(
            SenderNumber,
            sa.and_(
                col(SenderNumber.id) == NumberMove.temporary_id,
                col(SenderNumber.campaign_id).is_not(None),
            ),
        )
        .where(
            sa.or_(
                col(NumberMove.ended_at).is_(None),
                col(NumberMove.keep_until).is_not(None),
            )
        )
    ).all()
    for move, temporary, zone in rows:
        keeps = shown(temporary) if temporary else None
        for one in due(move, keeps, now.astimezone(ZoneInfo(zone)).date()):
            open_task(
                session,
                move.clinic_id,
                TaskKind.number_move,
                one.key,
                one.sentence,
                now,
                urgent=one.urgent,
                due_in=timedelta(hours=8),
            )


def _day(day: date) -> str:
    return f"{day:%A, %B} {day.day}"
