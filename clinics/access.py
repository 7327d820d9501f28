"""Finds clinics and makes their rows.  A slug that is not there is NotFound."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Clinic, Patient, Role, Staff, StaffAction, VendorAccount
from kernel import phone as phones
from kernel.errors import Conflict, Invalid, NotFound
from kernel.keys import Keys

OPERATORS = frozenset({Role.operator})
SLUG = re.compile(r"^[a-z][a-z0-9-]{1,39}$")
# What a mail server takes, and nothing that a header or a screen could misread.
EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{1,189}"
)
ACCOUNT_SID = re.compile(r"^AC[0-9a-f]{32}$")
LONGEST_NAME = 80  # it opens every text


def clinic_by_slug(session: Session, slug: str) -> Clinic:
    known = select(Clinic).where(col(Clinic.slug) == slug)
    # What can be no slug is not asked for: PostgreSQL refuses some characters.
    found = session.exec(known).one_or_none() if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound(
            f"There is no clinic '{slug}'. Look at the list under Clinics, or with "
            "'flask clinic list'."
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
    wrong = clinic_problems(
        {
            "slug": slug,
            "legal_name": legal_name,
            "display_name": display_name,
            "time_zone": time_zone,
            "phone": phone,
        }
    )
    for why in wrong.values():
        raise Invalid(why)
    if session.exec(select(Clinic).where(col(Clinic.slug) == slug)).first():
        raise Conflict(f"There is a clinic '{slug}' already. Choose another name.")
    clinic = Clinic(
        slug=slug,
        legal_name=legal_name.strip(),
        display_name=display_name.strip(),
        time_zone=time_zone,
        phone=phones.e164(phone),
        created_at=now,
    )
    session.add(clinic)
    session.flush()
    return clinic


def clinic_problems(given: Mapping[str, str]) -> dict[str, str]:
    """What cannot stand in which field, as the sentence to show beside it."""
    return {name: why for name, text in given.items() if (why := _wrong(name, text))}


def edit_clinic(
    session: Session, clinic_id: int, *, display_name: str, time_zone: str, phone: str
) -> Clinic:
    """Raises Invalid with the sentence to show.  The legal name and the short name
    stand in what was registered and signed, so they stay."""
    given = {"display_name": display_name, "time_zone": time_zone, "phone": phone}
    for why in clinic_problems(given).values():
        raise Invalid(why)
    clinic = session.get_one(Clinic, clinic_id, with_for_update=True)
    if time_zone != clinic.time_zone and has_patients(session, clinic_id):
        raise Invalid(ZONE_STAYS)
    clinic.display_name = display_name.strip()
    clinic.time_zone, clinic.phone = time_zone, phones.e164(phone)
    session.flush()
    return clinic


def lock_clinic(session: Session, clinic_id: int) -> None:
    """Two people who do the same for a clinic stand in line until the transaction ends.
    Not FOR UPDATE: that would stop every insert which only refers to the clinic."""
    session.connection().execute(
        sa.select(col(Clinic.id))
        .where(col(Clinic.id) == clinic_id)
        .with_for_update(key_share=True)
    )


def has_patients(session: Session, clinic_id: int) -> bool:
    one = sa.select(col(Patient.id)).where(col(Patient.clinic_id) == clinic_id)
    return session.connection().scalar(one.limit(1)) is not None


def set_account(
    session: Session, clinic_id: int, account_sid: str, token: str, keys: Keys
) -> None:
    """The clinic's own Twilio sub-account; a second call replaces it and lifts a
    halt, because the operator has just mended it."""
    if not ACCOUNT_SID.fullmatch(account_sid):
        raise Invalid(
            f"'{account_sid}' is no Twilio account. It is AC and 32 hexadecimal digits."
        )
    if not token.strip():
        raise Invalid("The account's token is missing. Copy it from Twilio's console.")
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


def lift_halt(session: Session, clinic_id: int) -> None:
    """Twilio refused the account; the operator has mended that at Twilio, with the
    token as it is.  Raises NotFound when nothing is halted."""
    lifted = session.connection().execute(
        sa.update(VendorAccount)
        .where(
            col(VendorAccount.clinic_id) == clinic_id,
            col(VendorAccount.halted_since).is_not(None),
        )
        .values(halted_since=None, halted_why=None)
    )
    if lifted.rowcount == 0:
        raise NotFound("The clinic's Twilio account is not halted.")


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


def acting_clinic(
    session: Session, slug: str, email: str, roles: frozenset[Role] = OPERATORS
) -> int:
    """The id of the clinic that this person may act for; raises as `acting_staff`."""
    clinic_id = key_of(clinic_by_slug(session, slug))
    acting_staff(session, email, roles, clinic_id)
    return clinic_id


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


ZONE_STAYS = (
    "The time zone stays, because the clinic has patients already and their visits "
    "were planned in it."
)


def _wrong(name: str, text: str) -> str | None:
    if name == "slug" and not SLUG.fullmatch(text):
        return (
            f"'{text}' cannot be a clinic's short name. Use 2 to 40 small letters, "
            "digits and dashes, a letter first."
        )
    if name == "time_zone" and not text:
        return "Choose the clinic's time zone."
    if name == "time_zone" and text not in available_timezones():
        return f"'{text}' is no time zone. Use a name such as America/Los_Angeles."
    if name == "phone":
        read = phones.read(text)
        return read.why if isinstance(read, phones.NotAPhone) else None
    if name in ("legal_name", "display_name"):
        return _wrong_name(text.strip())
    return None


def _wrong_name(name: str) -> str | None:
    if not name:
        return "The name is missing."
    if len(name) > LONGEST_NAME:
        return f"The name is too long. At most {LONGEST_NAME} characters."
    if not name.isprintable():
        return "The name holds a sign that cannot be seen. Type it anew."
    return None
