"""What a person types to one patient, beside the campaign that it leaves under: promotions,
links and numbers that were not declared, and apart from these words of health.

Judges by the same words as `wording_guard`, more strictly: nobody sees such a text twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import Session

from clinics.models import Clinic
from kernel import phone as phones
from registration.campaign_guard import registered_part
from registration.checks.words import PHONE, URL
from registration.health_words import health_words, sentences
from registration.models import Campaign, WordingKind
from registration.wording_guard import beyond_use_case

LONGEST = 1_000  # characters that are looked at
LIKE = WordingKind.not_monitored  # an answer, to who agreed to texts about care


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the carriers know of the campaign.  Where nobody knows what was declared,
    neither links nor numbers were."""

    use_case: str
    sub_use_cases: tuple[str, ...]
    links: bool
    numbers: bool
    own_phone: str  # the one that patients call; it may always be named


def registered(session: Session, campaign_id: int) -> Registered:
    campaign = session.get_one(Campaign, campaign_id)
    part = registered_part(session, campaign, WordingKind.update)
    return Registered(
        use_case=campaign.use_case,
        sub_use_cases=tuple(campaign.sub_use_cases or ()),
        links=bool(part and part.embedded_link),
        numbers=bool(part and part.embedded_phone),
        own_phone=session.get_one(Clinic, campaign.clinic_id).phone,
    )


def against(text: str, known: Registered) -> tuple[str, ...]:
    """Sentences that say why it may not leave as it is; none when it may."""
    return tuple(_against(text[:LONGEST], known))


def tells_what_ails(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Sentences about words that whoever looks at the phone should not read; `names` are
    the clinic's own."""
    return tuple(sentences(health_words(text[:LONGEST], names)))


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
    yield from beyond_use_case(LIKE, text, known.use_case, known.sub_use_cases)


def _own(found: str, known: Registered) -> bool:
    read = phones.read(found)
    return isinstance(read, phones.Phone) and read.e164 == known.own_phone
