"""Whom an update to a day's patients would reach: every visit that still stands and lies
ahead, one text a phone, and what the gate would say of each.

Reads rows and queues nothing.  The texts are written here, so that what is shown is what
will be sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby
from types import MappingProxyType
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Language, Patient
from consent.models import Topic
from gateway.ahead import Ahead, Foreseen, foresee
from gateway.quiet_hours import Never, Window, next_open, shipped_hours
from kernel.carriers import Carrier
from kernel.clock import day_of, local_time
from kernel.segments import measure
from reminders.compose import BOOKED, Booked, Wording, compose, zones_of
from reminders.models import Appointment
from reminders.rendering import LONGEST, Rendered, Unrenderable
from reminders.unsent import STANDS
from reminders.visible import as_name

AND = MappingProxyType({Language.en: " and ", Language.es: " y "})
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
    foreseen: Foreseen | None = None

    @property
    def leaves(self) -> bool:
        return not self.skipped and self.foreseen is not None and self.foreseen.leaves

    @property
    def why(self) -> tuple[str, ...]:
        """Why it gets none, or none yet."""
        if self.skipped:
            return (self.skipped,)
        found = self.foreseen.findings if self.foreseen else ()
        return tuple(one.sentence for one in found)

    @property
    def carrier(self) -> Carrier:
        return self.foreseen.carrier if self.foreseen else Carrier.unknown


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
    visits = visits_of(session, clinic, choice, now)
    by_phone = sorted(visits, key=lambda visit: (visit.phone, visit.starts_at))
    bare = [
        _recipient(clinic, tuple(group), wordings, leaves_at)
        for _, group in groupby(by_phone, key=lambda visit: visit.phone)
    ]
    asked = [
        Ahead(
            phone=one.phone,
            zones=one.zones,
            window=WIDEST,
            send_from=one.send_from,
            send_until=one.send_until,
        )
        for one in bare
        if not one.skipped
    ]
    given = (clinic.id or 0, number_id, Topic.care, asked, now)
    told = foresee(session, *given, paused_counts=False)
    found = [replace(one, foreseen=told.get(one.phone)) for one in bare]
    found.sort(key=lambda one: (one.visits[0].starts_at, one.visits[0].id))
    return Audience(visits=len(visits), recipients=tuple(found))


def visits_of(
    session: Session, clinic: Clinic, choice: Choice, now: datetime
) -> list[Booked]:
    """Those of the day that stand and have not begun."""
    zone = ZoneInfo(clinic.time_zone)
    first, last = day_of(datetime.combine(choice.day, time(12), zone), clinic.time_zone)
    where = [
        col(Appointment.clinic_id) == clinic.id,
        col(Appointment.starts_at)
        >= max(first, _at(choice, "starts_from", zone, first)),
        col(Appointment.starts_at)
        < min(last, _at(choice, "starts_before", zone, last)),
        col(Appointment.starts_at) > now,
        col(Appointment.status).in_(STANDS),
    ]
    if choice.provider:
        where.append(col(Appointment.provider) == choice.provider)
    if choice.location:
        where.append(col(Appointment.location) == choice.location)
    rows = (
        session.connection()
        .execute(
            sa.select(*BOOKED)
            .join(Patient, col(Patient.id) == col(Appointment.patient_id))
            .where(*where)
            .order_by(col(Appointment.starts_at), col(Appointment.id))
        )
        .mappings()
    )
    return [Booked(**row) for row in rows]


def places_of(
    session: Session, clinic: Clinic, day: date, now: datetime
) -> tuple[list[str], list[str]]:
    """The providers and the locations of that day's visits, to choose from."""
    visits = visits_of(session, clinic, Choice(day=day), now)
    providers = sorted({visit.provider for visit in visits if visit.provider})
    locations = sorted({visit.location for visit in visits if visit.location})
    return providers, locations


def _at(choice: Choice, name: str, zone: ZoneInfo, otherwise: datetime) -> datetime:
    written: str = getattr(choice, name)
    if not written:
        return otherwise
    return datetime.combine(choice.day, time.fromisoformat(written), zone)


def _recipient(
    clinic: Clinic,
    visits: tuple[Booked, ...],
    wordings: Mapping[Language, Wording],
    leaves_at: datetime,
) -> Recipient:
    first = visits[0]
    zones = tuple(
        sorted({z for one in visits for z in zones_of(one, clinic.time_zone)})
    )
    wording = wordings.get(first.language) or wordings[Language.en]
    opens = next_open(leaves_at, zones, WIDEST)
    text = _text(clinic, visits, wording)
    skipped = ""
    if isinstance(text, Unrenderable):
        skipped = " ".join(text.problems)
    elif isinstance(opens, Never):
        skipped = opens.why
    elif opens >= first.starts_at:
        skipped = (
            f"Texts may leave again at {local_time(opens, clinic.time_zone)}, and this "
            "visit begins before. Call."
        )
    body = text.body if isinstance(text, Rendered) else ""
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
