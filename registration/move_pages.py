"""What the pages of an office number show: where it stands, what is next, who did what.

Reads rows and decides nothing; which step may follow says `registration.move_steps`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.errors import NotFound
from registration.letter import Letter, letter_of, no_letter_warning
from registration.models import SenderNumber
from registration.move_steps import (
    LETTER_LASTS,
    Item,
    StepWords,
    cut_over_list,
    letter_problem,
    refusals,
    steps,
)
from registration.moves import facts_of, today_of
from registration.number_models import MoveEvent, MoveStep, MoveTick, NumberMove
from registration.number_readiness import Line, answers

EVENTS, MOVES = 50, 20
WAY = (
    MoveStep.asked,
    MoveStep.temporary,
    MoveStep.release_agreed,
    MoveStep.signed,
    MoveStep.cut_over,
    MoveStep.hosted,
)
ONLY_WITH_A_PLATFORM = (MoveStep.release_agreed,)


@dataclass(frozen=True, slots=True)
class OnTheWay:
    words: StepWords
    at: datetime | None  # when it was first reached
    now: bool


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line of the cut-over list, and who ticked it."""

    item: Item
    tick: MoveTick | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePage:
    move: NumberMove
    words: StepWords
    voice: Line
    way: tuple[OnTheWay, ...]
    checklist: tuple[ListLine, ...]
    events: Sequence[MoveEvent]  # the newest first
    letter: Letter | None
    letter_wrong: str | None  # why nothing may be hosted on it today
    fine: tuple[str, str]  # what hosting without a letter costs, and who says so
    not_signed: tuple[str, ...]  # why it cannot be signed now
    not_cut_over: tuple[str, ...]  # why the cut-over cannot begin today
    not_hosted: tuple[str, ...]  # why the swap cannot be made today
    temporary: SenderNumber | None
    number: SenderNumber | None  # the office number, once it is a texting number
    today: date

    @property
    def open(self) -> bool:
        return self.move.ended_at is None

    @property
    def ticked(self) -> int:
        return sum(line.tick is not None for line in self.checklist)

    @property
    def letter_until(self) -> date | None:
        signed = self.move.signed_on
        return signed + LETTER_LASTS if signed else None


def moves_of(session: Session, clinic_id: int | None = None) -> Sequence[NumberMove]:
    """Those under way first, then the newest; of all clinics where none is named."""
    asked = select(NumberMove).order_by(
        col(NumberMove.ended_at).is_not(None), col(NumberMove.id).desc()
    )
    if clinic_id is not None:
        asked = asked.where(col(NumberMove.clinic_id) == clinic_id)
    return session.exec(asked.limit(MOVES)).all()


def move_page(
    session: Session, clinic_id: int, move_id: int, now: datetime
) -> MovePage:
    """Raises NotFound."""
    move = session.get(NumberMove, move_id)
    if move is None or move.clinic_id != clinic_id:
        raise NotFound("The clinic brings no such number over.")
    facts, today = facts_of(session, move), today_of(session, clinic_id, now)
    mine = col(MoveEvent.move_id) == move_id
    events = session.exec(
        select(MoveEvent).where(mine).order_by(col(MoveEvent.id).desc()).limit(EVENTS)
    ).all()
    return MovePage(
        move=move,
        words=steps()[move.step],
        voice=answers()[move.voice],
        way=_way(move, events),
        checklist=_checklist(session, move),
        events=events,
        letter=letter_of(move, session.get_one(Clinic, clinic_id)),
        letter_wrong=letter_problem(move.signed_on, today),
        fine=no_letter_warning(),
        not_signed=refusals(facts, MoveStep.signed, today),
        not_cut_over=refusals(facts, MoveStep.cut_over, today),
        not_hosted=refusals(facts, MoveStep.hosted, today),
        temporary=_number(session, clinic_id, move.temporary_id),
        number=session.exec(
            select(SenderNumber).where(
                col(SenderNumber.clinic_id) == clinic_id,
                col(SenderNumber.phone) == move.phone,
            )
        ).one_or_none(),
        today=today,
    )


def _way(move: NumberMove, events: Sequence[MoveEvent]) -> tuple[OnTheWay, ...]:
    first: dict[MoveStep, datetime] = {}
    for event in events:  # the newest first, so that the oldest stays
        first[event.step] = event.at
    wanted = [
        step
        for step in WAY
        if move.platform is not None or step not in ONLY_WITH_A_PLATFORM
    ]
    if move.step is MoveStep.cancelled:
        wanted = [step for step in wanted if step in first] + [MoveStep.cancelled]
    return tuple(
        OnTheWay(steps()[step], first.get(step), step is move.step) for step in wanted
    )


def _checklist(session: Session, move: NumberMove) -> tuple[ListLine, ...]:
    ticks = {
        tick.item: tick
        for tick in session.exec(
            select(MoveTick).where(
                col(MoveTick.move_id) == move.id,
                col(MoveTick.clinic_id) == move.clinic_id,
            )
        )
    }
    return tuple(
        ListLine(item, ticks.get(key)) for key, item in cut_over_list().items()
    )


def _number(
    session: Session, clinic_id: int, number_id: int | None
) -> SenderNumber | None:
    found = session.get(SenderNumber, number_id) if number_id is not None else None
    return found if found is not None and found.clinic_id == clinic_id else None
