"""Who is at the screen: sign-in, sessions and the links that set a password.

Tokens go out once and are kept as hashes.  The number of tries is counted in the
database, so that it holds over all processes.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics import passwords
from clinics.access import note_action
from clinics.models import Clinic, LinkKind, Role, Staff, StaffLink, StaffSession
from kernel.counters import count, counted
from kernel.errors import Invalid, NotFound
from kernel.hashing import sha256_hex

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
TRIES_PER_PERSON, TRIES_PER_ADDRESS = 10, 50
LINK_LASTS = {LinkKind.invite: timedelta(days=7), LinkKind.reset: timedelta(hours=2)}

WRONG = "This e-mail and password do not match. Try again, or ask for a new password."
TOO_MANY = "Too many tries. Wait 15 minutes, or ask for a new password."
LINK_GONE = "This link was used already or is too old. Ask the person who sent it for a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicHere:
    """The clinic whose pages are being looked at."""

    id: int
    slug: str
    name: str  # what patients know it by
    time_zone: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who is signed in; `clinic` is None for operators only."""

    staff_id: int
    session_id: int
    email: str
    role: Role
    clinic: ClinicHere | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    token: str


@dataclass(frozen=True, slots=True)
class Refused:
    why: str


def sign_in(
    session: Session,
    email: str,
    password: str,
    *,
    address: str,
    browser: str,
    now: datetime,
) -> SignedIn | Refused:
    """The caller commits in both cases: a refusal was counted."""
    email = email.strip().casefold()
    names = {
        f"sign-in of {sha256_hex(email.encode())}": TRIES_PER_PERSON,
        f"sign-in from {address}": TRIES_PER_ADDRESS,
    }
    if any(counted(session, name, WINDOW, now) >= most for name, most in names.items()):
        return Refused(TOO_MANY)
    known = select(Staff).where(sa.func.lower(col(Staff.email)) == email)
    staff = session.exec(known).one_or_none()
    right = passwords.is_right(staff.password_hash if staff else None, password)
    if staff is None or not right or staff.closed_at is not None:
        for name in names:
            count(session, name, WINDOW, now)
        return Refused(WRONG)
    token = open_session(session, staff, address=address, browser=browser, now=now)
    note_action(session, staff.clinic_id, staff.email, "signed in", "", now)
    return SignedIn(token)


def open_session(
    session: Session, staff: Staff, *, address: str, browser: str, now: datetime
) -> str:
    """The token for the cookie; it is shown nowhere else."""
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_id=staff.id or 0,
            token_hash=sha256_hex(token.encode()),
            created_at=now,
            expires_at=now + LONGEST,
            acted_at=now,
            address=address[:100],
            browser=browser[:200],
        )
    )
    session.flush()
    return token


def whose(session: Session, token: str, now: datetime) -> Me | None:
    """The person behind a cookie, while the session lasts."""
    row = session.exec(
        select(StaffSession, Staff, Clinic)
        .join(Staff, col(Staff.id) == col(StaffSession.staff_id))
        .outerjoin(Clinic, col(Clinic.id) == col(Staff.clinic_id))
        .where(
            col(StaffSession.token_hash) == sha256_hex(token.encode()),
            col(StaffSession.revoked_at).is_(None),
            col(StaffSession.expires_at) > now,
            col(Staff.closed_at).is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    opened, staff, clinic = row
    return Me(
        staff_id=staff.id or 0,
        session_id=opened.id or 0,
        email=staff.email,
        role=staff.role,
        clinic=clinic_here(clinic) if clinic is not None else None,
    )


def clinic_here(clinic: Clinic) -> ClinicHere:
    return ClinicHere(
        id=clinic.id or 0,
        slug=clinic.slug,
        name=clinic.display_name,
        time_zone=clinic.time_zone,
        phone=clinic.phone,
    )


def revoke(
    session: Session, staff_id: int, now: datetime, only: int | None = None
) -> int:
    """Ends one session of a person, or all of them; how many ended."""
    mine = [
        col(StaffSession.staff_id) == staff_id,
        col(StaffSession.revoked_at).is_(None),
    ]
    if only is not None:
        mine.append(col(StaffSession.id) == only)
    ended = session.connection().execute(
        sa.update(StaffSession).where(*mine).values(revoked_at=now)
    )
    return ended.rowcount


def sessions(session: Session, staff_id: int, now: datetime) -> list[StaffSession]:
    """Those that still last, the newest first."""
    return list(
        session.exec(
            select(StaffSession)
            .where(
                col(StaffSession.staff_id) == staff_id,
                col(StaffSession.revoked_at).is_(None),
                col(StaffSession.expires_at) > now,
            )
            .order_by(col(StaffSession.id).desc())
        )
    )


def make_link(
    session: Session, staff: Staff, kind: LinkKind, by: str, now: datetime
) -> str:
    """The token of a link that sets a password; older links end."""
    _end_links(session, staff.id or 0, now)
    token = secrets.token_urlsafe(32)
    session.add(
        StaffLink(
            staff_id=staff.id or 0,
            kind=kind,
            token_hash=sha256_hex(token.encode()),
            created_by=by,
            created_at=now,
            expires_at=now + LINK_LASTS[kind],
        )
    )
    note_action(session, staff.clinic_id, by, f"{kind.value} link", staff.email, now)
    return token


def of_link(session: Session, token: str, now: datetime) -> Staff:
    """Whose password a link sets.  Raises NotFound with the sentence to show."""
    found = session.exec(
        select(Staff)
        .join(StaffLink, col(StaffLink.staff_id) == col(Staff.id))
        .where(
            col(StaffLink.token_hash) == sha256_hex(token.encode()),
            col(StaffLink.used_at).is_(None),
            col(StaffLink.expires_at) > now,
            col(Staff.closed_at).is_(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(LINK_GONE)
    return found


def use_link(session: Session, token: str, password: str, now: datetime) -> Staff:
    """Sets the password, ends every session and link of hers.  Raises NotFound, or
    Invalid for a password that cannot be one."""
    staff = of_link(session, token, now)
    set_password(session, staff, password)
    _end_links(session, staff.id or 0, now)
    revoke(session, staff.id or 0, now)
    email = staff.email
    note_action(session, staff.clinic_id, email, "set a password", email, now)
    return staff


def set_password(session: Session, staff: Staff, password: str) -> None:
    why = passwords.problem(password, staff.email)
    if why is not None:
        raise Invalid(why)
    staff.password_hash = passwords.hashed(password)
    session.add(staff)
    session.flush()


def _end_links(session: Session, staff_id: int, now: datetime) -> None:
    session.connection().execute(
        sa.update(StaffLink)
        .where(col(StaffLink.staff_id) == staff_id, col(StaffLink.used_at).is_(None))
        .values(used_at=now)
    )
