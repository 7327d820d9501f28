"""One's own password: changed by whoever knows it, and asked for anew by whoever forgot.

A stranger learns nothing here about who has an account.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col

from clinics.access import note_action
from clinics.models import LinkKind, Staff
from clinics.signin import (
    TOO_MANY,
    TRIES_PER_PERSON,
    WINDOW,
    Me,
    Refused,
    by_email,
    end_links,
    is_right,
    new_password,
    revoke,
    tries_of,
)
from clinics.staff import Link, link_for
from clinics.tries import counted_in, network_of
from kernel.counters import count
from kernel.db import Database
from kernel.errors import Invalid
from kernel.hashing import sha256_hex

# The first that fits; what a browser says of itself is a guess, so only names are shown.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
MACHINES = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "a Chromebook"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)
HOUR = timedelta(hours=1)
ASKED_PER_PERSON, ASKED_PER_ADDRESS = 3, 20

NOT_YOURS = "This is not your current password. Type the one you signed in with."
SAME = "This is your current password. Choose another."
ASKED_OFTEN = "A new password was asked for too often. Wait an hour and ask again."


def change_password(
    database: Database, person: Me, current: str, fresh: str, now: datetime
) -> Refused | None:
    """Ends all other sign-ins.  Refused for the old password, Invalid for the new."""
    tries = tries_of(person.email)
    with database.writing() as writing:
        if not counted_in(writing, {tries: TRIES_PER_PERSON}, WINDOW, now):
            return Refused(TOO_MANY)
    with database.reading() as reading:
        known = reading.get_one(Staff, person.staff_id)
    if not is_right(known, current):
        return Refused(NOT_YOURS)
    if fresh == current:
        raise Invalid(SAME)
    kept = new_password(fresh, person.email)
    with database.writing() as writing:
        changed = writing.connection().execute(
            sa.update(Staff)
            .where(
                col(Staff.id) == person.staff_id,
                col(Staff.password_hash) == known.password_hash,
                col(Staff.closed_at).is_(None),
            )
            .values(password_hash=kept)
        )
        if changed.rowcount != 1:  # another window was first
            return Refused(NOT_YOURS)
        count(writing, tries, WINDOW, now, by=-1)
        end_links(writing, person.staff_id, now)
        revoke(writing, person.staff_id, now, but=person.session_id)
        clinic_id = person.clinic.id if person.clinic else None
        email = person.email
        note_action(writing, clinic_id, email, "changed the password", email, now)
    return None


def browser_name(agent: str) -> str:
    """`Firefox on Windows`."""
    browser = next(
        (name for sign, name in BROWSERS if sign in agent), "Another browser"
    )
    machine = next((name for sign, name in MACHINES if sign in agent), "")
    return f"{browser} on {machine}" if machine else browser


def may_ask(
    database: Database, email: str, *, address: str, now: datetime
) -> Refused | None:
    """Counted alike for everybody, whether there is such an account or not."""
    asked = sha256_hex(email.strip().casefold().encode())
    names = {
        f"forgotten of {asked}": ASKED_PER_PERSON,
        f"forgotten from {network_of(address)}": ASKED_PER_ADDRESS,
    }
    with database.writing() as writing:
        fine = counted_in(writing, names, HOUR, now)
    return None if fine else Refused(ASKED_OFTEN)


def link_of(database: Database, email: str, now: datetime) -> Link | None:
    """None for an e-mail without an open account.  For nobody's eyes but hers."""
    with database.reading() as reading:
        if by_email(reading, email) is None:
            return None
    with database.writing() as writing:
        staff = by_email(writing, email)
        if staff is None or staff.closed_at is not None:
            return None
        # Whoever never came gets the time of an invitation again.
        kind = LinkKind.reset if staff.password_hash else LinkKind.invite
        return link_for(writing, staff, kind, staff.email, now)
