"""Who works here: invited by a link, given another role, closed and opened again.

Every step is noted at the clinic of the person it is about.  A clinic never loses its
last admin, and nobody shuts the door on herself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import add_staff, note_action
from clinics.models import Clinic, LinkKind, Role, Staff, StaffLink, StaffSession
from clinics.signin import LINK_LASTS, Refused, end_links, make_link, revoke
from kernel.errors import Conflict, NotFound

AT_A_CLINIC = (Role.front_desk, Role.clinic_admin, Role.auditor)
MOST_SHOWN = 500
ROLE_WORDS = {
    Role.front_desk: "front desk",
    Role.clinic_admin: "clinic admin",
    Role.auditor: "auditor",
    Role.operator: "operator",
}

NOT_HERE = "There is no such person on this staff. Look at the list again."
ONESELF = "This is your own account. Ask another admin to do it."
LAST_ADMIN = (
    "{} is the last clinic admin who has signed in. Invite another one first, and wait "
    "until they have set their password."
)
CLOSED = "The account of {} is closed. Open it again first."


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does it; `id` is None at the command line of an empty house."""

    id: int | None
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One line of the list.  `state` is invited, active or closed."""

    id: int
    clinic_id: int | None
    email: str
    role: Role
    state: str
    closed_at: datetime | None
    last_sign_in: datetime | None
    open_sign_ins: int
    link_until: datetime | None  # of a link that was not used yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What lets somebody set a password, once; the token is kept nowhere."""

    email: str
    kind: LinkKind
    token: str
    until: datetime
    place: str  # the clinic's name, empty for an operator
    time_zone: str

    def address(self, base: str) -> str:
        """Below our public address, never below what a request claims as ours."""
        return f"{base.rstrip('/')}/welcome/{self.token}"


def people(
    session: Session, clinic_ids: Collection[int], now: datetime
) -> list[Person]:
    """Those of the clinics, the open accounts first."""
    return _people(session, col(Staff.clinic_id).in_(clinic_ids), now)


def operators(session: Session, now: datetime) -> list[Person]:
    return _people(session, col(Staff.clinic_id).is_(None), now)


def find(session: Session, staff_id: int, clinic_id: int | None = None) -> Staff:
    """Locked, and of this clinic when one is named.  Raises NotFound."""
    staff = session.get(Staff, staff_id)
    if staff is None or (clinic_id is not None and staff.clinic_id != clinic_id):
        raise NotFound(NOT_HERE)
    # All of one clinic, in one order: two admins who close each other stand in line.
    beside = col(Staff.clinic_id)
    where = beside.is_(None) if staff.clinic_id is None else beside == staff.clinic_id
    lock = select(Staff).where(where).order_by(col(Staff.id)).with_for_update()
    session.exec(lock.execution_options(populate_existing=True)).all()
    return staff


def invite(
    session: Session,
    clinic: Clinic | None,
    email: str,
    role: Role,
    by: By,
    now: datetime,
) -> Link:
    """Raises Invalid or Conflict with the sentence to show."""
    try:
        staff = add_staff(session, email=email, role=role, clinic=clinic, now=now)
    except Conflict:
        raise Conflict(
            f"'{email.strip()}' has an account already. Find it in the list, where a "
            "closed one can be opened again, or use another e-mail."
        ) from None
    what = f"{staff.email} as {ROLE_WORDS[role]}"
    note_action(session, staff.clinic_id, by.email, "account added", what, now)
    return link_for(session, staff, LinkKind.invite, by.email, now)


def new_link(session: Session, staff: Staff, by: By, now: datetime) -> Link | Refused:
    """What she has as a password holds until she sets another."""
    if staff.closed_at is not None:
        return Refused(CLOSED.format(staff.email))
    kind = LinkKind.reset if staff.password_hash else LinkKind.invite
    return link_for(session, staff, kind, by.email, now)


def close(session: Session, staff: Staff, by: By, now: datetime) -> int | Refused:
    """Takes the password and every link; how many sign-ins ended."""
    if staff.id == by.id:
        return Refused(ONESELF)
    if staff.closed_at is not None:
        return Refused(f"The account of {staff.email} is closed already.")
    if _is_last_admin(session, staff):
        return Refused(LAST_ADMIN.format(staff.email))
    staff.closed_at, staff.password_hash = now, None
    session.add(staff)
    session.flush()
    end_links(session, staff.id or 0, now)
    email = staff.email
    note_action(session, staff.clinic_id, by.email, "account closed", email, now)
    return revoke(session, staff.id or 0, now)


