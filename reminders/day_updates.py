"""An update to the patients of a day ("closed for snow"): written, looked over, confirmed
with its count, and taken back until it leaves.

The visits themselves stay as they are.  A service: takes a session, never commits.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import note_action
from clinics.models import Clinic, Language
from consent.models import Topic
from gateway import outbox
from gateway.models import MessageKind
from kernel.errors import Conflict, Invalid, NotFound
from registration.models import SenderNumber
from registration.numbers import NoSender
from reminders.approve import health_note
from reminders.compose import Wording
from reminders.models import DayUpdate, UpdatedVisit
from reminders.senders import sender_about
from reminders.unsent import in_parts
from reminders.update_audience import (
    WIDEST,
    Audience,
    Choice,
    Recipient,
    audience,
    standing,
)
from reminders.update_words import Words, wrong_with

GRACE = timedelta(minutes=5)  # to think again
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
FARTHEST = timedelta(days=60)
NO_UPDATE = "The clinic has no such update."
CHANGED = "A visit was changed just now. Nothing was sent. Look once more."
TAKEN_BACK = "The update was taken back by {} before it left."


@dataclass(frozen=True, slots=True)
class TakenBack:
    taken: int
    gone: int  # that had left, or may have


def write(
    session: Session,
    clinic: Clinic,
    choice: Choice,
    words: Words,
    by: str,
    now: datetime,
) -> DayUpdate:
    """A draft; the same words by the same person for the same visits are one draft.
    Raises Invalid with every reason."""
    check_choice(choice, now)
    wrong = wrong_with(session, clinic, words)
    if wrong:
        raise Invalid(" ".join(wrong))
    names = (clinic.display_name, clinic.legal_name)
    note = health_note(f"{words.en} {words.es}", names, words.health_note)
    fields: dict[str, Any] = {
        "clinic_id": clinic.id,
        "day": choice.day,
        "provider": choice.provider,
        "location": choice.location,
        "starts_from": choice.starts_from,
        "starts_before": choice.starts_before,
        "text_en": words.en,
        "text_es": words.es,
        "health_note": note,
        "written_by": by,
    }
    same = [getattr(DayUpdate, name) == value for name, value in fields.items()]
    same.append(col(DayUpdate.confirmed_at).is_(None))
    found = session.exec(select(DayUpdate).where(*same).limit(1)).first()
    if found is not None:
        return found
    update = DayUpdate(**fields, written_at=now)
    session.add(update)
    session.flush()
    return update


def check_choice(choice: Choice, now: datetime) -> None:
    """Raises Invalid for hours or a day that cannot be."""
    for written in (choice.starts_from, choice.starts_before):
        if written and not HOUR.fullmatch(written):
            raise Invalid("Write the hours like 13:00.")
    low, high = choice.starts_from, choice.starts_before
    if low and high and low >= high:
        raise Invalid("The hours end before they begin.")
    if not -1 <= (choice.day - now.date()).days <= FARTHEST.days:
        raise Invalid(f"Choose a day from today to {FARTHEST.days} days ahead.")


def update_of(session: Session, clinic_id: int, update_id: int) -> DayUpdate:
    """Raises NotFound."""
    found = session.get(DayUpdate, update_id)
    if found is None or found.clinic_id != clinic_id:
        raise NotFound(NO_UPDATE)
    return found


def choice_of(update: DayUpdate) -> Choice:
    return Choice(
        day=update.day,
        provider=update.provider,
        location=update.location,
        starts_from=update.starts_from,
        starts_before=update.starts_before,
    )


def words_of(update: DayUpdate) -> Words:
    note = update.health_note or ""
    return Words(en=update.text_en, es=update.text_es, health_note=note)


def whom(
    session: Session, clinic: Clinic, choice: Choice, words: Words, now: datetime
) -> Audience:
    """Who would get it if it were confirmed now.  Without a number, nobody."""
    sender = sender_about(session, clinic.id or 0, Topic.care)
    if isinstance(sender, NoSender):
        return Audience(visits=0, recipients=())
    frank = bool(words.health_note)
    wordings = {Language.en: Wording(words.en, Language.en, frank)}
    if words.es:
        wordings[Language.es] = Wording(words.es, Language.es, frank)
    given = (sender.id or 0, choice, wordings, now + GRACE, now)
    return audience(session, clinic, *given)


def confirm(
    session: Session,
    clinic: Clinic,
    update_id: int,
    found: Audience,
    expected: int,
    by: str,
    now: datetime,
) -> DayUpdate:
    """Queues it, once: it leaves after the grace.  `found` is `whom` of it, read before
    this transaction: to work out a thousand texts would keep a STOP waiting.  `expected`
    is the count that the person saw.  Raises Conflict when another count would leave by
    now, Invalid when the words or the campaign do not allow it any more."""
    clinic_id = clinic.id or 0
    update = _locked(session, clinic_id, update_id)
    if update.confirmed_at is not None:
        return update  # a second click
    sender = sender_about(session, clinic_id, Topic.care)
    wrong = wrong_with(session, clinic, words_of(update))
    if isinstance(sender, NoSender) or wrong:
        raise Invalid(" ".join(wrong))
    count = len(found.leaving)
    if not count:
        raise Invalid("No text would leave, so nothing was sent. Call the patients.")
    if count != expected:
        raise Conflict(
            f"{_texts(count)} would leave now, not {expected}: visits, consents or "
            "carriers have changed. Nothing was sent. Look once more."
        )
    rows = [
        row
        for one in found.recipients
        for row in _queue(session, update, sender, one, now)
    ]
    session.connection().execute(sa.insert(UpdatedVisit), rows)
    if standing(session, clinic, choice_of(update), now) != found.as_they_stand:
        raise Conflict(CHANGED)
    update.confirmed_by, update.confirmed_at = by, now
    update.leaves_at, update.number_id = now + GRACE, sender.id
    session.add(update)
    subject = f"update {update.id} to {_texts(count)}"
    note_action(session, clinic_id, by, "day update sent", subject, now)
    return update


def _queue(
    session: Session,
    update: DayUpdate,
    sender: SenderNumber,
    one: Recipient,
    now: datetime,
) -> list[dict[str, Any]]:
    """Only what would leave now; whoever gets none stands on the list of whom to call.
    What to note of each visit."""
    message_id = None
    if one.leaves:
        message_id = outbox.queue(
            session,
            clinic_id=update.clinic_id,
            number_id=sender.id or 0,
            phone=one.phone,
            topic=Topic.care,
            kind=MessageKind.update,
            body=one.body,
            dedupe_key=f"update:{update.id}:{one.visits[0].id}",
            send_from=one.send_from,
            send_until=one.send_until,
            zones=one.zones,
            window=str(WIDEST),
            now=now,
        )
    return [
        {
            "clinic_id": update.clinic_id,
            "update_id": update.id,
            "appointment_id": visit.id,
            "patient_id": visit.patient_id,
            "phone": one.phone,
            "message_id": message_id,
            "skipped_why": " ".join(one.why) or None,
        }
        for visit in one.visits
    ]


def take_back(
    session: Session, clinic_id: int, update_id: int, by: str, now: datetime
) -> TakenBack:
    """What has not left never leaves.  Raises Conflict for one that was not sent."""
    update = _locked(session, clinic_id, update_id)
    if update.confirmed_at is None:
        raise Conflict("This update was not sent, so there is nothing to take back.")
    mine: Any = sa.select(col(UpdatedVisit.message_id)).where(
        col(UpdatedVisit.clinic_id) == clinic_id,
        col(UpdatedVisit.update_id) == update_id,
        col(UpdatedVisit.message_id).is_not(None),
    )
    ids = sorted(set(session.connection().scalars(mine)))
    why = TAKEN_BACK.format(by)
    taken = sum(outbox.withdraw(session, part, why, now) for part in in_parts(ids))
    if taken:
        update.taken_back_by, update.taken_back_at = by, now
        session.add(update)
        subject = f"update {update_id}: {taken} of {len(ids)}"
        note_action(session, clinic_id, by, "day update taken back", subject, now)
    return TakenBack(taken, len(ids) - taken)


def _locked(session: Session, clinic_id: int, update_id: int) -> DayUpdate:
    """Of two clicks one waits for the other.  Raises NotFound."""
    found = session.get(
        DayUpdate, update_id, populate_existing=True, with_for_update=True
    )
    if found is None or found.clinic_id != clinic_id:
        raise NotFound(NO_UPDATE)
    return found


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count} texts"
