"""Whom an update to a day's patients would reach: every visit that still stands and lies
ahead, one text a phone, and what the gate would say of each.

Reads rows and queues nothing.  The texts are written here, so that what is shown is what
will be sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from itertools import groupby
from types import MappingProxyType
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Language
from gateway.gate import Verdict
from gateway.models import MessageKind
from gateway.number_ahead import Number, number_of
from gateway.quiet_hours import Never, Window, next_open, shipped_hours
from gateway.text_ahead import TextAhead, first_look
from kernel.carriers import Carrier
from kernel.clock import day_of, local_time
from kernel.segments import measure
from reminders.compose import Booked, Wording, compose, zones_of
from reminders.foretell import silent_because
from reminders.models import Appointment
from reminders.rendering import LONGEST, Rendered, Unrenderable
from reminders.unsent import STANDS
from reminders.visible import as_name
from reminders.visit_rows import Of, visits_of

AND = MappingProxyType({Language.en: " and ", Language.es: " y "})
Stand = dict[int, tuple[int, str | None]]  # by visit: its version, what is unclear
WIDEST: Window = shipped_hours()[0]  # news of a day waits for no window of the clinic's


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which visits of a day: those of one provider or place, within some hours."""

    day: date
    provider: str = ""
    location: str = ""
    starts_from: str = ""  # "13:00", by the clinic's clock
    starts_before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One phone with its visits, the earliest first.  `skipped` says why there is no text
    for it; else `body` is what it would get."""

    phone: str
    visits: tuple[Booked, ...]
    names: str
    language: Language
    zones: tuple[str, ...]
    send_from: datetime
    send_until: datetime
    body: str = ""
    segments: int = 0
    skipped: str = ""
    carrier: Carrier = Carrier.unknown
    verdict: Verdict | None = None  # the gate's, for the hour of leaving

    @property
    def leaves(self) -> bool:
        return self.verdict is not None and self.verdict.allowed

    @property
    def why(self) -> tuple[str, ...]:
        """Why it gets none, or none yet."""
        if self.skipped:
            return (self.skipped,)
        return tuple(self.verdict.sentences) if self.verdict else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    visits: int
    recipients: tuple[Recipient, ...]

    @property
    def leaving(self) -> tuple[Recipient, ...]:
        return tuple(one for one in self.recipients if one.leaves)

    @property
    def to_call(self) -> tuple[Recipient, ...]:
        return tuple(one for one in self.recipients if not one.leaves)

    @property
    def as_they_stand(self) -> Stand:
        return {
            visit.id: (visit.version, visit.unclear)
            for one in self.recipients
            for visit in one.visits
        }

    @property
    def carriers(self) -> dict[Carrier, int]:
        """Texts that would leave, by carrier."""
        found = [one.carrier for one in self.leaving]
        return {one: found.count(one) for one in Carrier if one in found}

    @property
    def segments(self) -> dict[Carrier, int]:
        count: dict[Carrier, int] = {}
        for one in self.leaving:
            count[one.carrier] = count.get(one.carrier, 0) + one.segments
        return count


def audience(
    session: Session,
    clinic: Clinic,
    number_id: int,
    choice: Choice,
    wordings: Mapping[Language, Wording],
    leaves_at: datetime,
    now: datetime,
) -> Audience:
    """`leaves_at` is when the first text may leave."""
    clinic_id = clinic.id or 0
    opens = cache(lambda zones: next_open(leaves_at, zones, WIDEST))
    number = number_of(session, clinic_id, number_id, now)
    visits = _chosen(session, clinic, choice, now)
    by_phone = sorted(visits, key=lambda of: (of.booked.phone, of.booked.starts_at))
    found = []
    for _, group in groupby(by_phone, key=lambda of: of.booked.phone):
        theirs = tuple(group)
        booked = tuple(of.booked for of in theirs)
        zones = _zones(clinic, booked)
        one = _recipient(clinic, booked, wordings, leaves_at, zones, opens(zones))
        if number is not None and not one.skipped:
            one = _foreseen(number, one, theirs[0], now)
        found.append(one)
    found.sort(key=lambda one: (one.visits[0].starts_at, one.visits[0].id))
    return Audience(visits=len(visits), recipients=tuple(found))


def _foreseen(number: Number, one: Recipient, of: Of, now: datetime) -> Recipient:
    text = TextAhead(
        message_id=None,
        kind=MessageKind.update,
        segments=one.segments,
        phone=one.phone,
        line=of.line,
        looked_up=of.looked_up,
        once_a_day=False,
        send_from=one.send_from,
        send_until=one.send_until,
        zones=",".join(one.zones),
        window=str(WIDEST),
        look_again_at=one.send_from,
    )
    verdict = first_look(number, text, now)
    return replace(one, carrier=of.carrier or Carrier.unknown, verdict=verdict)


def _chosen(
    session: Session, clinic: Clinic, choice: Choice, now: datetime
) -> list[Of]:
    """Those of the day that stand and have not begun."""
    return [
        of
        for of in visits_of(session, clinic.id or 0, _hours(clinic, choice, now))
        if choice.provider in ("", of.booked.provider)
        and choice.location in ("", of.booked.location)
    ]


def standing(session: Session, clinic: Clinic, choice: Choice, now: datetime) -> Stand:
    """The same visits, locked and shared, in the order in which everybody locks them:
    whoever changes one from now on sees what was queued and takes it back."""
    first, last = _hours(clinic, choice, now)
    asked = {"provider": choice.provider, "location": choice.location}
    rows = session.connection().execute(
        sa.select(
            col(Appointment.id),
            col(Appointment.version),
            col(Appointment.unclear),
        )
        .where(
            col(Appointment.clinic_id) == clinic.id,
            col(Appointment.starts_at) >= first,
            col(Appointment.starts_at) < last,
            col(Appointment.status).in_(STANDS),
            *(
                getattr(Appointment, name) == said
                for name, said in asked.items()
                if said
            ),
        )
        .order_by(col(Appointment.id))
        .with_for_update(read=True)
    )
    return {row.id: (row.version, row.unclear) for row in rows}


def _hours(clinic: Clinic, choice: Choice, now: datetime) -> tuple[datetime, datetime]:
    zone = ZoneInfo(clinic.time_zone)
    first, last = day_of(datetime.combine(choice.day, time(12), zone), clinic.time_zone)
    return (
        max(first, now, _at(choice, "starts_from", zone, first)),
        min(last, _at(choice, "starts_before", zone, last)),
    )


def places_of(
    session: Session, clinic: Clinic, day: date, now: datetime
) -> tuple[list[str], list[str]]:
    """The providers and the locations of that day's visits, to choose from."""
    visits = [of.booked for of in _chosen(session, clinic, Choice(day=day), now)]
    providers = sorted({visit.provider for visit in visits if visit.provider})
    locations = sorted({visit.location for visit in visits if visit.location})
    return providers, locations


