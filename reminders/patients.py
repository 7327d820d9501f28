"""The patients of a clinic: added and changed by the desk.

A changed number takes nothing of the old one along (`reminders.changes`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from clinics.models import Language, Patient
from kernel import phone as phones
from kernel.db import insert_or_ignore
from kernel.errors import Conflict, Invalid, NotFound
from reminders.changes import rewrite_patients, take_back
from reminders.intake.bring_in import take_turn
from reminders.intake.made_ids import MADE, made_patient_id
from reminders.intake.rows import LONGEST_ID, LONGEST_NAME
from reminders.visible import plain

SHARING = 30  # of one phone; a family is smaller

NOBODY = "The clinic has no such patient."
NO_NAME = "Write at least one name."
TAKEN = "{name} has this number of the clinic's already. Give another, or none."
HERE = (
    "{name} with this phone is on the list already. If this is somebody else, give a "
    "number of the clinic's own below."
)
SEEN_OLD = (
    "Somebody changed this patient while the page was open. Look at what stands there "
    "now, and change it again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a desk may say of a patient, clean."""

    given_name: str
    family_name: str
    phone: str  # E.164
    language: Language
    own_number: str  # "" = none of the clinic's own

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


def own_number(external_id: str) -> str:
    return "" if external_id.startswith(MADE) else external_id


def read_details(typed: Mapping[str, str]) -> Details | dict[str, str]:
    """What was typed, or the sentence for each field that cannot be used."""
    problems: dict[str, str] = {}
    names = {}
    for name in ("given_name", "family_name"):
        names[name] = plain(typed.get(name, ""))
        if len(names[name]) > LONGEST_NAME:
            problems[name] = f"A name has at most {LONGEST_NAME} characters here."
    if not any(names.values()):
        problems["given_name"] = NO_NAME
    phone = phones.read(typed.get("phone", ""))
    if isinstance(phone, phones.NotAPhone):
        problems["phone"] = phone.why
    number = plain(typed.get("own_number", ""))
    if len(number) > LONGEST_ID:
        problems["own_number"] = f"At most {LONGEST_ID} characters."
    elif number.startswith(MADE):
        problems["own_number"] = f"The number cannot begin with {MADE}."
    if problems or isinstance(phone, phones.NotAPhone):
        return problems
    language = typed.get("language", "")
    return Details(
        **names,
        phone=phone.e164,
        language=Language(language) if language in set(Language) else Language.en,
        own_number=number,
    )


def one_patient(
    session: Session, clinic_id: int, patient_id: int, *, lock: bool = False
) -> Patient:
    """Raises NotFound, for a patient of another clinic too."""
    asked = select(Patient).where(
        col(Patient.clinic_id) == clinic_id, col(Patient.id) == patient_id
    )
    found = session.exec(asked.with_for_update() if lock else asked).one_or_none()
    if found is None:
        raise NotFound(NOBODY)
    return found


def with_phone(session: Session, clinic_id: int, phone: str) -> list[Patient]:
    """Who has this number: a family may share one."""
    return list(
        session.exec(
            select(Patient)
            .where(col(Patient.clinic_id) == clinic_id, col(Patient.phone) == phone)
            .order_by(col(Patient.id))
            .limit(SHARING)
        )
    )


def add(session: Session, clinic_id: int, details: Details, now: datetime) -> int:
    """The new patient's id.  Raises Invalid when she is here already."""
    external_id = _external_id(details)
    made = session.connection().execute(
        insert_or_ignore(session, Patient, "id"),
        {
            "clinic_id": clinic_id,
            "external_id": external_id,
            "given_name": details.given_name,
            "family_name": details.family_name,
            "phone": details.phone,
            "language": details.language,
            "updated_at": now,
        },
    )
    patient_id: int | None = made.scalar_one_or_none()
    if patient_id is None:
        raise Invalid(_why_taken(session, clinic_id, external_id, details))
    return patient_id


def edit(
    session: Session,
    clinic_id: int,
    patient_id: int,
    details: Details,
    *,
    seen: str,
    by: str,
    now: datetime,
) -> list[str]:
    """The names of what was changed.  `seen` is the `version` that the page showed.

    Raises NotFound, Conflict when somebody was faster, Invalid for a number of the
    clinic's own that somebody else has.
    """
    take_turn(session, clinic_id)
    patient = one_patient(session, clinic_id, patient_id, lock=True)
    if version(patient) != seen:
        raise Conflict(SEEN_OLD)
    external_id = _external_id(details)
    if external_id != patient.external_id and _has(session, clinic_id, external_id):
        if details.own_number:
            raise Invalid(_why_taken(session, clinic_id, external_id, details))
        external_id = patient.external_id
    said = {
        "given_name": details.given_name,
        "family_name": details.family_name,
        "phone": details.phone,
        "language": details.language,
        "external_id": external_id,
    }
    new = {name: said[name] for name in said if said[name] != getattr(patient, name)}
    touched = rewrite_patients(session, clinic_id, [(patient, new)], now)
    take_back(session, clinic_id, touched, by, now)
    return [*new]


def version(patient: Patient) -> str:
    """What tells one state of a patient from the next."""
    return patient.updated_at.isoformat()


def _external_id(details: Details) -> str:
    return details.own_number or made_patient_id(details.phone, details.name)


def _has(session: Session, clinic_id: int, external_id: str) -> Patient | None:
    return session.exec(
        select(Patient).where(
            col(Patient.clinic_id) == clinic_id,
            col(Patient.external_id) == external_id,
        )
    ).one_or_none()


def _why_taken(
    session: Session, clinic_id: int, external_id: str, details: Details
) -> str:
    other = _has(session, clinic_id, external_id)
    name = f"{other.given_name} {other.family_name}".strip() if other else details.name
    return (TAKEN if details.own_number else HERE).format(name=name)
