"""What a reminder will say, with an invented patient: for people who switch them on."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clinics.models import Language
from clinics.signin import ClinicHere
from registration.models import WordingKind
from registration.numbers import NoSender
from registration.wordings import NoWording, newest
from reminders.policy import sender_of
from reminders.rendering import Rendered, Values, render

NAMES = {Language.en: ("English", "Ana"), Language.es: ("Spanish", "Ana")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """`problems` say why nothing can be written; else `body` in `segments` parts."""

    language: str
    code: str
    body: str
    segments: int
    problems: tuple[str, ...]


def samples(session: Session, clinic: ClinicHere, now: datetime) -> list[Sample]:
    """One for each language that has words of its own."""
    sender = sender_of(session, clinic.id)
    if isinstance(sender, NoSender) or sender.campaign_id is None:
        return []
    found = []
    for language, (name, patient) in NAMES.items():
        kind = WordingKind.reminder
        wording = newest(session, clinic.id, sender.campaign_id, kind, language.value)
        if isinstance(wording, NoWording) or wording.language != language.value:
            continue
        written = render(wording.text, _values(clinic, patient, now), language)
        done = isinstance(written, Rendered)
        found.append(
            Sample(
                language=name,
                code=language.value,
                body=written.body if isinstance(written, Rendered) else "",
                segments=written.segments if isinstance(written, Rendered) else 0,
                problems=() if done else written.problems,  # type: ignore[union-attr]
            )
        )
    return found


def _values(clinic: ClinicHere, patient: str, now: datetime) -> Values:
    zone = ZoneInfo(clinic.time_zone)
    day = now.astimezone(zone).date() + timedelta(days=1)
    return Values(
        clinic=clinic.name,
        clinic_phone=clinic.phone,
        first_name=patient,
        starts_at=datetime.combine(day, time(9, 30), zone),
        time_zone=clinic.time_zone,
        show_zone=False,
        location="",
        provider="",
    )
