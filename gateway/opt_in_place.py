"""What a clinic's public form offers: its words in force, its number, its topics.

Reads only.  Without published words, or a number that could ask for YES, there is no
form: a sign-up that cannot be finished or proven is not taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clinics.access import clinic_by_slug
from clinics.models import Language
from clinics.signin import ClinicHere, clinic_here
from consent.disclosures import newest as newest_words
from consent.models import Disclosure, Topic
from gateway.opt_in_words import listed
from gateway.replies import filled
from kernel.errors import NotFound
from registration.models import Campaign, WordingKind
from registration.numbers import NoSender, sender_for
from registration.usecases import covers
from registration.wordings import NoWording
from registration.wordings import newest as newest_wording

NOBODY = "There is no clinic at this address. Check the link, or ask the clinic."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A clinic that can ask for YES, and the number it asks from."""

    clinic: ClinicHere
    number_id: int
    number: str  # E.164
    campaign_id: int
    campaign_ref: str
    covered: tuple[Topic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A published wording as it is shown and named."""

    kind: str
    language: Language
    version: int
    text: str
    sha256: str
    published_at: datetime


def clinic_of(session: Session, slug: str) -> ClinicHere:
    """Raises NotFound in words for the public."""
    try:
        return clinic_here(clinic_by_slug(session, slug))
    except NotFound:
        raise NotFound(NOBODY) from None


def place_of(session: Session, clinic: ClinicHere) -> Place | None:
    """None: no number, no campaign, or one that may not text about appointments."""
    number = sender_for(session, clinic.id)
    if isinstance(number, NoSender) or number.campaign_id is None:
        return None
    campaign = session.get_one(Campaign, number.campaign_id)
    covered = tuple(
        topic
        for topic in Topic
        if covers(campaign.use_case, campaign.sub_use_cases, topic)
    )
    if campaign.expired_at is not None or not covered:
        return None
    return Place(
        clinic=clinic,
        number_id=number.id or 0,
        number=number.phone,
        campaign_id=number.campaign_id,
        campaign_ref=campaign.ref,
        covered=covered,
    )


def words_in_force(
    session: Session, clinic_id: int, kind: str
) -> dict[Language, Words]:
    found = {
        language: newest_words(session, clinic_id, kind, language)
        for language in Language
    }
    return {
        language: _words(row, language)
        for language, row in found.items()
        if row is not None
    }


def _words(row: Disclosure, language: Language) -> Words:
    return Words(
        kind=row.kind,
        language=language,
        version=row.version,
        text=row.text,
        sha256=row.sha256,
        published_at=row.published_at,
    )


def offered(session: Session, place: Place, language: Language) -> tuple[Topic, ...]:
    """The topics that get a box.  More than appointments only where the text that
    asks for YES names them: else YES would prove something that it never read."""
    text = _asking(session, place, language)
    names_them = not isinstance(text, NoWording) and "{topics}" in text
    return tuple(topic for topic in place.covered if names_them or topic is Topic.care)


def request_text(
    session: Session, place: Place, language: Language, topics: Sequence[Topic]
) -> str | NoWording:
    """The text that asks for YES, with the topics named in her language."""
    text = _asking(session, place, language)
    if isinstance(text, NoWording):
        return text
    named = text.replace("{topics}", listed(topics, language))
    return filled(named, place.clinic.name, place.clinic.phone)


def _asking(session: Session, place: Place, language: Language) -> str | NoWording:
    kind = WordingKind.opt_in_request
    found = newest_wording(
        session, place.clinic.id, place.campaign_id, kind, language.value
    )
    return found if isinstance(found, NoWording) else found.text
