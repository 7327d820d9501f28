"""A version of a campaign's texts as it was handed in, with the rows it stands on."""

from datetime import datetime

from sqlmodel import Session, select

from registration.checks.finding import Outcome
from registration.desk_models import FeeEntry, FeeKind, SubmissionVersion
from registration.models import Campaign, CarrierCell, CheckRun, SubmissionDraft
from registration.status import Status
from registration.submission import as_json, content_hash
from tests.cast import Place
from tests.registration.checks.sound import submission

OPERATOR = "operator@heed.example"


def hand_in(
    session: Session, place: Place, at: datetime, version: int = 1, **changes
) -> SubmissionVersion:
    made = submission(**changes)
    sha256 = content_hash(made)
    draft = SubmissionDraft(
        clinic_id=place.clinic_id,
        ref=f"draft-{place.campaign_id}-{version}",
        content=as_json(made),
        content_sha256=sha256,
        created_at=at,
        updated_at=at,
        updated_by=OPERATOR,
    )
    fee = FeeEntry(
        clinic_id=place.clinic_id,
        kind=FeeKind.setup,
        cents=5000,
        purpose=["setup"],
        receipt=f"R-{place.campaign_id}-{version}",
        recorded_at=at,
        recorded_by=OPERATOR,
    )
    session.add_all([draft, fee])
    session.flush()
    run = CheckRun(
        clinic_id=place.clinic_id,
        draft_id=draft.id or 0,
        content_sha256=sha256,
        outcome=Outcome.passed,
        score=100,
        site_seen=True,
        findings=[],
        at=at,
        by=OPERATOR,
    )
    session.add(run)
    session.flush()
    made_version = SubmissionVersion(
        clinic_id=place.clinic_id,
        campaign_id=place.campaign_id,
        draft_id=draft.id or 0,
        version=version,
        content=as_json(made),
        content_sha256=sha256,
        check_run_id=run.id or 0,
        proof_sha256="0" * 64,
        fee_entry_id=fee.id or 0,
        prepared_at=at,
        prepared_by=OPERATOR,
        handed_in_at=at,
        handed_in_how="typed in",
    )
    session.add(made_version)
    session.flush()
    return made_version


def still(session: Session, place: Place, status: Status, since: datetime) -> None:
    """Nobody has decided yet: the campaign as it is before a carrier spoke."""
    for cell in session.exec(select(CarrierCell)):
        if cell.campaign_id == place.campaign_id:
            session.delete(cell)
    campaign = session.get_one(Campaign, place.campaign_id)
    campaign.status, campaign.status_since = status, since
    session.add(campaign)
    session.flush()
