"""What may be said: the newest version of each kind of text, in her language.

Texts only; placeholders stay as they are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from clinics.models import Clinic, Language
from kernel.errors import Invalid
from registration.campaign_guard import refusals
from registration.models import WordingKind, WordingVersion
from registration.wording_guard import introduces
from registration.wording_words import NAMES
from registration.workflow import lock_campaign

# Where a link to the patient's own page goes: only who has just agreed is sent one.
RECEIPT = "{receipt}"
LINK = "{link}"  # to the clinic's page for reviews
REVIEW = WordingKind.review_request


@dataclass(frozen=True, slots=True)
class NoWording:
    """Nothing is approved for this kind of text; `why` is a sentence."""

    why: str


def newest(
    session: Session,
    clinic_id: int,
    campaign_id: int,
    kind: WordingKind,
    language: str,
) -> WordingVersion | NoWording:
    """The version in use in `language`, else in English."""
    given = {
        "clinic": clinic_id,
        "campaign": campaign_id,
        "kind": kind,
        "wanted": language,
    }
    versions = session.exec(_versions_query(), params=given)
    found: WordingVersion | None = versions.first()
    return found or NoWording(
        f"The campaign has no wording for '{kind.value}' yet. The operator adds one."
    )


@cache
def _versions_query() -> Any:
    wanted = sa.bindparam("wanted", type_=sa.String())
    return (
        select(WordingVersion)
        .where(
            col(WordingVersion.clinic_id) == sa.bindparam("clinic"),
            col(WordingVersion.campaign_id) == sa.bindparam("campaign"),
            col(WordingVersion.kind) == sa.bindparam("kind"),
            sa.or_(
                col(WordingVersion.language) == wanted,
                col(WordingVersion.language) == Language.en.value,
            ),
        )
        .order_by(
            col(WordingVersion.language) != wanted, col(WordingVersion.version).desc()
        )
        .limit(1)
    )


def in_use(
    session: Session, clinic_id: int, campaign_id: int
) -> Sequence[WordingVersion]:
    """The newest version of every kind and language, by kind."""
    later = aliased(WordingVersion)
    superseded = sa.exists().where(
        col(later.clinic_id) == col(WordingVersion.clinic_id),
        col(later.campaign_id) == col(WordingVersion.campaign_id),
        col(later.kind) == col(WordingVersion.kind),
        col(later.language) == col(WordingVersion.language),
        col(later.version) > col(WordingVersion.version),
    )
    return session.exec(
        select(WordingVersion)
        .where(
            col(WordingVersion.clinic_id) == clinic_id,
            col(WordingVersion.campaign_id) == campaign_id,
            ~superseded,
        )
        .order_by(col(WordingVersion.kind), col(WordingVersion.language))
    ).all()


@dataclass(frozen=True, slots=True)
class Approval:
    """Who lets a wording be used, and why words about health may stand in it."""

    by: str | None = None
    health_note: str | None = None


def add(
    session: Session,
    clinic_id: int,
    campaign_id: int,
    kind: WordingKind,
    language: Language,
    text: str,
    now: datetime,
    approval: Approval = Approval(),
) -> WordingVersion:
    """The next version, in use from now on.  Raises Invalid with every reason why it may
    not be used: empty, a link where none is made, nobody named, no way to stop, beyond
    what the campaign is registered with."""
    lock_campaign(session, campaign_id, shared=False)
    wrong = problems(session, clinic_id, campaign_id, kind, language, text)
    if wrong:
        raise Invalid(
            f"The wording for '{kind.value}' was not added. {' '.join(wrong)}"
        )
    last = session.connection().scalar(
        sa.select(sa.func.max(WordingVersion.version)).where(
            col(WordingVersion.clinic_id) == clinic_id,
            col(WordingVersion.campaign_id) == campaign_id,
            col(WordingVersion.kind) == kind,
            col(WordingVersion.language) == language.value,
        )
    )
    wording = WordingVersion(
        clinic_id=clinic_id,
        campaign_id=campaign_id,
        kind=kind,
        language=language.value,
        version=(last or 0) + 1,
        text=text,
        created_at=now,
        approved_by=approval.by,
        health_note=approval.health_note,
    )
    session.add(wording)
    session.flush()
    return wording


def problems(
    session: Session,
    clinic_id: int,
    campaign_id: int,
    kind: WordingKind,
    language: Language,
    text: str,
) -> tuple[str, ...]:
    """Why this text may not be used as such a wording of the campaign."""
    if not text.strip():
        return ("It is empty. Write the text.",)
    clinic = session.get_one(Clinic, clinic_id)
    names = (clinic.display_name, clinic.legal_name)
    found = list(introduces(kind, text, names))
    for hole, only in ((RECEIPT, WordingKind.opt_in_confirmation), (LINK, REVIEW)):
        if hole in text and kind is not only:
            found.append(
                f"It has {hole}, which only the {NAMES[only]} may have. Take it out."
            )
    code = language.value
    found += refusals(session, clinic_id, campaign_id, kind, code, text)
    return tuple(found)
