"""Where a clinic's feeds say what: defaults that fit most senders, and what the clinic
says otherwise, saved by field.

Reads no feed.  A place that is not named here or there is never looked at: a text to a
guessed phone goes to a stranger.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from kernel.errors import Invalid
from reminders.models import FieldMap

LONGEST = 300


class Feed(StrEnum):
    hl7 = "hl7"
    fhir = "fhir"
    ical = "ical"


HL7_PLACE = re.compile(
    r"[A-Z][A-Z0-9]{2}-[1-9][0-9]?(\.[1-9][0-9]?(\.[1-9])?)?"
    r"(\[(untyped|[A-Za-z]{1,8}|[1-9])\])?"
)
FHIR_ID = re.compile(r"id|identifier|identifier [^\s,]{1,200}")
FHIR_USE = re.compile(r"mobile|home|work|temp|untyped")
ICAL_PLACE = re.compile(
    r"ATTENDEE|CONTACT|SUMMARY|LOCATION|X-[A-Z0-9-]{1,40}|DESCRIPTION:[A-Za-z][A-Za-z0-9 #.-]{0,39}"
)
YES_NO = re.compile(r"yes|no")

HL7_HINT = "places such as SCH-11.4 or PID-13[CP], the first that is filled counts"
ID_HINT = "'id', 'identifier' or 'identifier SYSTEM'"
ICAL_HINT = "places such as ATTENDEE, X-PHONE or DESCRIPTION:Mobile"


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a feed: what it holds, where it is by itself, what may be said."""

    holds: str
    default: str
    allowed: re.Pattern[str]
    hint: str


PENDING = Setting("texts about pending visits", "no", YES_NO, "'yes' or 'no'")
SETTINGS: Mapping[Feed, Mapping[str, Setting]] = {
    Feed.hl7: {
        "start": Setting(
            "the time of the visit",
            "TQ1-7, SCH-11.4, AIS-4, AIL-6, AIP-6, AIG-8, SCH-11.5, SCH-10",
            HL7_PLACE,
            HL7_HINT,
        ),
        "visit": Setting("the visit's number", "SCH-2, SCH-1", HL7_PLACE, HL7_HINT),
        "patient": Setting(
            "the patient's number",
            "PID-3[MR], PID-3, PID-2",
            HL7_PLACE,
            HL7_HINT,
        ),
        "phone": Setting(
            "the mobile phone",
            "PID-13[CP], PID-13[CELL], PID-13[untyped], PID-40[CP], PID-14[CP]",
            HL7_PLACE,
            HL7_HINT,
        ),
        "provider": Setting("the provider", "AIP-3, PV1-7", HL7_PLACE, HL7_HINT),
        "location": Setting(
            "the place", "AIL-3.4, AIL-3.9, PV1-3.4", HL7_PLACE, HL7_HINT
        ),
        "pending": PENDING,
    },
    Feed.fhir: {
        "visit": Setting("the visit's number", "id", FHIR_ID, ID_HINT),
        "patient": Setting("the patient's number", "id", FHIR_ID, ID_HINT),
        "phone": Setting(
            "which phones take texts",
            "mobile, untyped",
            FHIR_USE,
            "uses of a phone: mobile, home, work, temp, untyped; the first counts",
        ),
        "pending": PENDING,
    },
    Feed.ical: {
        "phone": Setting(
            "the mobile phone",
            "ATTENDEE, X-PATIENT-PHONE, X-PHONE, DESCRIPTION:Mobile, "
            "DESCRIPTION:Cell, DESCRIPTION:Phone",
            ICAL_PLACE,
            ICAL_HINT,
        ),
        "name": Setting(
            "the patient's name",
            "ATTENDEE, X-PATIENT-NAME, DESCRIPTION:Patient, DESCRIPTION:Name",
            ICAL_PLACE,
            ICAL_HINT,
        ),
        "patient": Setting(
            "the patient's number",
            "X-PATIENT-ID, DESCRIPTION:Patient ID",
            ICAL_PLACE,
            ICAL_HINT,
        ),
        "language": Setting(
            "the language", "X-LANGUAGE, DESCRIPTION:Language", ICAL_PLACE, ICAL_HINT
        ),
        "provider": Setting(
            "the provider",
            "X-PROVIDER, DESCRIPTION:Provider, DESCRIPTION:With",
            ICAL_PLACE,
            ICAL_HINT,
        ),
        "location": Setting("the place", "LOCATION", ICAL_PLACE, ICAL_HINT),
        "pending": PENDING,
    },
}


@dataclass(frozen=True, slots=True)
class Fields:
    """What holds for one feed of one clinic, each field with its places in order."""

    places: Mapping[str, tuple[str, ...]]
    mark: str = ""  # differs where the clinic says otherwise

    @property
    def pending(self) -> bool:
        return self.places["pending"] == ("yes",)


def fields_of(feed: Feed, saved: Mapping[str, str] | None = None) -> Fields:
    said = {
        name: (saved or {}).get(name) or one.default
        for name, one in SETTINGS[feed].items()
    }
    mark = ";".join(f"{name}={value}" for name, value in sorted((saved or {}).items()))
    digest = hashlib.sha256(mark.encode()).hexdigest()[:8] if mark else ""
    return Fields({name: _split(value) for name, value in said.items()}, digest)


def saved_fields(session: Session, clinic_id: int, feed: Feed) -> dict[str, str]:
    """Only what the clinic says otherwise."""
    found = session.get(FieldMap, (clinic_id, feed.value))
    return dict(found.fields) if found else {}


def save_fields(
    session: Session, clinic_id: int, feed: Feed, changes: Mapping[str, str]
) -> dict[str, str]:
    """What the clinic says otherwise from now on; "" takes a field back to its default.
    Raises Invalid, with the field and what may stand there."""
    kept = saved_fields(session, clinic_id, feed)
    for name, value in changes.items():
        setting = SETTINGS[feed].get(name)
        if setting is None:
            known = ", ".join(SETTINGS[feed])
            raise Invalid(f"'{name[:40]}' is no field of {feed}. Use {known}.")
        kept.pop(name, None)
        if value.strip() and _split(value) != _split(setting.default):
            kept[name] = checked(feed, name, value)
    session.merge(FieldMap(clinic_id=clinic_id, feed=feed.value, fields=kept))
    session.flush()
    return kept


def checked(feed: Feed, name: str, value: str) -> str:
    """The same, tidied.  Raises Invalid."""
    setting = SETTINGS[feed][name]
    if len(value) > LONGEST:
        raise Invalid(f"'{name}' has more than {LONGEST} characters.")
    for place in _split(value):
        if not setting.allowed.fullmatch(place):
            raise Invalid(
                f"'{place[:40]}' cannot be {name} of {feed}. Write {setting.hint}."
            )
    return ", ".join(_split(value))


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())