def reopen(session: Session, staff: Staff, by: By, now: datetime) -> Link | Refused:
    """As if invited anew: the old password stays gone."""
    if staff.closed_at is None:
        return Refused(f"The account of {staff.email} is open already.")
    staff.closed_at = None
    session.add(staff)
    session.flush()
    email = staff.email
    note_action(session, staff.clinic_id, by.email, "account opened again", email, now)
    return link_for(session, staff, LinkKind.invite, by.email, now)


def change_role(
    session: Session, staff: Staff, role: Role, by: By, now: datetime
) -> Refused | None:
    """Holds from her next click on."""
    if staff.id == by.id:
        return Refused(ONESELF)
    if staff.role is Role.operator or role is Role.operator:
        return Refused("An operator belongs to no clinic, so this role stays.")
    if staff.closed_at is not None:
        return Refused(CLOSED.format(staff.email))
    if staff.role is role:
        return None
    if _is_last_admin(session, staff):
        return Refused(LAST_ADMIN.format(staff.email))
    what = f"{staff.email}: {ROLE_WORDS[staff.role]} to {ROLE_WORDS[role]}"
    staff.role = role
    session.add(staff)
    session.flush()
    note_action(session, staff.clinic_id, by.email, "role changed", what, now)
    return None


def link_for(
    session: Session, staff: Staff, kind: LinkKind, by: str, now: datetime
) -> Link:
    token = make_link(session, staff, kind, by, now)
    at = session.get(Clinic, staff.clinic_id) if staff.clinic_id is not None else None
    return Link(
        email=staff.email,
        kind=kind,
        token=token,
        until=now + LINK_LASTS[kind],
        place=at.display_name if at else "",
        time_zone=at.time_zone if at else "UTC",
    )


def _is_last_admin(session: Session, staff: Staff) -> bool:
    """Only who has a password can let others in; `find` has locked them all."""
    if staff.role is not Role.clinic_admin or staff.password_hash is None:
        return False
    others = select(Staff.id).where(
        col(Staff.clinic_id) == staff.clinic_id,
        col(Staff.role) == Role.clinic_admin,
        col(Staff.id) != staff.id,
        col(Staff.closed_at).is_(None),
        col(Staff.password_hash).is_not(None),
    )
    return session.exec(others.limit(1)).first() is None


def _people(session: Session, where: Any, now: datetime) -> list[Person]:
    mine = col(StaffSession.staff_id) == col(Staff.id)
    lasting = col(StaffSession.revoked_at).is_(None) & (
        col(StaffSession.expires_at) > now
    )
    unused = col(StaffLink.used_at).is_(None) & (col(StaffLink.expires_at) > now)
    of_her = col(StaffLink.staff_id) == col(Staff.id)
    rows = session.connection().execute(
        sa.select(
            *(col(part) for part in (Staff.id, Staff.clinic_id, Staff.email)),
            *(col(part) for part in (Staff.role, Staff.closed_at)),
            col(Staff.password_hash).is_not(None).label("has_password"),
            _one(sa.func.max(col(StaffSession.created_at)), mine).label("last"),
            _one(sa.func.count(col(StaffSession.id)), mine & lasting).label("lasting"),
            _one(sa.func.max(col(StaffLink.expires_at)), of_her & unused).label("link"),
        )
        .where(where)
        .order_by(col(Staff.closed_at).is_not(None), col(Staff.email))
        .limit(MOST_SHOWN)
    )
    return [_person(row) for row in rows]


def _one(what: Any, where: Any) -> Any:
    return sa.select(what).where(where).correlate(Staff).scalar_subquery()


def _person(row: Any) -> Person:
    state = "active" if row.has_password else "invited"
    return Person(
        id=row.id,
        clinic_id=row.clinic_id,
        email=row.email,
        role=row.role,
        state="closed" if row.closed_at is not None else state,
        closed_at=row.closed_at,
        last_sign_in=row.last,
        open_sign_ins=row.lasting,
        link_until=row.link,
    )
