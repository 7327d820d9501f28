"""Why did the patient not get the text?  The answer in a sentence or two, first.

Reads rows and decides nothing: what became of a text, and what will, is asked of the same
rules that send it (`reminders.prospects`).  The whole story is the timeline's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from clinics.models import Clinic
from kernel.clock import local_time
from reminders.foretell import OFF
from reminders.prospects import Prospect, prospects
from reminders.rules import number_for, rules_of

LOOKED_BACK = timedelta(days=14)
LOOKED_AHEAD = timedelta(days=60)
# How a text stands, as a state's word: what the page shows beside the answer.
SHOWN = {"leaves": "due", "waits": "due", "expires": "held"}
NO_VISIT = (
    "No visit of this patient is in the list, of the last two weeks or ahead, so there was "
    "nothing to remind of. Look whether it was cancelled, or stands under another number."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`word` as `gateway.progress` has it, or none; `visit_id` None: there is none."""

    word: str
    sentence: str
    visit_id: int | None = None
    visit_at: datetime | None = None


def answers(
    session: Session, clinic: Clinic, patients: Collection[int], now: datetime
) -> dict[int, Answer]:
    """By patient; a fixed number of queries, however many are asked about."""
    clinic_id = clinic.id or 0
    rules = rules_of(session, clinic_id)
    number = number_for(session, clinic_id, rules, now)
    days = (now - LOOKED_BACK, now + LOOKED_AHEAD)
    found = prospects(
        session, clinic, rules, number, days, now, now + LOOKED_AHEAD, patients
    )
    texts: dict[int, list[Prospect]] = {patient: [] for patient in patients}
    for text in found.texts:
        texts[text.of.patient_id].append(text)
    return {
        patient: _answer(mine, clinic.time_zone, now) for patient, mine in texts.items()
    }


def _answer(texts: Sequence[Prospect], time_zone: str, now: datetime) -> Answer:
    text = _asked_about(texts, now)
    if text is None:
        return Answer(word="none", sentence=NO_VISIT)
    visit = text.of.booked
    about = (
        f"the reminder {text.before} the visit of "
        f"{local_time(visit.starts_at, time_zone)}"
    )
    return Answer(
        word=SHOWN.get(text.word, text.word),
        sentence=" ".join([_said(text, about, time_zone), *_why(text)]),
        visit_id=visit.id,
        visit_at=visit.starts_at,
    )


def _asked_about(texts: Sequence[Prospect], now: datetime) -> Prospect | None:
    """The newest text whose time has come, else the next one; a step that was passed over
    only where there is no text at all."""
    timed = [(at, text) for text in texts if (at := text.send_from or text.at)]
    real = [(at, text) for at, text in timed if text.word != "none"]
    come = [one for one in real if one[0] <= now]
    if come:
        return max(come, key=lambda one: one[0])[1]
    if real:
        return min(real, key=lambda one: one[0])[1]
    return max(timed, key=lambda one: one[0])[1] if timed else None


def _said(text: Prospect, about: str, time_zone: str) -> str:
    at = local_time(text.at, time_zone) if text.at else ""
    due = local_time(text.send_from, time_zone) if text.send_from else at
    return {
        "delivered": f"It arrived: {about} left on {at}, and the phone got it.",
        "sent": f"It left: {about} was handed to Twilio on {at}. Whether it arrived is not "
        "known yet.",
        "not delivered": f"It did not arrive: {about} left on {at}.",
        "failed": f"It was refused: {about}, of {at}.",
        "unknown": f"It is not certain: {about} may have left on {at}.",
        "expired": f"It was not sent: {about}.",
        "held": f"It is held: {about} was to leave on {due}.",
        "expires": f"It is held: {about} was to leave on {due}, and will not leave as "
        "things stand.",
        "leaves": f"It is still to come: {about} leaves on {at}.",
        "waits": f"It is still to come: {about} leaves on {due}.",
    }.get(text.word, f"There is no text: {about}.")


def _why(text: Prospect) -> Sequence[str]:
    if OFF in text.why:
        return (OFF, "Switch them on under Reminders.")
    return () if text.word in ("leaves", "waits") else text.why
