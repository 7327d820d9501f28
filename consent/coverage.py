"""Which words stand behind the consents that hold now, and which of them were
superseded by broader ones.

Reads rows and voids nothing: a consent stays good for what its own words said.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from clinics.models import Language
from consent.disclosures import KINDS, WAYS
from consent.models import Disclosure, Line, Standing
from consent.standing import OF_ONE_PHONE

SHOWN = 200  # versions of one clinic, all kinds and languages together


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    wording: Disclosure
    phones: int  # that agreed under it and still stand
    in_use: bool
    superseded: bool  # a later version asks for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to opt in, in one language; the newest version first."""

    kind: str
    language: Language
    versions: tuple[Version, ...]

    @property
    def name(self) -> str:
        return WAYS[self.kind]


@dataclass(frozen=True, slots=True)
class Coverage:
    ways: tuple[Way, ...]
    without: int  # phones whose consent names no published words


def coverage(session: Session, clinic_id: int) -> Coverage:
    """Three queries, however many patients and versions there are."""
    phones = _phones(session, clinic_id)
    older = superseded(session, clinic_id)
    rows = session.exec(
        select(Disclosure)
        .where(col(Disclosure.clinic_id) == clinic_id)
        .order_by(col(Disclosure.version).desc())
        .limit(SHOWN)
    ).all()
    ways = tuple(
        _way(kind, language, rows, phones, older)
        for kind in KINDS
        for language in Language
    )
    known = {row.sha256 for row in rows}
    without = sum(count for words, count in phones.items() if words not in known)
    return Coverage(ways, without)


def superseded(session: Session, clinic_id: int) -> frozenset[str]:
    """The hashes of the wordings that a later, broader one of their kind replaced."""
    later = aliased(Disclosure)
    asks_more = sa.exists().where(
        col(later.clinic_id) == col(Disclosure.clinic_id),
        col(later.kind) == col(Disclosure.kind),
        col(later.language) == col(Disclosure.language),
        col(later.version) > col(Disclosure.version),
        col(later.broader).is_(True),
    )
    found = select(Disclosure.sha256).where(
        col(Disclosure.clinic_id) == clinic_id, asks_more
    )
    return frozenset(session.exec(found))


def _phones(session: Session, clinic_id: int) -> dict[str | None, int]:
    """A phone that agreed to two topics under the same words counts once."""
    rows = session.connection().execute(
        sa.select(
            col(Standing.disclosure_sha256),
            sa.func.count(sa.distinct(col(Standing.phone))),
        )
        .join(Line, OF_ONE_PHONE)
        .where(
            col(Standing.clinic_id) == clinic_id,
            col(Standing.granted_seq) > col(Line.stopped_seq),
        )
        .group_by(col(Standing.disclosure_sha256))
    )
    return {words: count for words, count in rows}


def _way(
    kind: str,
    language: Language,
    rows: Any,
    phones: dict[str | None, int],
    older: frozenset[str],
) -> Way:
    own = [row for row in rows if (row.kind, row.language) == (kind, language.value)]
    return Way(
        kind=kind,
        language=language,
        versions=tuple(
            Version(
                wording=row,
                phones=phones.get(row.sha256, 0),
                in_use=place == 0,
                superseded=row.sha256 in older,
            )
            for place, row in enumerate(own)
        ),
    )
