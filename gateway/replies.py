"""The one line that answers a text, in her language, through the same outbox."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.hours import opens_words
from clinics.models import Clinic, Language, Patient, TaskKind
from clinics.tasks import open_task
from consent import page_links
from consent.models import Topic
from gateway import outbox
from gateway.answers import Answer
from gateway.models import MessageKind, Permit
from kernel.phone import shown
from registration.models import SenderNumber, WordingKind, WordingVersion
from registration.wordings import RECEIPT, NoWording, newest

if TYPE_CHECKING:
    from gateway.inbound import Arrived

# A late STOP confirmation is unlawful (47 CFR 64.1200(a)(12)); other answers are
# useful a little longer.
CONFIRM_WITHIN = timedelta(minutes=5)
ANSWER_WITHIN = timedelta(hours=1)
HOLE = re.compile(r"\{([a-z_]{1,30})\}")
NO_HOLES: Mapping[str, str] = MappingProxyType({})
NO_ADDRESS = (
    "The opt-in confirmation names the patient's page, and our public address is not "
    "known. Set PUBLIC_BASE_URL, or use a wording without {receipt}."
)


def queue_reply(
    session: Session,
    arrived: "Arrived",
    phone: str,
    inbound_id: int,
    answer: Answer,
    now: datetime,
    language: str | None = None,
) -> None:
    """At most one per inbound message, whoever runs this twice.  `language` is the one
    she has just chosen herself, if she has."""
    given = {"number": arrived.number_id}
    clinic = session.connection().execute(_clinic_query(), given).one()
    if clinic.campaign_id is None:
        return
    language = language or language_of(session, arrived.clinic_id, phone)
    kind, wording = _wording(session, arrived, clinic.campaign_id, answer, language)
    if isinstance(wording, NoWording):
        open_task(
            session,
            arrived.clinic_id,
            TaskKind.wording,
            f"wording:{clinic.campaign_id}:{kind.value}",
            wording.why,
            now,
        )
        return
    send_until = _until(arrived, answer, now)
    if send_until <= now:
        return  # she wrote long ago: no answer is better than a late one
    text = _with_link(session, arrived, phone, wording.text, language, now)
    outbox.queue(
        session,
        clinic_id=arrived.clinic_id,
        number_id=arrived.number_id,
        phone=phone,
        topic=Topic.care,
        kind=kind,
        body=filled(
            text, clinic.display_name, clinic.phone, _holes(answer, wording, now)
        ),
        dedupe_key=f"answer:{inbound_id}",
        send_from=now,
        send_until=send_until,
        now=now,
        permit=answer.permit,
        expects=answer.expects if kind is answer.reply else None,
        answers_id=inbound_id,
    )


def _until(arrived: "Arrived", answer: Answer, now: datetime) -> datetime:
    stop = answer.permit is Permit.stop_confirmation
    until = (arrived.vendor_at or now) + (CONFIRM_WITHIN if stop else ANSWER_WITHIN)
    return min(until, answer.shut.opens_at) if answer.shut else until


def _holes(answer: Answer, wording: WordingVersion, now: datetime) -> Mapping[str, str]:
    """In the language of the wording."""
    if answer.shut is None:
        return answer.holes
    language = Language(wording.language)
    return {**answer.holes, "opens": opens_words(answer.shut, language, now)}


def _wording(
    session: Session,
    arrived: "Arrived",
    campaign_id: int,
    answer: Answer,
    language: str,
) -> tuple[MessageKind, WordingVersion | NoWording]:
    """The first of its lines that the campaign has words for; else what is missing."""
    lines = [kind for kind in (answer.reply, *answer.instead) if kind is not None]
    for kind in lines:
        found = newest(
            session, arrived.clinic_id, campaign_id, WordingKind(kind.value), language
        )
        if isinstance(found, WordingVersion):
            lost = RECEIPT in found.text and not arrived.our_address
            return kind, NoWording(NO_ADDRESS) if lost else found
    return kind, found


def wording_of(
    session: Session, number_id: int, kind: MessageKind, language: str
) -> WordingVersion | NoWording:
    """What the campaign of a number says."""
    place = session.connection().execute(_clinic_query(), {"number": number_id}).one()
    if place.campaign_id is None:
        return NoWording("The number serves no campaign.")
    wanted = WordingKind(kind.value)
    return newest(session, place.id, place.campaign_id, wanted, language)


def _with_link(
    session: Session,
    arrived: "Arrived",
    phone: str,
    text: str,
    language: str,
    now: datetime,
) -> str:
    """With the way to the patient's own page, where the wording has a place for it."""
    if RECEIPT not in text or not arrived.our_address:
        return text
    token = page_links.make(session, arrived.clinic_id, phone, language, now)
    return text.replace(RECEIPT, page_links.address(arrived.our_address, token))


def filled(
    text: str, clinic: str, phone: str, holes: Mapping[str, str] = NO_HOLES
) -> str:
    """A wording with the clinic's name, the number that patients call, and what only
    this answer knows.  One pass: what is filled in is never filled in turn."""
    known = {"clinic": clinic, "phone": shown(phone), **holes}
    return HOLE.sub(lambda hole: known.get(hole[1], hole[0]), text)


def language_of(session: Session, clinic_id: int, phone: str) -> str:
    """Of the patient who was last changed among those who share the phone."""
    given = {"clinic": clinic_id, "number": phone}
    found = session.connection().scalar(_language_query(), given)
    return str(found.value) if found else "en"


@cache
def _clinic_query() -> Any:
    return (
        sa.select(
            col(Clinic.id),
            col(Clinic.display_name),
            col(Clinic.phone),
            col(SenderNumber.campaign_id),
        )
        .join(SenderNumber, col(SenderNumber.clinic_id) == col(Clinic.id))
        .where(col(SenderNumber.id) == sa.bindparam("number"))
    )


@cache
def _language_query() -> Any:
    return (
        sa.select(col(Patient.language))
        .where(
            col(Patient.clinic_id) == sa.bindparam("clinic"),
            col(Patient.phone) == sa.bindparam("number"),
        )
        .order_by(col(Patient.updated_at).desc())
        .limit(1)
    )
