"""Who has a phone and how it stands, for all the phones of one page at once.

Reads only; for a decision the line is locked (`consent.standing.lock_line`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from consent.standing import Word, line_states

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
    lines = line_states(session, clinic_id, wanted)
    return {
        phone: Whose(
            phone=phone,
            names=tuple(names.get(phone, ())[:NAMES_SHOWN]),
            more=max(0, len(names.get(phone, ())) - NAMES_SHOWN),
            word=lines[phone].word,
            held=lines[phone].held,
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
