"""Who has a phone and how it stands, for all the phones of one page at once.

Reads only; for a decision the line is locked (`consent.standing.lock_line`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from consent.models import Line, Standing, Topic
from consent.standing import Word, word

NAMES_SHOWN = 3  # of those who share a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """One phone at this clinic: names of its patients, and its standing for care."""

    phone: str
    names: tuple[str, ...] = ()
    more: int = 0  # that many patients besides
    word: Word = Word.none
    held: bool = False

    @property
    def stopped(self) -> bool:
        return self.word is Word.opted_out

    @property
    def name(self) -> str:
        """The names in one line; empty when nobody has the phone."""
        rest = f" and {self.more} more" if self.more else ""
        return ", ".join(self.names) + rest


def whose(
    session: Session, clinic_id: int, phones: Collection[str]
) -> Mapping[str, Whose]:
    """Every one of `phones`, in two queries."""
    wanted = {phone for phone in phones if phone}
    names = _names(session, clinic_id, wanted)
    lines = _lines(session, clinic_id, wanted)
    return {
        phone: Whose(
            phone=phone,
            names=tuple(names.get(phone, ())[:NAMES_SHOWN]),
            more=max(0, len(names.get(phone, ())) - NAMES_SHOWN),
            word=lines.get(phone, (Word.none, False))[0],
            held=lines.get(phone, (Word.none, False))[1],
        )
        for phone in wanted
    }


def _names(
    session: Session, clinic_id: int, phones: Collection[str]
) -> dict[str, list[str]]:
    rows = session.connection().execute(
        sa.select(col(Patient.phone), col(Patient.given_name), col(Patient.family_name))
        .where(col(Patient.clinic_id) == clinic_id, col(Patient.phone).in_(phones))
        .order_by(col(Patient.id))
    )
    names: dict[str, list[str]] = {}
    for phone, given, family in rows:
        name = f"{given} {family}".strip() or "A patient without a name"
        names.setdefault(phone, []).append(name)
    return names


def _lines(
    session: Session, clinic_id: int, phones: Collection[str]
) -> dict[str, tuple[Word, bool]]:
    for_care = sa.and_(
        col(Standing.clinic_id) == col(Line.clinic_id),
        col(Standing.phone) == col(Line.phone),
        col(Standing.topic) == Topic.care,
    )
    rows = session.connection().execute(
        sa.select(
            col(Line.phone),
            col(Line.stopped_seq),
            sa.func.coalesce(col(Standing.pending_seq), 0),
            sa.func.coalesce(col(Standing.granted_seq), 0),
            col(Line.held_since).is_not(None),
        )
        .select_from(Line)
        .outerjoin(Standing, for_care)
        .where(col(Line.clinic_id) == clinic_id, col(Line.phone).in_(phones))
    )
    return {row[0]: (word(row[1], row[2], row[3]), bool(row[4])) for row in rows}
