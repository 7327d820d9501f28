"""What a person types to a patient, beside the campaign that it leaves under: links, other
numbers, promotions, and words that tell what ails her.

Pure but for `registered`.  Approved wordings are guarded when they are added
(`registration.wordings`); this is for texts that nobody sees twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from kernel import phone as phones
from registration.checks.words import PHONE, URL, find
from registration.layers import newest
from registration.models import Campaign
from registration.promotions import outside, promotions
from registration.submission import Submission

LONGEST = 1_000  # characters that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the carriers know of the campaign.  One that was registered elsewhere is
    taken to allow neither links nor numbers: nobody here knows."""

    use_case: str
    sub_use_cases: tuple[str, ...]
    links: bool
    numbers: bool
    own_phone: str  # the one that patients call; it may always be named


def registered(session: Session, campaign_id: int) -> Registered:
    row = (
        session.connection()
        .execute(
            sa.select(
                col(Campaign.use_case), col(Campaign.sub_use_cases), col(Clinic.phone)
            )
            .join(Clinic, col(Clinic.id) == col(Campaign.clinic_id))
            .where(col(Campaign.id) == campaign_id)
        )
        .one()
    )
    version = newest(session, campaign_id)
    part = version and Submission.model_validate(version.content, strict=False).campaign
    return Registered(
        use_case=row.use_case,
        sub_use_cases=tuple(row.sub_use_cases or ()),
        links=bool(part and part.embedded_link),
        numbers=bool(part and part.embedded_phone),
        own_phone=row.phone,
    )


def against(text: str, known: Registered) -> tuple[str, ...]:
    """Sentences that say why it may not leave as it is; none when it may."""
    return tuple(_against(text[:LONGEST], known))


def _against(text: str, known: Registered) -> Iterator[str]:
    if URL.search(text) and not known.links:
        yield (
            "It has a link, and the campaign is registered without links, so carriers "
            "may filter it. Take the link out, or say it on the phone."
        )
    others = [found[0] for found in PHONE.finditer(text) if not _own(found[0], known)]
    if others and not known.numbers:
        yield (
            f"It has the number {others[0]}, and the campaign is registered without "
            "numbers. Take it out; your own phone number may stand."
        )
    offers = outside(text, known.use_case, known.sub_use_cases) or promotions(text)
    if offers:
        named = ", ".join(f"“{one.words}”" for one in offers)
        yield (
            f"{named} is promotional. The patient agreed to texts about care, and "
            "carriers turn promotions down (R84, R133). Take it out."
        )
    ails = dict.fromkeys(text[start:end] for start, end in find("phi", text))
    if ails:
        named = ", ".join(f"“{words}”" for words in ails)
        yield (
            f"{named} may tell whoever looks at the phone what ails the patient. Say it "
            "without, or call."
        )


def _own(found: str, known: Registered) -> bool:
    read = phones.read(found)
    return isinstance(read, phones.Phone) and read.e164 == known.own_phone
