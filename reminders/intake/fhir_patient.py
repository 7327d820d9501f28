"""A FHIR Patient as we need one: whom a text greets, at which number, in which language.

Old numbers are skipped.  Whoever has died, or is no patient of the clinic any more, is
not texted.
"""

from collections.abc import Sequence
from datetime import datetime

from reminders.intake.entry import (
    Entry,
    PatientRow,
    clean,
    instant,
    language_of,
    read_phone,
    short_id,
)
from reminders.intake.fhir_slice import (
    HumanName,
    Meta,
    Patient,
    Period,
    Resource,
    Telecom,
)
from reminders.intake.field_map import Fields
from reminders.intake.problem import Problem
from reminders.intake.rows import LONGEST_NAME, RefusedRow, split_name
from reminders.intake.versions import by_time, version
from reminders.visible import plain

NO_NUMBER = "The patient has no number of its own ({place})."
DEAD = "Patient/{id} is marked as deceased, so no visit is imported."
INACTIVE = "Patient/{id} is not active any more, so no visit is imported."
NONE = "Patient/{id} has no phone."
OTHER = (
    "Patient/{id} has no mobile phone (only {uses}). If such phones take texts here, say "
    "so in the clinic's field map."
)
NAMES = ("usual", "official", None, "nickname", "anonymous", "temp")
PHONES = frozenset({"phone", "sms"})


def read_patient(line: int, patient: Patient, fields: Fields, now: datetime) -> Entry:
    """The patient alone, as an entry that has no visit."""
    entry = Entry(line=line, patient_id=number_of(patient, fields.places["patient"]))
    entry.patient_version = version_of(patient.meta, fields)
    shown = plain((patient.id or "")[:64]) or "?"
    if not entry.patient_id:
        place = fields.places["patient"][0]
        entry.refuse("Patient.id", NO_NUMBER.format(place=place), beside=True)
    _name(entry, patient.name, now)
    _phone(entry, patient.telecom, fields.places["phone"], shown, now)
    tag = next(iter(_languages(patient)), "")
    entry.language = language_of(tag, entry, "Patient.communication")
    if patient.deceasedBoolean or patient.deceasedDateTime:
        entry.gone = Problem(line, "Patient.deceased", DEAD.format(id=shown))
    elif patient.active is False:
        entry.gone = Problem(line, "Patient.active", INACTIVE.format(id=shown))
    return entry


def patient_row(entry: Entry) -> PatientRow | RefusedRow:
    """For a patient whom no visit of the file names."""
    if entry.refused or not entry.phone:
        lacks = (entry.no_phone,) if entry.no_phone and not entry.phone else ()
        return RefusedRow(entry.line, (*entry.refused, *lacks, *entry.warned))
    return PatientRow(
        line=entry.line,
        patient_id=entry.patient_id,
        phone=entry.phone,
        given_name=entry.given_name,
        family_name=entry.family_name,
        language=entry.language,
        version=entry.patient_version,
        warnings=tuple(entry.warned),
    )


def with_patient(visit: Entry, patient: Entry) -> None:
    """The visit's entry takes over what the file says of its patient."""
    visit.patient_id, visit.phone = patient.patient_id, patient.phone
    visit.no_phone, visit.old_phones = patient.no_phone, patient.old_phones
    visit.given_name, visit.family_name = patient.given_name, patient.family_name
    visit.language, visit.patient_version = patient.language, patient.patient_version
    visit.gone = visit.gone or patient.gone
    visit.refused += patient.refused
    visit.warned += patient.warned


def number_of(resource: Resource, places: Sequence[str]) -> str:
    """`id`, the first identifier, or the one of a system; "" for none."""
    for place in places:
        kind, _, system = place.partition(" ")
        if kind == "id":
            found = [resource.id]
        else:
            found = [
                one.value
                for one in resource.identifier
                if one.use != "old" and system in ("", one.system)
            ]
        number = next((one.strip() for one in found if one and one.strip()), "")
        if number:
            return short_id(number)
    return ""


def version_of(meta: Meta | None, fields: Fields) -> str | None:
    """By time where the server says it, else by its numbers."""
    if meta is None:
        return None
    number = meta.versionId or ""
    at = instant(meta.lastUpdated or "")
    mark = number + fields.mark if number else ""
    if at:
        return version("fhir", by_time(at), mark)
    if number.isascii() and number.isdecimal() and len(number) <= 18:
        return version("fhir-number", number.zfill(18), mark)
    return None


def _name(entry: Entry, names: Sequence[HumanName], now: datetime) -> None:
    """What she is called (`usual`) before what stands in her passport."""
    kept = [one for one in names if one.use in NAMES and not _over(one.period, now)]
    kept.sort(key=lambda one: NAMES.index(one.use))
    given = next((one.given[0] for one in kept if one.given), "")
    family = next((one.family for one in kept if one.family), "")
    if not (given or family):
        text = next((one.text for one in kept if one.text), "")
        entry.given_name, entry.family_name = split_name(plain(text))
        return
    column = "Patient.name"
    entry.given_name = clean(given, entry, column, LONGEST_NAME) or None
    entry.family_name = clean(family, entry, column, LONGEST_NAME) or None


def _phone(
    entry: Entry,
    telecom: Sequence[Telecom],
    uses: Sequence[str],
    shown: str,
    now: datetime,
) -> None:
    """Of the uses that take texts here the first, and of one use the best rank.  A
    number that cannot be texted says why, unless another one can."""
    numbers = [one for one in telecom if one.system in PHONES and one.value]
    present = [one for one in numbers if not _old(one, now)]
    entry.old_phones = frozenset(
        found
        for one in numbers
        if _old(one, now) and isinstance(found := read_phone(one.value or ""), str)
    )
    ranked = sorted(
        (one for one in present if _use(one) in uses),
        key=lambda one: (uses.index(_use(one)), one.rank or 1000),
    )
    column = "Patient.telecom"
    for one in ranked:
        found = read_phone(one.value or "")
        if isinstance(found, str):
            entry.phone, entry.no_phone = found, None
            return
        entry.no_phone = entry.no_phone or Problem(entry.line, column, found.message)
    if entry.no_phone is None:
        kinds = ", ".join(sorted({plain(_use(one))[:10] for one in present}))
        said = OTHER.format(id=shown, uses=kinds) if kinds else NONE.format(id=shown)
        entry.no_phone = Problem(entry.line, column, said)


def _use(one: Telecom) -> str:
    """A number for text messages is a mobile one."""
    return "mobile" if one.system == "sms" else one.use or "untyped"


def _old(one: Telecom, now: datetime) -> bool:
    return one.use == "old" or _over(one.period, now)


def _over(period: Period | None, now: datetime) -> bool:
    """By day, month or year, however exactly it is said; or not begun yet."""
    if period is None:
        return False
    today = f"{now:%Y-%m-%d}"
    end, start = (period.end or "")[:10], (period.start or "")[:10]
    return bool(end and end < today[: len(end)]) or start > today


def _languages(patient: Patient) -> list[str]:
    """Tags, the preferred one first."""
    said = sorted(patient.communication, key=lambda one: one.preferred is not True)
    return [
        tag
        for one in said
        for tag in (*(code.code for code in one.language.coding), one.language.text)
        if tag
    ]
