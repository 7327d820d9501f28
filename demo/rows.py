"""Writes one clinic of the demo: staff, campaign, wordings, consents and visits.

Everything through the doors that the program itself uses; the caller commits.
"""

import hashlib
import io
from datetime import datetime, timedelta

from sqlmodel import Session

from clinics.access import add_clinic, add_staff, key_of, note_action, set_account
from clinics.models import Clinic, Language, Role
from consent.attest import attest
from consent.disclosures import hash_in_use, publish
from consent.models import Grade, Topic
from consent.record import opt_in
from consent.standing import lock_line
from demo import cast
from demo.draft import SLUG, add_draft
from demo.visits import appointments_csv
from kernel.carriers import Carrier
from kernel.keys import Keys
from kernel.phone import shown
from registration.models import Campaign, WhoReplies, WordingKind
from registration.numbers import add_number, attach
from registration.registered import CampaignFacts, add_brand, create_campaign
from registration.status import Observation, Source, Status
from registration.wordings import add as add_wording
from registration.workflow import observe
from reminders.intake.imported import Imported
from reminders.intake.store import Origin, import_file
from reminders.policy import enable

OPERATOR = "operator@heed.example"
ROLES = {
    "desk": Role.front_desk,
    "admin": Role.clinic_admin,
    "auditor": Role.auditor,
}
OPENED = timedelta(days=420)  # before the oldest consent
REGISTERED = timedelta(days=80)


def add_operator(session: Session, now: datetime) -> None:
    add_staff(session, email=OPERATOR, role=Role.operator, clinic=None, now=now)


def add_everything(
    session: Session, row: cast.ClinicRow, keys: Keys, now: datetime
) -> Imported:
    """One clinic from nothing; what its file of appointments brought."""
    clinic = _clinic(session, row, keys, now - OPENED)
    clinic_id = key_of(clinic)
    for name, role in ROLES.items():
        email = f"{name}@{row.slug}.example"
        add_staff(session, email=email, role=role, clinic=clinic, now=now - OPENED)
    campaign = _campaign(session, row, clinic_id, now)
    _numbers(session, row, clinic_id, campaign.id or 0)
    _disclosures(session, row, clinic_id, now - OPENED)
    _consents(session, row, clinic_id, now)
    _attest(session, row, clinic_id, now)
    imported = _visits(session, row, clinic, now)
    enable(session, clinic_id, f"admin@{row.slug}.example", now)
    if row.slug == SLUG:
        add_draft(session, clinic_id, OPERATOR, now)
    return imported


def _clinic(
    session: Session, row: cast.ClinicRow, keys: Keys, opened: datetime
) -> Clinic:
    clinic = add_clinic(
        session,
        slug=row.slug,
        legal_name=row.legal_name,
        display_name=row.display_name,
        time_zone=row.time_zone,
        phone=row.phone,
        now=opened,
    )
    clinic_id = key_of(clinic)
    set_account(session, clinic_id, row.account_sid, row.token, keys)
    return clinic


def _campaign(
    session: Session, row: cast.ClinicRow, clinic_id: int, now: datetime
) -> Campaign:
    registered = now - REGISTERED
    brand = add_brand(
        session,
        clinic_id,
        legal_name=row.legal_name,
        ein=row.ein,
        entity_type="PRIVATE_PROFIT",
        website=row.website,
        now=registered,
    )
    samples = [
        wording.text
        for wording in cast.wordings()
        if wording.kind == "reminder"  # both languages
    ]
    facts = CampaignFacts(
        ref=row.campaign,
        use_case="ACCOUNT_NOTIFICATION",
        description=f"{row.display_name} reminds patients who agreed of their visits.",
        message_flow=_keyword_path(row),
        samples=samples,
        keywords={"opt_in": ["START"], "opt_out": ["STOP"], "help": ["HELP"]},
        tcr_id=row.tcr_id,
    )
    campaign = create_campaign(session, clinic_id, brand.id or 0, facts, registered)
    campaign_id = campaign.id or 0
    for wording in cast.wordings():
        kind, language = WordingKind(wording.kind), Language(wording.language)
        text = wording.text
        add_wording(session, clinic_id, campaign_id, kind, language, text, registered)
    for cell in cast.cells():
        if cell.campaign == row.campaign:
            _say(session, campaign_id, cell, now)
    return campaign


