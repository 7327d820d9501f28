"""Where a campaign, as it was filed, quotes words that patients are shown no more.

Reads rows; the operator files the change, and is told by one task.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from consent.difference import plain
from consent.disclosures import WAYS
from consent.models import Disclosure
from registration.models import Campaign, WordingKind, WordingVersion

FILED_WITH = {
    WordingKind.opt_in_confirmation: "its opt-in message",
    WordingKind.opt_in_request: "its text that asks for YES",
}
CAMPAIGNS = 50
WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    campaign: str  # the clinic's name for it
    where: str
    sentence: str


def quotes(session: Session, clinic_id: int, gone: Sequence[str]) -> tuple[Quote, ...]:
    """`gone` are the sentences that are shown no more.  Two queries."""
    if not gone:
        return ()
    campaigns = session.exec(
        select(Campaign)
        .where(col(Campaign.clinic_id) == clinic_id, col(Campaign.expired_at).is_(None))
        .order_by(col(Campaign.id).desc())
        .limit(CAMPAIGNS)
    ).all()
    filed = _wordings(session, clinic_id)
    return tuple(
        Quote(campaign=campaign.ref, where=where, sentence=sentence)
        for campaign in campaigns
        for where, text in _texts(campaign, filed)
        for sentence in gone
        if plain(sentence) in plain(text)
    )


def tell_operator(
    session: Session,
    clinic_id: int,
    wording: Disclosure,
    found: Iterable[Quote],
    now: datetime,
) -> None:
    """One task for one new wording, whoever publishes it twice."""
    campaigns = sorted({quote.campaign for quote in found})
    if not campaigns:
        return
    names = ", ".join(f"'{name}'" for name in campaigns)
    open_task(
        session,
        clinic_id,
        TaskKind.wording,
        f"disclosure:{wording.id}",
        f"Campaign {names} quotes words that patients are shown no more: "
        f"{WAYS[wording.kind].lower()}, {wording.language}, the version before "
        f"{wording.version}. File the change with The Campaign Registry, then write "
        "the new words into the campaign.",
        now,
        due_in=WITHIN,
    )


def _texts(
    campaign: Campaign, filed: dict[tuple[int, str, str], WordingVersion]
) -> Iterator[tuple[str, str]]:
    yield "its description of how patients opt in", campaign.message_flow
    for (campaign_id, _, _), wording in filed.items():
        if campaign_id == campaign.id:
            yield FILED_WITH[wording.kind], wording.text


def _wordings(
    session: Session, clinic_id: int
) -> dict[tuple[int, str, str], WordingVersion]:
    """The newest of each campaign, kind and language: a later row takes the place."""
    rows = session.exec(
        select(WordingVersion)
        .where(
            col(WordingVersion.clinic_id) == clinic_id,
            col(WordingVersion.kind).in_(tuple(FILED_WITH)),
        )
        .order_by(col(WordingVersion.version))
    )
    return {(row.campaign_id, row.kind, row.language): row for row in rows}
