"""What a clinic still lacks before its reminders reach patients, each with who mends it.

Reads rows and decides nothing: the gate says of each text whether it may leave.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Language, VendorAccount
from clinics.signin import ClinicHere
from consent.models import Line, Standing, Topic
from consent.standing import OF_ONE_PHONE
from kernel.clock import local_time
from registration.board import board
from registration.models import SenderNumber, Watermark, WordingKind
from registration.numbers import INBOUND_VALID, NoSender
from registration.wordings import NoWording, newest
from reminders.models import Appointment, ReminderPolicy
from reminders.policy import sender_of
from reminders.unsent import STANDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that reminders need.  `page` is the endpoint where a clinic mends it,
    None when the operator or a carrier must."""

    name: str
    done: bool
    sentence: str
    page: str | None = None
    button: str = ""


def items(session: Session, clinic: ClinicHere, now: datetime) -> list[Item]:
    """In the order in which they are mended; a fixed number of queries."""
    policy = session.get(ReminderPolicy, clinic.id)
    sender = sender_of(session, clinic.id)
    number = None if isinstance(sender, NoSender) else sender
    return [
        *_sending(session, clinic, number, now),
        *_carriers(session, clinic, number, now),
        _wording(session, clinic.id, number),
        _agreed(session, clinic.id),
        _visits(session, clinic.id, now),
        Item(
            name="Reminders are switched on",
            done=policy is not None and policy.enabled,
            sentence=_switched(policy, clinic),
        ),
    ]


def _sending(
    session: Session, clinic: ClinicHere, number: SenderNumber | None, now: datetime
) -> list[Item]:
    account = session.get(VendorAccount, clinic.id)
    halted = account is None or account.halted_since is not None
    connected = number is not None and number.connected_at is not None
    serves = number is not None and number.campaign_id is not None
    seen = session.get(Watermark, number.id) if number is not None else None
    fresh = seen is not None and abs(now - seen.complete_until) <= INBOUND_VALID
    return [
        Item(
            name="A texting number, connected",
            done=connected and serves and not halted,
            sentence=_number_sentence(connected, serves, halted),
        ),
        Item(
            name="Patients' replies arrive",
            done=fresh,
            sentence="Every reply has been compared with Twilio in the last half hour."
            if fresh
            else "Replies have not been compared with Twilio for half an hour, so a STOP "
            "could be missing. Nothing is sent until they are. Tell the operator.",
        ),
    ]


def _number_sentence(connected: bool, serves: bool, halted: bool) -> str:
    if connected and serves and not halted:
        return "The clinic's number is connected and serves a registered campaign."
    if halted:
        return "The clinic's Twilio account cannot send. Ask the operator to mend it."
    return "The clinic has no number for texting yet. Ask the operator to connect one."


def _carriers(
    session: Session, clinic: ClinicHere, number: SenderNumber | None, now: datetime
) -> list[Item]:
    lines = board(session, clinic.id, now, clinic.time_zone)
    campaign_id = number.campaign_id if number is not None else None
    serving = [line for line in lines if line.id == campaign_id]
    return [
        Item(
            name=f"{carrier.label} lets texts through",
            done=carrier.active,
            sentence=carrier.sentence
            if carrier.active
            else f"{carrier.sentence} Reminders to its phones are held. The operator "
            "follows it up; the others leave.",
        )
        for line in serving
        for carrier in line.carriers
    ]


def _wording(session: Session, clinic_id: int, number: SenderNumber | None) -> Item:
    campaign_id = number.campaign_id if number is not None else None
    found: Any = NoWording("")
    if campaign_id is not None:
        kind, language = WordingKind.reminder, Language.en.value
        found = newest(session, clinic_id, campaign_id, kind, language)
    missing = isinstance(found, NoWording)
    return Item(
        name="Words for the reminder",
        done=not missing,
        sentence="No words are approved for reminders yet. Ask the operator."
        if missing
        else "The words are approved under the campaign; they stand below.",
    )


def _agreed(session: Session, clinic_id: int) -> Item:
    asked = (
        sa.select(sa.literal(1))
        .select_from(Standing)
        .join(Line, OF_ONE_PHONE)
        .where(
            col(Standing.clinic_id) == clinic_id,
            col(Standing.topic) == Topic.care,
            col(Standing.granted_seq) > col(Line.stopped_seq),
        )
        .limit(1)
    )
    some = session.connection().scalar(asked) is not None
    return Item(
        name="Patients who agreed",
        done=some,
        sentence="Patients have agreed to texts; everyone else is left alone."
        if some
        else "No patient has agreed to texts yet. Put the card on the desk, or record "
        "a signed form on a patient's page.",
        page=None if some else "cards.cards",
        button="Print the card",
    )


def _visits(session: Session, clinic_id: int, now: datetime) -> Item:
    asked = (
        sa.select(sa.literal(1))
        .select_from(Appointment)
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.starts_at) > now,
            col(Appointment.status).in_(STANDS),
        )
        .limit(1)
    )
    some = session.connection().scalar(asked) is not None
    return Item(
        name="Appointments to remind of",
        done=some,
        sentence="Upcoming appointments are in the list."
        if some
        else "There is no upcoming appointment. Upload tomorrow's list.",
        page=None if some else "appointments.appointments",
        button="Upload a list",
    )


def _switched(policy: ReminderPolicy | None, clinic: ClinicHere) -> str:
    if policy is None or not policy.enabled:
        return "They are off. Nothing is sent."
    by = f" by {policy.enabled_by}" if policy.enabled_by else ""
    at = local_time(policy.enabled_at, clinic.time_zone) if policy.enabled_at else ""
    return f"Switched on{by}, {at}."
