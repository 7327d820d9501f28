"""Numbers that were given up, by a list of a vendor or a carrier: consent given until
that day was another person's and is void, at every clinic of this operator.

Consent given after it stands.  A number without consent is left as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, TaskKind
from clinics.tasks import open_task
from consent import record
from consent.models import Line, Standing, VendorList
from consent.standing import OF_ONE_PHONE
from gateway.lists import taking
from gateway.lists.days import Span, day_span
from gateway.lists.opt_outs import check_day
from gateway.lists.reading import Listed, Row, Unusable, read_list
from gateway.lists.standing import Stand, Verdict, on_deactivation
from gateway.lists.taking import Brought, Did, Place
from kernel.db import Database

METHOD = "number deactivated"
HELD = "deactivated"
PHONES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class TakenAt:
    clinic: str  # slug
    list_id: int
    did: Did


@dataclass(frozen=True, slots=True)
class TakenEverywhere:
    clinics: tuple[TakenAt, ...]
    listed: Listed

    def count(self, verdict: Verdict) -> int:
        return sum(one.did.counts[verdict] for one in self.clinics)


def take(
    database: Database, brought: Brought, now: datetime
) -> TakenEverywhere | Unusable:
    """At every clinic.  Raises Invalid where the day of the list is missing."""
    with database.reading() as session:
        clinics = session.connection().execute(
            sa.select(col(Clinic.id), col(Clinic.slug), col(Clinic.time_zone)).order_by(
                col(Clinic.id)
            )
        )
        places = [(row.slug, Place(row.id, ZoneInfo(row.time_zone))) for row in clinics]
    read: dict[ZoneInfo, Listed] = {}
    for zone in {place.zone for _, place in places}:
        # A day without an hour is a day where the clinic is.
        listed = read_list(brought.content, zone, every_row=True)
        if isinstance(listed, Unusable):
            return listed
        check_day(brought, listed, zone, now)
        read[zone] = listed
    taken = [
        _take_at(database, slug, place, brought, read[place.zone], now)
        for slug, place in places
    ]
    return TakenEverywhere(tuple(taken), next(iter(read.values()), Listed()))


def _take_at(
    database: Database,
    slug: str,
    place: Place,
    brought: Brought,
    listed: Listed,
    now: datetime,
) -> TakenAt:
    """No clinic keeps the file: it is of no clinic, and each record has its line."""
    kept = database.retrying(
        lambda session: taking.keep(
            session, place.clinic_id, brought, listed, now, with_file=False
        )
    )
    did = Did()
    with database.reading() as session:
        agreed = [
            listed.rows[phone]
            for phone in _agreed(session, place.clinic_id)
            if phone in listed.rows
        ]
    for rows in taking.parts(agreed):
        work = partial(_settle, place=place, kept=kept, rows=rows, now=now)
        for one in database.retrying(work):
            did.add(*one)
    unused = len(listed.rows) - len(agreed)
    database.retrying(lambda session: taking.finish(session, kept, did, unused, now))
    return TakenAt(slug, kept.id or 0, did)


def _agreed(session: Session, clinic_id: int) -> Iterator[str]:
    """Every phone with consent: fewer than the numbers of a national list."""
    last = ""
    while True:
        phones = list(
            session.connection().scalars(
                sa.select(col(Line.phone))
                .join(Standing, OF_ONE_PHONE)
                .where(
                    col(Line.clinic_id) == clinic_id,
                    col(Line.phone) > last,
                    col(Standing.granted_seq) > col(Line.stopped_seq),
                )
                .distinct()
                .order_by(col(Line.phone))
                .limit(PHONES_AT_ONCE)
            )
        )
        if not phones:
            return
        yield from phones
        last = phones[-1]


def _settle(
    session: Session, place: Place, kept: VendorList, rows: Sequence[Row], now: datetime
) -> list[tuple[Row, Verdict, int | None]]:
    locked = taking.locked_stands(session, place, [row.phone for row in rows])
    done: list[tuple[Row, Verdict, int | None]] = []
    for row in rows:
        stand, gone = locked[row.phone], _gone(place, kept, row)
        verdict, seq = on_deactivation(stand, gone), None
        facts = {"method": METHOD, **taking.evidence(kept, row)}
        if verdict is Verdict.stop:
            seq = record.opt_out(session, place.clinic_id, row.phone, facts, now)
        elif verdict is Verdict.ask and _ask(session, place, kept, row, stand, now):
            seq = record.hold(session, place.clinic_id, row.phone, HELD, facts, now)
        done.append((row, verdict, seq))
    return done


def _gone(place: Place, kept: VendorList, row: Row) -> Span:
    """Without any date that can be read, given up on the day it was brought."""
    day = kept.made_on or kept.uploaded_at.astimezone(place.zone).date()
    return row.at or day_span(day, place.zone)


def _ask(
    session: Session,
    place: Place,
    kept: VendorList,
    row: Row,
    stand: Stand,
    now: datetime,
) -> bool:
    newest = stand.newest
    assert newest is not None  # there is consent, or nobody would have to be asked
    when = taking.written(kept, row) or "an unknown day"
    return open_task(
        session,
        place.clinic_id,
        TaskKind.reassigned,
        f"deactivated:{newest.seq}",
        f"This number was given up ({when}), so somebody else may have it now. Part of "
        "what we hold for it is older, part newer. Check with the patient; nothing is "
        "sent to it until then.",
        now,
        phone=row.phone,
    )
