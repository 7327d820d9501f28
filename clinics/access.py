"""Finds clinics and makes their rows.  A slug that is not there is NotFound."""

import re
from datetime import datetime
from zoneinfo import available_timezones

from sqlmodel import Session, col, select

from clinics.models import Clinic, Role, Staff, StaffAction, VendorAccount
from kernel import phone as phones
from kernel.errors import Conflict, Invalid, NotFound
from kernel.keys import Keys

SLUG = re.compile(r"^[a-z][a-z0-9-]{1,39}$")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
ACCOUNT_SID = re.compile(r"^AC[0-9a-f]{32}$")


def clinic_by_slug(session: Session, slug: str) -> Clinic:
    known = select(Clinic).where(col(Clinic.slug) == slug)
    # What can be no slug is not asked for: PostgreSQL refuses some characters.
    found = session.exec(known).one_or_none() if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound(
            f"There is no clinic '{slug}'. Look at the list with 'flask clinic list'."
        )
    return found


def key_of(clinic: Clinic) -> int:
    """The id of a clinic that was read from the database."""
    if clinic.id is None:
        raise Invalid(f"Clinic '{clinic.slug}' was never stored.")
    return clinic.id


def add_clinic(
    session: Session,
    *,
    slug: str,
    legal_name: str,
    display_name: str,
    time_zone: str,
    phone: str,
    now: datetime,
) -> Clinic:
    """Raises Invalid or Conflict with the sentence to show."""
    if not SLUG.fullmatch(slug):
        raise Invalid(
            f"'{slug}' cannot be a clinic's short name. Use 2 to 40 small letters, "
            "digits and dashes, a letter first."
        )
    if time_zone not in available_timezones():
        raise Invalid(
            f"'{time_zone}' is no time zone. Use a name such as America/Los_Angeles."
        )
    if session.exec(select(Clinic).where(col(Clinic.slug) == slug)).first():
        raise Conflict(f"There is a clinic '{slug}' already. Choose another name.")
    clinic = Clinic(
        slug=slug,
        legal_name=legal_name,
        display_name=display_name,
        time_zone=time_zone,
        phone=_e164(phone),
        created_at=now,
    )
    session.add(clinic)
    session.flush()
    return clinic


def set_account(
    session: Session, clinic_id: int, account_sid: str, token: str, keys: Keys
) -> None:
    """The clinic's own Twilio sub-account; a second call replaces it and lifts a
    halt, because the operator has just mended it."""
    if not ACCOUNT_SID.fullmatch(account_sid):
        raise Invalid(
            f"'{account_sid}' is no Twilio account. It is AC and 32 hexadecimal digits."
        )
    others = select(VendorAccount).where(
        col(VendorAccount.account_sid) == account_sid,
        col(VendorAccount.clinic_id) != clinic_id,
    )
    if session.exec(others).first():
        raise Conflict(
            f"{account_sid} is another clinic's account. Give each clinic its own."
        )
    session.merge(
        VendorAccount(
            clinic_id=clinic_id,
            account_sid=account_sid,
            token_sealed=keys.seal(token),
        )
    )
    session.flush()


def add_staff(
    session: Session, *, email: str, role: Role, clinic: Clinic | None, now: datetime
) -> Staff:
    if (role is Role.operator) != (clinic is None):
        raise Invalid(
            "An operator belongs to no clinic, everyone else to one. "
            "Give --clinic for all roles but operator."
        )
    email = email.strip().casefold()
    if not EMAIL.fullmatch(email):
        raise Invalid(f"'{email}' is no e-mail address. Write it like desk@clinic.com.")
    if session.exec(select(Staff).where(col(Staff.email) == email)).first():
        raise Conflict(f"'{email}' is on the staff already.")
    staff = Staff(
        clinic_id=clinic.id if clinic else None, email=email, role=role, created_at=now
    )
    session.add(staff)
    session.flush()
    return staff


def acting_staff(
    session: Session, email: str, roles: frozenset[Role], clinic_id: int | None
) -> Staff:
    """The staff member behind `--by`: raises NotFound or Invalid when this person
    may not do this at this clinic."""
    known = select(Staff).where(col(Staff.email) == email.strip().casefold())
    staff = session.exec(known).one_or_none()
    if staff is None or staff.closed_at is not None:
        raise NotFound(f"'{email}' is not on the staff. Use --by with a staff e-mail.")
    elsewhere = staff.clinic_id is not None and staff.clinic_id != clinic_id
    if elsewhere or staff.role not in roles:
        raise Invalid(f"'{email}' may not do this here.")
    return staff


def note_action(
    session: Session,
    clinic_id: int | None,
    email: str,
    action: str,
    subject: str,
    now: datetime,
) -> None:
    session.add(
        StaffAction(
            clinic_id=clinic_id,
            staff_email=email,
            action=action,
            subject=subject,
            at=now,
        )
    )


def _e164(text: str) -> str:
    found = phones.read(text)
    if isinstance(found, phones.NotAPhone):
        raise Invalid(found.why)
    return found.e164
