"""A clinic that is to be registered with Twilio, and what tests ask of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from clinics.access import add_clinic, key_of
from clinics.models import VendorAccount
from kernel.db import Database
from kernel.errors import Invalid
from kernel.twilio_client import RebasingHttpClient, make_client
from registration import drafts, intake
from registration.accounts import Vendor
from registration.checks.finding import Outcome
from registration.desk_models import FeeKind, Item
from registration.models import (
    Brand,
    Campaign,
    CheckRun,
    FeeEntry,
    LayerEvent,
    SubmissionDraft,
    SubmissionVersion,
)
from registration.registered import CampaignFacts, add_brand, create_campaign
from registration.submission import Submission, as_json, content_hash
from tests.registration.at_desk import pay
from tests.registration.checks.sound import submission
from tests.vendor import Simulator, shift_clock

PARENT, PARENT_TOKEN = "AC" + "0" * 32, "operators-token"
BY = "operator@heed.example"


@dataclass(frozen=True)
class Clinic:
    database: Database
    simulator: Simulator
    vendor: Vendor
    clinic_id: int
    campaign_id: int
    draft_id: int
    start: datetime
    began: int  # the vendor's record of this test begins there

    def later(self, **span: float) -> datetime:
        """The vendor's clock moves on to so long after the start."""
        to = self.start + timedelta(**span)
        set_clock(self.simulator, to)
        return to

    def one(self, kind: Any, **where: Any) -> Any:
        with self.database.reading() as session:
            found = select(kind).where(
                *(col(getattr(kind, name)) == value for name, value in where.items())
            )
            return session.exec(found.order_by(col(kind.id).desc()).limit(1)).first()

    def all(self, kind: Any) -> list[Any]:
        with self.database.reading() as session:
            mine = col(kind.clinic_id) == self.clinic_id
            return list(session.exec(select(kind).where(mine).order_by(col(kind.id))))

    @property
    def part(self) -> Submission:
        return submission()

    def one_account(self) -> VendorAccount:
        with self.database.reading() as session:
            return session.get_one(VendorAccount, self.clinic_id)

    @property
    def campaign(self) -> Campaign:
        found: Campaign = self.one(Campaign, id=self.campaign_id)
        return found

    @property
    def brand(self) -> Brand:
        found: Brand = self.one(Brand, clinic_id=self.clinic_id)
        return found

    def layers(self) -> list[tuple[str, str, str]]:
        return [
            (event.layer.value, event.state.value, event.source.value)
            for event in self.all(LayerEvent)
            if event.applied
        ]

    def write(self, **changes: object) -> None:
        """The draft says something else now, and its items are confirmed again."""
        given = submission(**changes)
        with self.database.writing() as session:
            draft = drafts.draft_of(session, self.clinic_id, self.draft_id)
            drafts.save(session, draft, given, draft.version, BY, self.start)
            session.refresh(draft)
            confirmed(session, draft)

    def taxed(self, ein: str) -> None:
        """Draft and brand have this tax number, by which the vendor tells its cases."""
        with self.database.writing() as session:
            brand = session.get_one(Brand, self.brand.id)
            brand.ein, brand.ein_digits = ein, ein.replace("-", "")
        self.write(brand__ein=ein)

    def prepare(self, **changes: object) -> int:
        """The next version of the submission, as the desk would keep it."""
        given = submission(**changes)
        with self.database.writing() as session:
            campaign = session.get_one(Campaign, self.campaign_id)
            draft = session.exec(
                select(SubmissionDraft).where(
                    col(SubmissionDraft.clinic_id) == self.clinic_id
                )
            ).one()
            run = CheckRun(
                clinic_id=self.clinic_id,
                draft_id=draft.id or 0,
                content_sha256=content_hash(given),
                outcome=Outcome("pass"),
                score=100,
                site_seen=True,
                findings=[],
                at=self.start,
                by=BY,
            )
            fee = FeeEntry(
                clinic_id=self.clinic_id,
                campaign_id=self.campaign_id,
                kind=FeeKind.submission,
                cents=1500,
                purpose=["campaign vetting"],
                recorded_at=self.start,
                recorded_by=BY,
            )
            session.add(run)
            session.add(fee)
            session.flush()
            before = session.exec(
                select(SubmissionVersion).where(
                    col(SubmissionVersion.campaign_id) == self.campaign_id
                )
            ).all()
            version = SubmissionVersion(
                clinic_id=self.clinic_id,
                campaign_id=campaign.id or 0,
                draft_id=draft.id or 0,
                version=len(before) + 1,
                content=as_json(given),
                content_sha256=content_hash(given),
                check_run_id=run.id or 0,
                proof_sha256="0" * 64,
                fee_entry_id=fee.id or 0,
                prepared_at=self.start,
                prepared_by=BY,
            )
            session.add(version)
            session.flush()
            return version.id or 0

    def made(self, kind: str) -> list[dict[str, Any]]:
        """What the vendor has of a kind: every sid that its record ever saw."""
        records = self.simulator.judge("resource", after=self.began)
        found = {r["resource"]["sid"]: r["resource"] for r in records}
        return [one for one in found.values() if one["kind"] == kind]


def confirmed(session: Session, draft: SubmissionDraft) -> None:
    name = drafts.content_of(draft).brand.legal_name
    for item in Item:
        shown = name if item is Item.legal_name else ""
        intake.confirm(session, draft, item, BY, draft.created_at, shown)


def set_clock(simulator: Simulator, to: datetime) -> None:
    shift_clock(simulator.folder, to)


def settle_in(
    database: Database, simulator: Simulator, keys: Any, now: datetime, began: int
) -> Clinic:
    """Tidewater Dental: a brand and a campaign on our side, nothing at Twilio."""
    simulator.put(f"accounts/{PARENT}", {"token": PARENT_TOKEN})
    simulator.faults()
    given = submission()
    with database.writing() as session:
        clinic = add_clinic(
            session,
            slug="tidewater",
            legal_name=given.brand.legal_name,
            display_name="Tidewater Dental",
            time_zone="America/Los_Angeles",
            phone="+15033250199",
            now=now,
        )
        clinic_id = key_of(clinic)
        brand = add_brand(
            session,
            clinic_id,
            legal_name=given.brand.legal_name,
            ein=given.brand.ein,
            entity_type=given.brand.entity_type,
            website=given.brand.website,
            now=now,
        )
        facts = CampaignFacts(
            ref="care",
            use_case=given.campaign.use_case,
            description=given.campaign.description,
            message_flow=given.campaign.message_flow,
            samples=given.campaign.samples,
        )
        campaign = create_campaign(session, clinic_id, brand.id or 0, facts, now)
        campaign_id = campaign.id or 0
        pay(session, clinic_id, given.fee_receipt)
        draft = drafts.begin(session, clinic_id, "care", given, BY, now)
        confirmed(session, draft)
        draft_id = draft.id or 0
    http = RebasingHttpClient(simulator.base)

    def client_of(asked: int | None) -> Any:
        if asked is None:
            return make_client(http, PARENT, PARENT_TOKEN)
        with database.reading() as session:
            account = session.get(VendorAccount, asked)
        if account is None:
            raise Invalid("The clinic has no account.")
        token = keys.unseal(account.token_sealed)
        return make_client(http, account.account_sid, token)

    webhook = "https://heed.example/webhooks/twilio/inbound"
    return Clinic(
        database,
        simulator,
        Vendor(client_of=client_of, keys=keys, webhook=webhook),
        clinic_id,
        campaign_id,
        draft_id,
        now,
        began,
    )