def _at(choice: Choice, name: str, zone: ZoneInfo, otherwise: datetime) -> datetime:
    written: str = getattr(choice, name)
    if not written:
        return otherwise
    return datetime.combine(choice.day, time.fromisoformat(written), zone)


def _zones(clinic: Clinic, visits: Sequence[Booked]) -> tuple[str, ...]:
    return tuple(
        sorted({zone for one in visits for zone in zones_of(one, clinic.time_zone)})
    )


def _recipient(
    clinic: Clinic,
    visits: tuple[Booked, ...],
    wordings: Mapping[Language, Wording],
    leaves_at: datetime,
    zones: tuple[str, ...],
    opens: datetime | Never,
) -> Recipient:
    first = visits[0]
    wording = wordings.get(first.language) or wordings[Language.en]
    text = _text(clinic, visits, wording)
    skipped = ""
    unclear = [silent_because(visit, None) for visit in visits if visit.unclear]
    if unclear:
        skipped = unclear[0]
    elif isinstance(text, Unrenderable):
        skipped = " ".join(text.problems)
    elif isinstance(opens, Never):
        skipped = opens.why
    elif opens >= first.starts_at:
        skipped = (
            f"Texts may leave again at {local_time(opens, clinic.time_zone)}, and this "
            "visit begins before. Call."
        )
    body = text.body if isinstance(text, Rendered) and not unclear else ""
    return Recipient(
        phone=first.phone,
        visits=visits,
        names=_names(visits, ", "),
        language=first.language,
        zones=zones,
        send_from=leaves_at if isinstance(opens, Never) else opens,
        send_until=first.starts_at,
        body=body,
        segments=measure(body).segments,
        skipped=skipped,
    )


def _text(
    clinic: Clinic, visits: Sequence[Booked], wording: Wording
) -> Rendered | Unrenderable:
    """Of several visits the text names everybody, and every time."""
    more = {}
    if len(visits) > 1:
        both = AND[wording.language]
        times = [_time(clinic, visit, wording.language) for visit in visits]
        more["time"] = both.join(dict.fromkeys(times))
        names = [as_name(visit.given_name, LONGEST["first_name"]) for visit in visits]
        joined = both.join(dict.fromkeys(filter(None, names)))
        if joined and len(joined) <= 2 * LONGEST["first_name"]:
            more["first_name"] = joined
    return compose(visits[0], clinic, wording, more)


def _time(clinic: Clinic, visit: Booked, language: Language) -> str:
    written = compose(visit, clinic, Wording("{time}", language))
    return written.body if isinstance(written, Rendered) else ""


def _names(visits: Sequence[Booked], between: str) -> str:
    names = (f"{one.given_name} {one.family_name}".strip() for one in visits)
    return between.join(dict.fromkeys(filter(None, names)))
