"""The fixed cast of the stories: Maple Dental with its front desk, its admin and its
auditor; Birch Eye Care, the stranger who must see nothing of Maple; one operator."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from clinics.access import add_clinic, add_staff, key_of, set_account
from clinics.models import Language, Role
from kernel.carriers import GATED
from kernel.keys import Keys
from registration.models import WhoReplies, WordingKind
from registration.numbers import add_number, attach, connect, mark_complete
from registration.registered import CampaignFacts, add_brand, create_campaign
from registration.status import Observation, Source, Status
from registration.wordings import add as add_wording
from registration.workflow import observe

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # Monday 10:00 in Los Angeles

MAPLE_ACCOUNT = "AC" + "a" * 32
BIRCH_ACCOUNT = "AC" + "b" * 32
MAPLE_TOKEN, BIRCH_TOKEN = "maple-token", "birch-token"
MAPLE_NUMBER, BIRCH_NUMBER = "+12065550100", "+12125550100"
PAT = "+12065550111"  # a patient of Maple Dental
SAM = "+12125550122"  # a patient of Birch Eye Care


@dataclass(frozen=True)
class Place:
    """A clinic of the cast, ready to text."""

    clinic_id: int
    campaign_id: int
    number_id: int
    number: str
    account_sid: str
    token: str


@dataclass(frozen=True)
class Cast:
    maple: Place
    birch: Place


def gather(session: Session, keys: Keys) -> Cast:
    """Both clinics with an account, a connected number and every carrier Active."""
    add_staff(
        session, email="operator@heed.example", role=Role.operator, clinic=None, now=NOW
    )
    maple = _place(session, keys, "maple-dental", MAPLE_NUMBER, MAPLE_ACCOUNT)
    birch = _place(session, keys, "birch-eye", BIRCH_NUMBER, BIRCH_ACCOUNT)
    return Cast(maple, birch)


def _place(session: Session, keys: Keys, slug: str, number: str, account: str) -> Place:
    token = MAPLE_TOKEN if account == MAPLE_ACCOUNT else BIRCH_TOKEN
    maple = slug == "maple-dental"
    clinic = add_clinic(
        session,
        slug=slug,
        legal_name="Maple Dental, P.C." if maple else "Birch Eye Care, LLC",
        display_name="Maple Dental" if maple else "Birch Eye Care",
        time_zone="America/Los_Angeles" if maple else "America/New_York",
        phone="+12065550199" if maple else "+12125550199",
        now=NOW,
    )
    clinic_id = key_of(clinic)
    for role in (Role.front_desk, Role.clinic_admin, Role.auditor):
        name = {"front_desk": "desk", "clinic_admin": "admin"}.get(role, "auditor")
        email = f"{name}@{slug}.example"
        add_staff(session, email=email, role=role, clinic=clinic, now=NOW)
    set_account(session, clinic_id, account, token, keys)
    brand = add_brand(
        session,
        clinic_id,
        legal_name=clinic.legal_name,
        ein="12-3456789",
        entity_type="PRIVATE_PROFIT",
        website=f"https://{slug}.example",
        now=NOW,
    )
    campaign = create_campaign(
        session,
        clinic_id,
        brand.id or 0,
        CampaignFacts(
            ref="maple-care" if maple else "birch-care",
            use_case="ACCOUNT_NOTIFICATION",
            description="Appointment reminders for patients who asked for them.",
            message_flow="Patients text START to the number on the desk card.",
            tcr_id="CMAPLE1" if maple else "CBIRCH1",
        ),
        NOW,
    )
    campaign_id = campaign.id or 0
    for kind, text in WORDINGS.items():
        add_wording(
            session, clinic_id, campaign_id, WordingKind(kind), Language.en, text, NOW
        )
    row = add_number(session, clinic_id, number, WhoReplies.gateway)
    number_id = row.id or 0
    attach(session, clinic_id, number_id, campaign_id)
    connect(session, clinic_id, number_id, NOW)
    mark_complete(session, clinic_id, number_id, NOW)
    for carrier in GATED:
        observe(
            session,
            campaign_id,
            carrier,
            Observation(
                status=Status.ACTIVE,
                raw="APPROVED",
                source=Source.operator_entry,
                at=NOW,
                evidence="https://portal.example/screenshot",
            ),
            by="operator@heed.example",
        )
    return Place(clinic_id, campaign_id, number_id, number, account, token)


WORDINGS = {
    "reminder": "{clinic}: {first_name}, your visit is {weekday} {date} at {time}. "
    "Reply C to confirm, R to reschedule or call {phone}. STOP to opt out.",
    "opt_in_confirmation": "{clinic}: you will get appointment texts. Msg&data rates "
    "may apply. Reply HELP for help, STOP to opt out.",
    "opt_in_request": "{clinic}: reply YES to get appointment texts. STOP to opt out.",
    "stop_confirmation": "{clinic}: you are opted out and will get no more texts.",
    "help": "{clinic}: call {phone} for help. Reply STOP to opt out.",
    "not_monitored": "{clinic}: this number is not monitored. Call {phone}.",
    "visit_confirmed": "{clinic}: thank you, your visit is confirmed.",
    "visit_to_desk": "{clinic}: we will call you about your visit.",
    "emergency": "{clinic}: this number is not monitored. In an emergency call 911.",
}
