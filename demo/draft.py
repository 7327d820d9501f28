"""The demo's draft of a second campaign, with the faults that first drafts have."""

from datetime import datetime

from sqlmodel import Session

from registration.drafts import begin
from registration.submission import (
    Address,
    BrandPart,
    CampaignPart,
    Contact,
    Proof,
    Submission,
)

SLUG, REF = "maple-dental", "maple-smiles"


def add_draft(session: Session, clinic_id: int, by: str, now: datetime) -> None:
    """Opened to reviewers, so that their page can be looked at too."""
    draft = begin(session, clinic_id, REF, FIRST_TRY, by, now)
    draft.public_since = now
    session.add(draft)


FIRST_TRY = Submission(
    brand=BrandPart(
        legal_name="Maple Dental, P.C.",
        ein="12-3456789",
        entity_type="PRIVATE_PROFIT",
        vertical="HEALTHCARE",
        website="https://maple-dental.example",
        address=Address(street="PO Box 12", city="San Jose", state="CA", zip="95112"),
        contact=Contact(
            name="Ana Ruiz", email="mapledental@gmail.com", phone="(415) 555-0199"
        ),
    ),
    campaign=CampaignPart(
        use_case="ACCOUNT_NOTIFICATION",
        description="We send appointment reminders to patients",
        message_flow="Users sign up on our website",
        samples=(
            "Maple Dental: your visit is on [date] at [time]. Reply STOP to opt out.",
            "Smile! 20% off whitening this week only, details at bit.ly/smile20",
        ),
        opt_in_message="You are subscribed. Reply STOP to cancel.",
        opt_out_message="Maple Dental: you are unsubscribed and get no more messages.",
        opt_out_keywords=("STOP",),
        help_keywords=("HELP",),
        privacy_policy_url="http://maple-dental.example/privacy",
    ),
    opt_in_proof=(Proof(kind="web", url="https://maple-dental.example/texts"),),
)
