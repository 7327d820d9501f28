"""What stands between an office number and its first text: the questions that
`registration.numbers` asks of the moves.

Looks only; the steps themselves are `registration.moves`.
"""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.phone import shown
from registration.move_steps import steps
from registration.number_models import MoveStep, NumberMove

READY = MoveStep.cut_over


def open_move(session: Session, phone: str) -> NumberMove | None:
    """The one that is under way with this number, of whichever clinic."""
    return session.exec(
        select(NumberMove).where(
            col(NumberMove.phone) == phone, col(NumberMove.ended_at).is_(None)
        )
    ).one_or_none()


def not_hosted_yet(session: Session, clinic_id: int, phone: str) -> str | None:
    """Why the number may be no texting number yet: until the cut-over begins, which
    asks for the signed letter (R37) and the release (R38)."""
    move = open_move(session, phone)
    if move is not None and move.clinic_id != clinic_id:
        return f"{shown(phone)} is on its way to another clinic. Ask about that first."
    if move is not None and move.step is not READY:
        return (
            f"{shown(phone)} is the office number, and it is not hosted yet: "
            f"'{steps()[move.step].label}'. Its steps stand under Numbers; it can be "
            f"added once '{steps()[READY].label}' has begun."
        )
    if move is None and _is_office_number(session, clinic_id, phone):
        return (
            f"{shown(phone)} is the number that patients call. Bring it over step by "
            "step under Numbers: hosting its texts needs a signed letter first."
        )
    return None


def move_texting_from(session: Session, clinic_id: int, number_id: int) -> str | None:
    """The office number, E.164, that this number stands in for."""
    found: str | None = session.connection().scalar(
        sa.select(col(NumberMove.phone))
        .where(
            col(NumberMove.clinic_id) == clinic_id,
            col(NumberMove.temporary_id) == number_id,
            col(NumberMove.ended_at).is_(None),
        )
        .limit(1)
    )
    return found


def _is_office_number(session: Session, clinic_id: int, phone: str) -> bool:
    return session.get_one(Clinic, clinic_id).phone == phone and (
        session.exec(
            select(NumberMove.id).where(
                col(NumberMove.clinic_id) == clinic_id,
                col(NumberMove.phone) == phone,
                col(NumberMove.step) == MoveStep.hosted,
            )
        ).first()
        is None
    )
