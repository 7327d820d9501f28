"""Whom to call: patients with a visit near whom no text will tell of it, or did not.

Reads rows and decides nothing: whether a text will leave is asked of the same rules that
send it (`reminders.prospects`).  Who answered, or whose text arrived, is not listed; a
patient who was called stays on the list, ticked off.  A fixed number of queries.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clinics.models import Clinic, Language
from consent.standing import Word
from gateway.gate import Obstacle
from kernel.business_days import after
from kernel.clock import day_of
from kernel.errors import Invalid
from reminders.foretell import OFF, silent_because
from reminders.near import near
from reminders.phoned import Phoned
from reminders.prospects import Prospect, prospects
from reminders.rules import number_for, rules_of
from reminders.visit_rows import Of

MOST_DAYS = 31
BUSINESS_DAYS = 2
DAY = timedelta(days=1)
TOLD = frozenset({"sent", "delivered"})
LOST = frozenset({"not delivered", "failed", "unknown", "expired"})
TOO_LATE = (
    "There was no time left for a text: the visit was booked or changed too late."
)


class Why(StrEnum):
    stopped = "stopped"
    held = "held"
    unclear = "unclear"
    consent = "consent"
    line = "line"
    carrier = "carrier"
    slowed = "slowed"
    lost = "lost"
    clinic = "clinic"
    late = "late"


LABELS: Mapping[Why, str] = {
    Why.stopped: "said stop",
    Why.held: "number held",
    Why.unclear: "visit unclear",
    Why.consent: "has not agreed",
    Why.line: "cannot get texts",
    Why.carrier: "carrier not Active",
    Why.slowed: "texts slowed down",
    Why.lost: "text did not arrive",
    Why.clinic: "the clinic sends none",
    Why.late: "no text planned",
}
# Which of several obstacles is named: the one that lasts longest first.
OF_OBSTACLE = {
    Obstacle.not_opted_in: Why.consent,
    Obstacle.only_asserted: Why.consent,
    Obstacle.line_held: Why.held,
    Obstacle.not_textable: Why.line,
    Obstacle.carrier_not_active: Why.carrier,
    Obstacle.not_looked_up: Why.carrier,
    Obstacle.slowed_down: Why.slowed,
    Obstacle.carrier_full: Why.slowed,
}
RANK = tuple(OF_OBSTACLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One patient and one visit."""

    visit_id: int
    patient_id: int
    name: str
    phone: str
    language: Language
    visit_at: datetime
    near: str  # today, tomorrow or on Monday
    why: Why
    sentence: str
    phoned: Phoned | None

    @property
    def label(self) -> str:
        return LABELS[self.why]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallList:
    """`first` and `last` are days of the clinic, both included."""

    first: date
    last: date
    calls: tuple[Call, ...]
    counts: Mapping[Why, int]  # of all, whatever is shown

    @property
    def open(self) -> tuple[Call, ...]:
        return tuple(call for call in self.calls if call.phoned is None)

    @property
    def called(self) -> tuple[Call, ...]:
        return tuple(call for call in self.calls if call.phoned is not None)


def days_ahead(now: datetime, time_zone: str) -> tuple[date, date]:
    """Today, for what is left of it, and the next two business days."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return today, after(today + DAY, BUSINESS_DAYS - 1)


def call_list(
    session: Session,
    clinic_id: int,
    days: tuple[date, date],
    now: datetime,
    only: Why | None = None,
) -> CallList:
    """The nearest visit first.  Raises Invalid for days that make no sense."""
    first, last = days
    if last < first:
        raise Invalid("The last day comes before the first. Choose them anew.")
    if (last - first).days >= MOST_DAYS:
        raise Invalid(f"Choose at most {MOST_DAYS} days at once.")
    clinic = session.get_one(Clinic, clinic_id)
    zone = ZoneInfo(clinic.time_zone)
    begin = day_of(datetime.combine(first, time(12), zone), clinic.time_zone)[0]
    end = day_of(datetime.combine(last, time(12), zone), clinic.time_zone)[1]
    rules = rules_of(session, clinic_id)
    number = number_for(session, clinic_id, rules, now)
    ahead = (max(begin, now), max(end, now))
    found = prospects(session, clinic, rules, number, ahead, now, ahead[1])
    texts: dict[int, list[Prospect]] = {of.booked.id: [] for of in found.visits}
    for text in found.texts:
        texts[text.of.booked.id].append(text)
    calls = [
        _call(of, texts[of.booked.id], now, clinic.time_zone)
        for of in found.visits
        if _untold(of, texts[of.booked.id])
    ]
    return CallList(
        first=first,
        last=last,
        calls=tuple(call for call in calls if only in (None, call.why)),
        counts=Counter(call.why for call in calls),
    )


def _untold(of: Of, texts: Sequence[Prospect]) -> bool:
    """No text told the patient of this visit, none will, and no answer came; or nobody
    knows whether what was told still holds."""
    told = any(text.word in TOLD or text.word == "leaves" for text in texts)
    return bool(of.booked.unclear) or (of.reply is None and not told)


def _call(of: Of, texts: Sequence[Prospect], now: datetime, time_zone: str) -> Call:
    why, sentence = _reason(of, texts)
    return Call(
        visit_id=of.booked.id,
        patient_id=of.patient_id,
        name=of.name,
        phone=of.booked.phone,
        language=of.booked.language,
        visit_at=of.booked.starts_at,
        near=near(of.booked.starts_at, now, time_zone),
        why=why,
        sentence=sentence,
        phoned=of.phoned,
    )


def _reason(of: Of, texts: Sequence[Prospect]) -> tuple[Why, str]:
    """What stands in the way of the last text, else what became of one that left."""
    if of.booked.unclear:
        return Why.unclear, silent_because(of.booked, None)
    newest = sorted(texts, key=lambda text: text.offset_minutes)
    for text in newest:
        found = dict(zip(text.obstacles, text.why, strict=False))
        for obstacle in RANK:
            if obstacle in found:
                stopped = of.line.word is Word.opted_out
                asked = obstacle is Obstacle.not_opted_in and stopped
                why = Why.stopped if asked else OF_OBSTACLE[obstacle]
                return why, found[obstacle]
        if found:
            return Why.clinic, text.why[0]
    for text in newest:
        if text.word in LOST and text.why:
            return Why.lost, text.why[0]
    said = [why for text in newest for why in text.why]
    if OFF in said:
        return Why.clinic, OFF
    return Why.late, said[0] if said else TOO_LATE
