"""Whom a vendor holds as opted out, by a report that the operator brings.

Each number becomes a STOP.  One whose consent may be newer is held, and a person
decides: nothing is overwritten silently, and nothing leaves meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clinics.models import TaskKind
from clinics.tasks import open_task
from consent import record
from consent.models import EventKind, VendorList
from gateway.lists import taking
from gateway.lists.days import Span, day_span
from gateway.lists.reading import Listed, Row, Unusable, read_list
from gateway.lists.standing import Stand, Verdict, on_opt_out, stands
from gateway.lists.taking import Brought, Did, Place
from kernel.clock import local_day
from kernel.db import Database
from kernel.errors import Invalid

METHOD = "vendor report"
HELD = "vendor.stop"
DECIDE_WITHIN = timedelta(hours=24)
NO_DAY = (
    "The list has no column of dates. Say on which day it was made: consent that was "
    "given later must not be overruled by it."
)
FUTURE = "This day is still to come. Write the day on which the list was made."


@dataclass(frozen=True, slots=True)
class Taken:
    """`again`: the same file had been taken before."""

    list_id: int
    did: Did
    listed: Listed
    again: bool


def take(
    database: Database, place: Place, brought: Brought, now: datetime
) -> Taken | Unusable:
    """Raises Invalid where the day of the list is missing."""
    with database.reading() as session:
        ours = taking.our_numbers(session, place.clinic_id)
    listed = read_list(brought.content, place.zone, ours)
    if isinstance(listed, Unusable):
        return listed
    check_day(brought, listed, place.zone, now)
    kept = database.retrying(
        lambda session: taking.keep(
            session, place.clinic_id, brought, listed, now, with_file=True
        )
    )
    again = kept.done_at is not None
    did = apply(database, place, kept, listed, now)
    database.retrying(
        lambda session: taking.finish(session, kept, did, listed.unused, now)
    )
    return Taken(kept.id or 0, did, listed, again)


def check_day(brought: Brought, listed: Listed, zone: ZoneInfo, now: datetime) -> None:
    if brought.made_on is None and not listed.dated:
        raise Invalid(NO_DAY)
    if brought.made_on and brought.made_on > now.astimezone(zone).date():
        raise Invalid(FUTURE)


def apply(
    database: Database, place: Place, kept: VendorList, listed: Listed, now: datetime
) -> Did:
    """What is in order already is not locked."""
    did = Did()
    for rows in taking.parts(sorted(listed.rows.values(), key=lambda row: row.phone)):
        with database.reading() as session:
            before = stands(
                session, place.clinic_id, [row.phone for row in rows], place.zone
            )
        todo = []
        for row in rows:
            verdict = _judge(place, kept, row, before[row.phone])
            if verdict in (Verdict.stop, Verdict.ask):
                todo.append(row)
            else:
                did.counts[verdict] += 1
        if todo:
            work = partial(_settle, place=place, kept=kept, rows=todo, now=now)
            for one in database.retrying(work):
                did.add(*one)
    return did


def _settle(
    session: Session, place: Place, kept: VendorList, rows: list[Row], now: datetime
) -> list[tuple[Row, Verdict, int | None]]:
    """Looks again under the lock: what came in meanwhile counts."""
    locked = taking.locked_stands(session, place, [row.phone for row in rows])
    done: list[tuple[Row, Verdict, int | None]] = []
    for row in rows:
        stand = locked[row.phone]
        verdict, seq = _judge(place, kept, row, stand), None
        facts = {
            "method": METHOD,
            **taking.evidence(kept, row),
        }
        if verdict is Verdict.stop:
            seq = record.opt_out(
                session,
                place.clinic_id,
                row.phone,
                facts,
                now,
                EventKind.vendor_block,
            )
        elif verdict is Verdict.ask:
            seq = _ask(session, place, kept, row, stand, facts, now)
        done.append((row, verdict, seq))
    return done


def _judge(place: Place, kept: VendorList, row: Row, stand: Stand) -> Verdict:
    return on_opt_out(stand, _said(place, kept, row), kept.uploaded_at)


def _said(place: Place, kept: VendorList, row: Row) -> Span | None:
    """A row without a date stood in the list on the day that it was made.  A date that
    is still to come is a mistake, and says nothing."""
    said = row.at
    if said is None and kept.made_on is not None:
        said = day_span(kept.made_on, place.zone)
    return said if said is not None and said.since <= kept.uploaded_at else None


def _ask(
    session: Session,
    place: Place,
    kept: VendorList,
    row: Row,
    stand: Stand,
    facts: dict[str, Any],
    now: datetime,
) -> int | None:
    """Once for each consent: what a person decided is not asked again."""
    newest = stand.newest
    assert newest is not None  # there is consent, or nobody would have to be asked
    said = taking.written(kept, row)
    at = f"{said}, " if said else ""
    agreed = local_day(newest.at.since, place.zone.key)
    opened = open_task(
        session,
        place.clinic_id,
        TaskKind.vendor_stop,
        f"vendor_stop:{newest.seq}",
        f"Twilio says that this number opted out ({at}line {row.line} of "
        f"'{kept.name}'). Our record {newest.seq} says that the patient agreed on "
        f"{agreed}, perhaps later. Ask the patient whether they still want texts; "
        "nothing is sent to them until you decide.",
        now,
        phone=row.phone,
        due_in=DECIDE_WITHIN,
    )
    if not opened:
        return None
    facts = {**facts, "consent_record": newest.seq}
    return record.hold(session, place.clinic_id, row.phone, HELD, facts, now)