def _say(session: Session, campaign_id: int, cell: cast.CellRow, now: datetime) -> None:
    """What a carrier said days ago.  An ACTIVE as old as that is stale: the first
    poll of the registry makes it fresh, as on any other day."""
    said = Observation(
        status=Status(cell.status),
        raw=cell.word,
        source=Source.tcr_poll,
        at=now - timedelta(days=int(cell.days)),
        evidence="demo: an earlier poll of the registry",
    )
    observe(session, campaign_id, Carrier(cell.carrier), said)


def _keyword_path(row: cast.ClinicRow) -> str:
    number = next(one for one in cast.numbers() if one.clinic == row.slug)
    return (
        f"Patients text START to {shown(number.phone)}, which stands on a card at the "
        f"desk and on {row.website}, or sign a form at the desk."
    )


def _numbers(
    session: Session, row: cast.ClinicRow, clinic_id: int, campaign_id: int
) -> None:
    """The number of the reminders comes first: reminders leave from the first one."""
    mine = [number for number in cast.numbers() if number.clinic == row.slug]
    for number in sorted(mine, key=lambda one: one.reminders != "yes"):
        who = WhoReplies(number.who_replies)
        added = add_number(session, clinic_id, number.phone, who)
        attach(session, clinic_id, added.id or 0, campaign_id)


def _disclosures(
    session: Session, row: cast.ClinicRow, clinic_id: int, now: datetime
) -> None:
    number = next(one for one in cast.numbers() if one.clinic == row.slug)
    for disclosure in cast.disclosures():
        text = (
            disclosure.text.replace("{clinic}", row.display_name)
            .replace("{number}", shown(number.phone))
            .replace("{website}", row.website)
        )
        publish(session, clinic_id, disclosure.kind, disclosure.language, text, now)


def _consents(
    session: Session, row: cast.ClinicRow, clinic_id: int, now: datetime
) -> None:
    """The signed forms, the oldest first: a ledger is written in the order of time."""
    signed = {
        one.phone: one
        for one in cast.patients()
        if one.clinic == row.slug and one.consent == Grade.recorded.value
    }
    for one in sorted(signed.values(), key=lambda one: -int(one.consent_days)):
        lock_line(session, clinic_id, one.phone)
        detail = {
            "method": "signed form",
            "form": f"desk form of {one.patient_id}",
            "recorded_by": f"desk@{row.slug}.example",
            "disclosure_sha256": hash_in_use(session, clinic_id, "paper", one.language),
        }
        at = now - timedelta(days=int(one.consent_days))
        opt_in(session, clinic_id, one.phone, Topic.care, Grade.recorded, detail, at)


def _attest(
    session: Session, row: cast.ClinicRow, clinic_id: int, now: datetime
) -> None:
    told = next(one.text for one in cast.disclosures() if one.kind == "import")
    words = told.replace("{clinic}", row.display_name)
    admin = f"admin@{row.slug}.example"
    signed = attest(session, clinic_id, admin, words, now)
    note_action(session, clinic_id, admin, "import attestation", str(signed.id), now)


def _visits(
    session: Session, row: cast.ClinicRow, clinic: Clinic, now: datetime
) -> Imported:
    mine = [patient for patient in cast.patients() if patient.clinic == row.slug]
    content = appointments_csv(mine, row.time_zone, now)
    origin = Origin(
        by=f"desk@{row.slug}.example",
        file="demo.csv",
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return import_file(session, clinic, io.BytesIO(content), now, origin=origin)
