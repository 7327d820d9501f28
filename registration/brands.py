"""The brand: the clinic as a legal person at The Campaign Registry, and what its word
for it means.

A brand is written down when its items are confirmed and the fee is paid; VERIFIED comes
only from outside, with evidence.  The caller commits.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from sqlmodel import Session, col, select

from clinics.access import lock_clinic
from kernel.errors import Conflict, Invalid
from registration.brand_words import PROVEN, hear_brand
from registration.desk_models import Item
from registration.drafts import content_of
from registration.fees import setup_paid
from registration.intake import State, checklist
from registration.models import Brand, Identity, SubmissionDraft
from registration.registered import brand_for, correct
from registration.status import Source

NEEDED = (Item.legal_name, Item.ein, Item.address, Item.contact)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a registry's word for a brand means, and what to do next."""

    word: str
    meaning: str
    next_action: str
    source: str


def brand_of(session: Session, clinic_id: int, ein: str | None = None) -> Brand | None:
    """The clinic's newest brand, of this tax number where one is given."""
    brands = session.exec(
        select(Brand).where(col(Brand.clinic_id) == clinic_id).order_by(col(Brand.id))
    ).all()
    return with_ein(brands, ein)


def with_ein(brands: Sequence[Brand], ein: str | None) -> Brand | None:
    """`brands` are one clinic's, the oldest first."""
    digits = (ein or "").replace("-", "").strip()
    same = [one for one in brands if not digits or one.ein.replace("-", "") == digits]
    return same[-1] if same else None


def missing(session: Session, draft: SubmissionDraft) -> tuple[str, ...]:
    """Why the brand cannot be registered yet."""
    wrong = [
        f"{line.label}: {' '.join(line.lacks) or 'nobody has confirmed it yet.'}"
        for line in checklist(session, draft)
        if line.item in NEEDED and line.state is not State.confirmed
    ]
    if setup_paid(session, draft.clinic_id) is None:
        wrong.append("The setup fee is not paid. Record its amount, day and receipt.")
    return tuple(wrong)


def register(session: Session, draft: SubmissionDraft, now: datetime) -> Brand:
    """The brand of the draft's tax number, written down once; until it is verified,
    what was corrected in the draft is taken over.  Raises Conflict."""
    lock_clinic(session, draft.clinic_id)  # of two clicks, one finds the other's brand
    wrong = missing(session, draft)
    if wrong:
        raise Conflict(f"The brand cannot be registered yet. {' '.join(wrong)}")
    submission = content_of(draft)
    brand = brand_for(session, draft.clinic_id, submission, now)
    if brand.identity not in PROVEN:
        correct(brand, submission.brand)
        session.flush()
    return brand


def typed(
    session: Session,
    brand: Brand,
    identity: Identity,
    *,
    note: str,
    evidence: str,
    by: str,
    now: datetime,
    tcr_brand_id: str | None = None,
    score: int | None = None,
) -> None:
    """What a person saw in the registry's portal.  Raises Invalid without evidence or a
    note, and for a score that is none (R32)."""
    if not (note.strip() and evidence.strip()):
        raise Invalid("A typed status of a brand needs evidence and a note.")
    if score is not None and not 0 <= score <= 100:
        raise Invalid("A trust score lies between 0 and 100.")
    brand.tcr_brand_id = tcr_brand_id or brand.tcr_brand_id
    brand.vetting_score = score if score is not None else brand.vetting_score
    session.add(brand)
    hear_brand(
        session,
        brand,
        identity=identity,
        source=Source.operator_entry,
        raw=f"{identity.value}: {note.strip()}",
        evidence=evidence,
        now=now,
        by=by,
    )


def meaning_of(identity: Identity | None) -> Meaning:
    wanted = identity.value if identity else "none"
    return next(one for one in meanings() if one.word == wanted)


@cache
def meanings() -> tuple[Meaning, ...]:
    return tuple(
        Meaning(row["word"], row["meaning"], row["next_action"], row["source"])
        for row in _table("brand_words.csv")
    )


def _table(name: str) -> list[dict[str, str]]:
    text = files("registration").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
