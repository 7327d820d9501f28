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

from clinics.models import Language
from kernel.errors import Invalid
from registration.layers import newest as newest_version
from registration.models import Campaign, WordingKind, WordingVersion
from registration.promotions import outside, promotions
from registration.submission import Submission
from registration.usecases import spelled
from registration.wording_guard import against
from registration.workflow import lock_campaign

# Where a link to the patient's own page goes: only who has just agreed is sent one.
RECEIPT = "{receipt}"
# These say what she agrees to, and so may name what else the campaign sends; every
# other kind goes to whoever agreed to texts about care.
OPT_IN_KINDS = (WordingKind.opt_in_request, WordingKind.opt_in_confirmation)


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


def add(
    session: Session,
    clinic_id: int,
    campaign_id: int,
    kind: WordingKind,
    language: Language,
    text: str,
    now: datetime,
) -> WordingVersion:
    """The next version, in use from now on.  Raises Invalid for an empty text, for a
    link where none is made, and for promotional words where they may not stand."""
    if not text.strip():
        raise Invalid(f"The wording for '{kind.value}' is empty. Write the text.")
    if RECEIPT in text and kind is not WordingKind.opt_in_confirmation:
        raise Invalid(
            f"The wording for '{kind.value}' has {RECEIPT}, which only the opt-in "
            "confirmation may have. Take it out."
        )
    lock_campaign(session, campaign_id, shared=False)
    _refuse_promotions(session, clinic_id, campaign_id, kind, text)
    _refuse_unregistered(session, campaign_id, kind, language, text)
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
    )
    session.add(wording)
    session.flush()
    return wording


def _refuse_unregistered(
    session: Session,
    campaign_id: int,
    kind: WordingKind,
    language: Language,
    text: str,
) -> None:
    version = newest_version(session, campaign_id)
    if version is None:
        return  # registered elsewhere: nobody knows its samples
    registered = Submission.model_validate(version.content, strict=False).campaign
    reminder = kind is WordingKind.reminder
    found = against(registered, text, is_reminder=reminder, language=language.value)
    if found:
        raise Invalid(
            f"The wording for '{kind.value}' was not added. {' '.join(found)}"
        )


def _refuse_promotions(
    session: Session, clinic_id: int, campaign_id: int, kind: WordingKind, text: str
) -> None:
    campaign = session.exec(
        select(Campaign).where(
            col(Campaign.clinic_id) == clinic_id, col(Campaign.id) == campaign_id
        )
    ).one()
    declared = spelled(campaign.use_case, campaign.sub_use_cases)
    found = outside(text, campaign.use_case, campaign.sub_use_cases)
    why = (
        f"The campaign is registered as {declared}, which does not cover that, and "
        "carriers turn such texts down (R133; Twilio 30893, DCA1 8200). Take the words "
        "out, or register a campaign that names them."
    )
    if not found and kind not in OPT_IN_KINDS:
        found = promotions(text)
        why = (
            "This text goes to everybody who agreed to texts about care, and a promotion "
            "needs a consent of its own (R84). Take the words out."
        )
    if found:
        named = ", ".join(f"'{one.words}'" for one in found)
        raise Invalid(
            f"The wording for '{kind.value}' was not added: {named} is promotional. {why}"
        )
