"""A patient's own page: what it shows of one phone, STOP by a button, and the wish to
have data deleted.  The caller commits.

A way out and a way to see: nothing here opts anybody in, and nothing is texted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Task, TaskKind
from clinics.signin import ClinicHere, clinic_here
from clinics.tasks import open_task
from clinics.tries import network_of
from consent import record
from consent.models import PageLink
from consent.receipt import About, receipt_of
from consent.standing import Word, lock_line
from gateway.opt_in_place import place_of
from kernel.clock import rfc3339
from kernel.counters import count, counted
from kernel.hashing import sha256_hex
from kernel.models import Counter

METHOD = "web preference page"
HOUR = timedelta(hours=1)
WRONG_LINKS = 20  # an hour from one address; what is right is never counted
ERASE_WITHIN = timedelta(days=30)
ERASE = (
    "The patient asked on their own page to have their data deleted. Call them, agree on "
    "what goes, and tell them when it is done. Keep the STOP, so that nobody texts them "
    "again, and the proof of consent for as long as the law requires."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """All that the page shows; of the phone itself only the last two digits."""

    clinic: ClinicHere
    number: str | None  # that START and STOP are texted to
    ends_in: str
    about: tuple[About, ...]
    stopped: bool  # a STOP stands and nothing has undone it
    held: bool
    erase_asked_at: datetime | None  # a wish that nobody has settled yet


def clinic_of(session: Session, link: PageLink) -> ClinicHere:
    return clinic_here(session.get_one(Clinic, link.clinic_id))


def number_of(session: Session, clinic: ClinicHere) -> str | None:
    place = place_of(session, clinic)
    return place.number if place else None


def own_page(session: Session, link: PageLink) -> OwnPage:
    clinic = clinic_of(session, link)
    about = receipt_of(session, link.clinic_id, link.phone)
    return OwnPage(
        clinic=clinic,
        number=number_of(session, clinic),
        ends_in=link.phone[-2:],
        about=about,
        stopped=_stopped(about),
        held=about[0].line.held,
        erase_asked_at=_erase_asked_at(session, link),
    )


def stop(
    session: Session,
    link: PageLink,
    *,
    url: str,
    ip: str,
    user_agent: str,
    language: str,
    now: datetime,
) -> int | None:
    """All topics of the clinic, as STOP by text; None: it is stopped already.  What is
    due is refused by the gate from here on; there is no confirmation to text."""
    lock_line(session, link.clinic_id, link.phone)
    about = receipt_of(session, link.clinic_id, link.phone)
    if _stopped(about):
        return None
    facts = {
        "method": METHOD,
        "url": url,
        "ip": ip,
        "user_agent": user_agent,
        "language": language,
        "link": link.id,
    }
    return record.opt_out(session, link.clinic_id, link.phone, facts, now)


def ask_to_erase(session: Session, link: PageLink, now: datetime) -> bool:
    """False when a person has this wish before them already."""
    lock_line(session, link.clinic_id, link.phone)  # of two at once, one opens it
    if _erase_asked_at(session, link) is not None:
        return False
    return open_task(
        session,
        link.clinic_id,
        TaskKind.erase_request,
        f"erase_request:{link.id}:{rfc3339(now)}",
        ERASE,
        now,
        phone=link.phone,
        due_in=ERASE_WITHIN,
    )


def too_many_wrong(session: Session, ip: str, now: datetime) -> bool:
    return counted(session, _wrong_from(ip), HOUR, now) >= WRONG_LINKS


def count_wrong(session: Session, ip: str, now: datetime) -> None:
    if count(session, _wrong_from(ip), HOUR, now) == 1:
        session.connection().execute(  # addresses that never come back
            sa.delete(Counter).where(
                col(Counter.name).startswith("page-link "),
                col(Counter.window_start) < now - 24 * HOUR,
            )
        )


def _wrong_from(ip: str) -> str:
    # Hashed, so that the table of counts names nobody.
    return f"page-link ip {sha256_hex(network_of(ip).encode())}"


def _stopped(about: tuple[About, ...]) -> bool:
    """For every topic, and not held besides: a hold waits for just this word."""
    words = {one.word for one in about}
    return words == {Word.opted_out} and not about[0].line.held


def _erase_asked_at(session: Session, link: PageLink) -> datetime | None:
    asked: datetime | None = session.connection().scalar(
        sa.select(sa.func.max(col(Task.created_at))).where(
            col(Task.clinic_id) == link.clinic_id,
            col(Task.phone) == link.phone,
            col(Task.kind) == TaskKind.erase_request,
            col(Task.done_at).is_(None),
        )
    )
    return asked
