"""Who is at the screen: sign-in, sessions and the links that set a password.

Tokens go out once and are kept as hashes.  The number of tries is counted in the
database, so that it holds over all processes.
"""

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics import passwords
from clinics.access import EMAIL, note_action
from clinics.models import Clinic, LinkKind, Role, Staff, StaffLink, StaffSession
from clinics.tries import counted_in, network_of
from kernel.counters import count
from kernel.db import Database
from kernel.errors import Invalid, NotFound
from kernel.hashing import sha256_hex

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=90)  # a sign-in after its end
TRIES_PER_PERSON, TRIES_PER_ADDRESS = 10, 50
LINK_LASTS = {LinkKind.invite: timedelta(days=7), LinkKind.reset: timedelta(hours=2)}

AT_ONCE = threading.BoundedSemaphore(4)

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
    database: Database,
    email: str,
    password: str,
    *,
    address: str,
    browser: str,
    now: datetime,
) -> SignedIn | Refused:
    """Counted before the password is looked at, so that a hundred tries at once are a
    hundred; looked at outside of transactions, because that takes long."""
    names = {
        tries_of(email): TRIES_PER_PERSON,
        f"sign-in from {network_of(address)}": TRIES_PER_ADDRESS,
    }
    with database.writing() as writing:
        if not counted_in(writing, names, WINDOW, now):
            return Refused(TOO_MANY)
    with database.reading() as reading:
        known = by_email(reading, email)
    right = is_right(known, password)
    if known is None or not right or known.closed_at is not None:
        return Refused(WRONG)
    with database.writing() as writing:
        staff = writing.get_one(Staff, known.id, with_for_update=True)
        if staff.closed_at is not None or staff.password_hash != known.password_hash:
            return Refused(WRONG)
        for name in names:  # it was no failed try
            count(writing, name, WINDOW, now, by=-1)
        token = open_session(writing, staff, address=address, browser=browser, now=now)
        note_action(writing, staff.clinic_id, staff.email, "signed in", "", now)
    return SignedIn(token)


def is_right(staff: Staff | None, password: str) -> bool:
    """As long for nobody as for somebody; each look takes 64 MB, so only a few at once."""
    with AT_ONCE:
        return passwords.is_right(staff.password_hash if staff else None, password)


def by_email(session: Session, email: str) -> Staff | None:
    email = email.strip().casefold()
    if not EMAIL.fullmatch(email):  # PostgreSQL refuses some characters
        return None
    known = select(Staff).where(sa.func.lower(col(Staff.email)) == email)
    return session.exec(known).one_or_none()


def tries_of(email: str) -> str:
    """The name under which tries for one account are counted."""
    return f"sign-in of {sha256_hex(email.strip().casefold().encode())}"


def open_session(
    session: Session, staff: Staff, *, address: str, browser: str, now: datetime
) -> str:
    """The token for the cookie; it is shown nowhere else."""
    _forget_old(session, staff.id or 0, now)
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_id=staff.id or 0,
            token_hash=sha256_hex(token.encode()),
            created_at=now,
            expires_at=now + LONGEST,
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
    session: Session,
    staff_id: int,
    now: datetime,
    only: int | None = None,
    but: int | None = None,
) -> int:
    """Ends one session of a person, all `but` one, or all; how many ended."""
    mine = [
        col(StaffSession.staff_id) == staff_id,
        col(StaffSession.revoked_at).is_(None),
        col(StaffSession.expires_at) > now,
    ]
    if only is not None:
        mine.append(col(StaffSession.id) == only)
    if but is not None:
        mine.append(col(StaffSession.id) != but)
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
    end_links(session, staff.id or 0, now)
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


def of_link(session: Session, token: str, now: datetime, use: bool = False) -> Staff:
    """Whose password a link sets; to `use` it is to hold it against a second one.
    Raises NotFound with the sentence to show."""
    asked = (
        select(Staff)
        .join(StaffLink, col(StaffLink.staff_id) == col(Staff.id))
        .where(
            col(StaffLink.token_hash) == sha256_hex(token.encode()),
            col(StaffLink.used_at).is_(None),
            col(StaffLink.expires_at) > now,
            col(Staff.closed_at).is_(None),
        )
    )
    asked = asked.with_for_update(of=StaffLink) if use else asked
    found = session.exec(asked).one_or_none()
    if found is None:
        raise NotFound(LINK_GONE)
    return found


def use_link(session: Session, token: str, kept: str, now: datetime) -> Staff:
    """Sets the password to what `new_password` made of it, ends every session and link
    of hers.  Of two at once only one is first.  Raises NotFound."""
    staff = of_link(session, token, now, use=True)
    staff.password_hash = kept
    session.add(staff)
    session.flush()
    end_links(session, staff.id or 0, now)
    revoke(session, staff.id or 0, now)
    email = staff.email
    note_action(session, staff.clinic_id, email, "set a password", email, now)
    return staff


def new_password(password: str, email: str) -> str:
    """What is kept of it; slow by design, so never inside a transaction.  Raises
    Invalid for what cannot be a password."""
    why = passwords.problem(password, email)
    if why is not None:
        raise Invalid(why)
    with AT_ONCE:
        return passwords.hashed(password)


def end_links(session: Session, staff_id: int, now: datetime) -> None:
    session.connection().execute(
        sa.update(StaffLink)
        .where(col(StaffLink.staff_id) == staff_id, col(StaffLink.used_at).is_(None))
        .values(used_at=now)
    )


def _forget_old(session: Session, staff_id: int, now: datetime) -> None:
    """Where somebody sat is her own matter once it can explain nothing any more."""
    session.connection().execute(
        sa.delete(StaffSession).where(
            col(StaffSession.staff_id) == staff_id,
            col(StaffSession.expires_at) < now - KEPT,
        )
    )
