"""Bringing an office number over, step by step: the rows behind
`registration.move_steps`.

Records only: the vendor is not called, and the caller commits.  Each step is an event
with who and when; what cannot be done yet is a `NotYet` that says everything in the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.db import insert_or_ignore
from kernel.errors import Conflict, Invalid, NotFound
from kernel.phone import shown
from registration.models import SenderNumber
from registration.move_steps import MoveFacts, cut_over_list, refusals, steps
from registration.number_models import MoveEvent, MoveStep, MoveTick, NumberMove
from registration.numbers import number_of, number_with

LONGEST = 200  # characters of a name, an address, a note


@dataclass(frozen=True, slots=True)
class NotYet:
    """Everything in the way, as sentences."""

    why: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.why)


def assign_temporary(
    session: Session,
    clinic_id: int,
    move_id: int,
    number_id: int,
    by: str,
    now: datetime,
) -> NumberMove | NotYet:
    """Patients are texted from this number meanwhile (R35).  Raises NotFound, and
    Conflict for a number that serves no campaign."""
    move = locked(session, clinic_id, move_id)
    number = number_of(session, clinic_id, number_id)
    if number.campaign_id is None:
        raise Conflict(
            f"{shown(number.phone)} serves no campaign yet. Attach it to one first."
        )
    what = f"{shown(number.phone)} is the temporary number."
    done = take_step(session, move, MoveStep.temporary, what, by, now)
    if isinstance(done, NumberMove):
        move.temporary_id, number.temporary_since = number_id, now
        session.flush()
    return done


def agree_release(
    session: Session, clinic_id: int, move_id: int, day: date, by: str, now: datetime
) -> NumberMove | NotYet:
    """The day on which the other platform lets the number go (R36).  It may change
    until the swap; a letter that is signed stays signed."""
    move = locked(session, clinic_id, move_id)
    if move.platform is None:
        return NotYet(("Nobody else texts from this number, so nothing is released.",))
    if day < today_of(session, clinic_id, now):
        raise Invalid("This day is over. Choose today or a later day.")
    what = f"{move.platform} lets the number go on {day:%B} {day.day}, {day.year}."
    later = move.step in (MoveStep.signed, MoveStep.cut_over)
    if later:
        note_event(session, move, what, by, now)
    elif isinstance(
        done := take_step(session, move, MoveStep.release_agreed, what, by, now), NotYet
    ):
        return done
    move.release_on = day
    session.flush()
    return move


def begin_cut_over(
    session: Session, clinic_id: int, move_id: int, by: str, now: datetime
) -> NumberMove | NotYet:
    """The number may be hosted and added from now on; its list is worked through."""
    move = locked(session, clinic_id, move_id)
    what = "The cut-over has begun."
    done = take_step(session, move, MoveStep.cut_over, what, by, now)
    if isinstance(done, NumberMove):
        move.cut_over_on = today_of(session, clinic_id, now)
        session.flush()
    return done


def tick(
    session: Session, clinic_id: int, move_id: int, key: str, by: str, now: datetime
) -> NumberMove | NotYet:
    """One line of the cut-over list is done; ticking it twice is one tick."""
    move = locked(session, clinic_id, move_id)
    item = cut_over_list().get(key)
    if item is None:
        raise Invalid("The cut-over list has no such line. Choose one of the list.")
    if move.step is not MoveStep.cut_over:
        label = steps()[MoveStep.cut_over].label
        return NotYet(
            (f"The list is worked through during '{label}'. Begin it first.",)
        )
    new = session.connection().execute(
        insert_or_ignore(session, MoveTick, "item"),
        {"move_id": move_id, "item": key, "clinic_id": clinic_id, "by": by, "at": now},
    )
    if new.scalar_one_or_none() is not None:
        note_event(session, move, f"Done: {item.label}.", by, now)
    return move


def host(
    session: Session,
    clinic_id: int,
    move_id: int,
    before_id: int | None,
    keep_until: date | None,
    by: str,
    now: datetime,
) -> NumberMove | NotYet:
    """Texts leave from the office number from now on, and no longer from the number
    `before_id`, which goes on receiving.  `reminders.number_swap` does the rest."""
    move = locked(session, clinic_id, move_id)
    today = today_of(session, clinic_id, now)
    if keep_until is not None and keep_until <= today:
        raise Invalid("The temporary number receives on until a later day than today.")
    missing = refusals(facts_of(session, move), MoveStep.hosted, today)
    number = number_with(session, clinic_id, move.phone)
    missing += tuple(_not_ready(session, number, move.phone, before_id))
    if missing or number is None:
        return NotYet(missing)
    move.step, move.number_id, move.ended_at = MoveStep.hosted, number.id, now
    move.keep_until, number.took_over_at = keep_until, now
    note_event(session, move, "Texts leave from the office number.", by, now)
    return move


def _not_ready(
    session: Session, number: SenderNumber | None, phone: str, before_id: int | None
) -> Iterator[str]:
    if number is None or number.connected_at is None:
        yield (
            f"{shown(phone)} is not connected yet: add it under Numbers, attach it to "
            "the campaign and connect it."
        )
        return
    before = session.get(SenderNumber, before_id) if before_id is not None else None
    if before and before.campaign_id not in (None, number.campaign_id):
        yield (
            f"{shown(phone)} serves another campaign than {shown(before.phone)}, for "
            "which the carriers have approved other texts. Attach it to the same one."
        )


def cancel(
    session: Session, clinic_id: int, move_id: int, why: str, by: str, now: datetime
) -> NumberMove | NotYet:
    """The office number stays where it is; the temporary one goes on texting."""
    move = locked(session, clinic_id, move_id)
    why = plain_line(why)
    if not why:
        raise Invalid("Write in a few words why the number does not come over.")
    done = take_step(session, move, MoveStep.cancelled, f"Cancelled: {why}", by, now)
    if isinstance(done, NumberMove):
        move.ended_at, move.link_sha256 = now, None
        session.flush()
    return done


def locked(session: Session, clinic_id: int, move_id: int) -> NumberMove:
    """Raises NotFound."""
    move = session.get(
        NumberMove, move_id, populate_existing=True, with_for_update=True
    )
    if move is None or move.clinic_id != clinic_id:
        raise NotFound("The clinic brings no such number over.")
    return move


def facts_of(session: Session, move: NumberMove) -> MoveFacts:
    ticked = session.exec(
        select(MoveTick.item).where(
            col(MoveTick.move_id) == move.id, col(MoveTick.clinic_id) == move.clinic_id
        )
    )
    return MoveFacts(
        step=move.step,
        platform=move.platform,
        release_on=move.release_on,
        signed_on=move.signed_on,
        ticked=frozenset(ticked),
    )


def today_of(session: Session, clinic_id: int, now: datetime) -> date:
    """The clinic's local day."""
    return now.astimezone(ZoneInfo(session.get_one(Clinic, clinic_id).time_zone)).date()


def take_step(
    session: Session, move: NumberMove, to: MoveStep, what: str, by: str, now: datetime
) -> NumberMove | NotYet:
    why = refusals(facts_of(session, move), to, today_of(session, move.clinic_id, now))
    if why:
        return NotYet(why)
    move.step = to
    note_event(session, move, what, by, now)
    return move


def note_event(
    session: Session,
    move: NumberMove,
    what: str,
    by: str,
    now: datetime,
) -> None:
    session.add(
        MoveEvent(
            clinic_id=move.clinic_id,
            move_id=move.id or 0,
            step=move.step,
            what=what,
            by=by,
            at=now,
        )
    )
    session.flush()


def plain_line(text: str) -> str:
    """One line, of what can be seen: PostgreSQL keeps no NUL."""
    return " ".join("".join(filter(str.isprintable, text)).split())[:LONGEST]
