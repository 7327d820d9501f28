"""What Twilio and TCR say of a campaign as a whole, as words about its layers.

Only about the newest submission, and only what was asked after it was handed in: an
answer from before speaks of the version that it replaced.
"""

from datetime import datetime

from sqlmodel import Session

from registration.a2p_campaign import CampaignSeen
from registration.desk_models import Layer, LayerState, SubmissionVersion
from registration.heard_rejections import keep
from registration.layers import hear, layers_of, newest
from registration.status import Source
from registration.tcr import Shared
from registration.twilio import Trouble
from registration.workflow import head

REGISTERED = "Registered: TCR knows it"
SHARED = {
    "PENDING": LayerState.waiting,
    "ACCEPTED": LayerState.cleared,
    "DECLINED": LayerState.rejected,
}


def spoken_of(
    session: Session, campaign_id: int, asked: datetime
) -> SubmissionVersion | None:
    """The submission that an answer is about, or None."""
    submission = newest(session, campaign_id)
    handed_in = submission.handed_in_at if submission else None
    return submission if handed_in is not None and handed_in <= asked else None


def hear_twilio(
    session: Session, campaign_id: int, seen: CampaignSeen, now: datetime
) -> None:
    """IN_PROGRESS waits, VERIFIED clears, FAILED turns down; an unknown word nothing.

    PENDING comes with a TCR id in every published example, so it proves nothing; from
    IN_PROGRESS on, TCR has taken the campaign.
    """
    submission = spoken_of(session, campaign_id, now)
    if submission is None:
        return
    word = seen.status
    if word in ("IN_PROGRESS", "VERIFIED") and seen.tcr_id:
        _tell(session, submission, Layer.tcr, LayerState.cleared, word, seen, now)
    if word in ("PENDING", "IN_PROGRESS"):
        _tell(session, submission, Layer.dca, LayerState.waiting, word, seen, now)
    elif word == "VERIFIED":
        _tell(session, submission, Layer.dca, LayerState.cleared, word, seen, now)
    elif word == "FAILED":
        layer = _turned_down_by(session, submission, seen)
        if layer is not None:
            _tell(session, submission, layer, LayerState.rejected, word, seen, now)
        keep(
            session,
            submission,
            layer,
            seen.errors,
            issuer="twilio",
            evidence=seen.raw,
            now=now,
        )
    head(session, campaign_id, now)


def _turned_down_by(
    session: Session, submission: SubmissionVersion, seen: CampaignSeen
) -> Layer | None:
    """Twilio does not tell.  Without a TCR id it was TCR; None where TCR itself says
    that the aggregator let it through: then it was a carrier, whose cell says so."""
    if seen.tcr_id is None:
        return Layer.tcr
    dca = layers_of(session, submission.id or 0)[Layer.dca]
    through = dca.state is LayerState.cleared and dca.source is Source.tcr_poll
    return None if through else Layer.dca


def hear_sharing(
    session: Session, campaign_id: int, shared: Shared, now: datetime
) -> None:
    """What the aggregator elected says at TCR.  That TCR has shared it at all means
    that its own validation is behind it."""
    submission = spoken_of(session, campaign_id, now)
    state = SHARED.get(shared.status)
    if submission is None or state is None:
        return
    for layer, word, raw in (
        (Layer.tcr, LayerState.cleared, REGISTERED),
        (Layer.dca, state, shared.status),
    ):
        hear(
            session,
            submission,
            layer,
            word,
            source=Source.tcr_poll,
            raw=raw,
            evidence=shared.raw,
            now=now,
        )
    if state is LayerState.rejected and shared.explanation:
        _keep_shared(session, submission, shared, now)
    head(session, campaign_id, now)


def _keep_shared(
    session: Session, submission: SubmissionVersion, shared: Shared, now: datetime
) -> None:
    """Through Twilio the same reason comes with a code of its own: heard there."""
    if submission.handed_in_how and submission.handed_in_how.startswith("QE"):
        return
    keep(
        session,
        submission,
        Layer.dca,
        (Trouble(code="", text=shared.explanation),),
        issuer="tcr",
        evidence=shared.raw,
        now=now,
        by="The Campaign Registry",
    )


def _tell(
    session: Session,
    submission: SubmissionVersion,
    layer: Layer,
    state: LayerState,
    word: str,
    seen: CampaignSeen,
    now: datetime,
) -> None:
    hear(
        session,
        submission,
        layer,
        state,
        source=Source.vendor_verified,
        raw=word,
        evidence=seen.raw,
        now=now,
    )
