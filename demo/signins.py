"""Who signs in to the demo: invented staff with one password, made on the first start
and kept in `demo.txt` of the data folder.  There is none in production."""

import re
import secrets
from pathlib import Path

from sqlmodel import Session, col, select

from clinics.models import Staff
from clinics.signin import new_password
from demo import cast
from demo.rows import OPERATOR
from kernel.db import Database
from kernel.settings import Settings

FILE = "demo.txt"
WORDS = [
    "amber",
    "birch",
    "cedar",
    "clover",
    "copper",
    "coral",
    "dune",
    "ember",
    "fern",
    "garnet",
    "harbor",
    "hazel",
    "indigo",
    "ivory",
    "juniper",
    "larch",
    "linen",
    "maple",
    "meadow",
    "moss",
    "ochre",
    "olive",
    "pebble",
    "pine",
    "quartz",
    "reed",
    "river",
    "saffron",
    "sage",
    "slate",
    "spruce",
    "thistle",
    "tidal",
    "umber",
    "velvet",
    "willow",
]
KEPT = re.compile(r"^Password of all: (\S+)$", re.MULTILINE)


def prepare(database: Database, settings: Settings) -> str:
    """Gives the demo's staff the password, once; the sign-ins as text.

    The file is written anew on every start: the port may be another one.
    """
    file = settings.data_dir / FILE
    password = _kept(file)
    if password is None:
        password = "-".join(secrets.choice(WORDS) for _ in range(4))
        kept = new_password(password, OPERATOR)
        database.retrying(lambda session: _set(session, kept))
    text = _text(settings, password)
    file.touch(mode=0o600)
    file.write_text(text)
    return text


def _kept(file: Path) -> str | None:
    found = KEPT.search(file.read_text()) if file.exists() else None
    return found[1] if found else None


def _set(session: Session, kept: str) -> None:
    emails = [email for email, _ in _people()]
    for staff in session.exec(select(Staff).where(col(Staff.email).in_(emails))):
        staff.password_hash = kept


def _people() -> list[tuple[str, str]]:
    clinics = [
        (f"{name}@{clinic.slug}.example", f"{words} of {clinic.display_name}")
        for clinic in cast.clinics()
        for name, words in (
            ("desk", "front desk"),
            ("admin", "clinic admin"),
            ("auditor", "auditor"),
        )
    ]
    return [*clinics, (OPERATOR, "operator")]


def _text(settings: Settings, password: str) -> str:
    lines = [f"  {email:<32} {words}" for email, words in _people()]
    return "\n".join(
        [
            f"Sign in at http://127.0.0.1:{settings.port}/ as",
            "",
            *lines,
            "",
            f"Password of all: {password}",
            "",
        ]
    )
