"""Once a day, for each clinic: does the vendor know of a STOP that we do not?

Three looks: its list of incoming texts over eight days, its refusals because of an
opt-out, and the newest list that the operator brought.  What differs becomes a record
with its evidence and a task; that nothing differs is kept too.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from consent import record
from consent.models import Attachment, Comparison, EventKind, ListKind, VendorList
from gateway.compared import due
from gateway.inbound import OnReply
from gateway.intent import Intent
from gateway.lists import opt_outs, taking
from gateway.lists.days import Span
from gateway.lists.reading import Unusable, read_list
from gateway.lists.standing import Verdict, on_opt_out
from gateway.lists.taking import Place
from gateway.missed import fetch_inbound
from gateway.models import LOST, InboundMessage, Message
from gateway.send_errors import look_up, table
from gateway.twilio import Vendor
from kernel.db import Database
from kernel.logs import log
from registration.numbers import Watched, numbers_to_watch

WINDOW = timedelta(days=8)
STOPS = (Intent.stop.value, Intent.unsure.value)


@dataclass(slots=True)
class Compared:
    """What one comparison looked at and found."""

    listed: int = 0
    missing: int = 0
    blocked: int = 0
    list_rows: int = 0
    list_sha256: str | None = None
    mismatches: int = 0
    failed: str | None = None

    def fields(self) -> dict[str, Any]:
        return asdict(self)


def compare_due(
    database: Database,
    vendor: Vendor,
    on_reply: OnReply,
    now: datetime,
    wall: datetime | None = None,
) -> int:
    """Every clinic whose last comparison is a day old; how many those were."""
    with database.reading() as session:
        places = due(session, now)
    for place in places:
        compare(database, vendor, on_reply, place, now, wall)
    return len(places)


def compare(
    database: Database,
    vendor: Vendor,
    on_reply: OnReply,
    place: Place,
    now: datetime,
    wall: datetime | None = None,
) -> Compared:
    """A list that the vendor does not give is said, and the rest is compared.  `wall`
    is what the clock really shows, as in `reconcile`."""
    since = min(now, wall or now) - WINDOW
    done = Compared()
    with database.reading() as session:
        watched = [
            number
            for number in numbers_to_watch(session)
            if number.clinic_id == place.clinic_id
        ]
    for number in watched:
        try:
            _inbound(database, vendor, number, on_reply, done, since, now)
        except Exception as failure:  # whatever the client raises: not compared
            done.failed = type(failure).__name__
            log().error(
                "comparison failed", number_id=number.number_id, error=done.failed
            )
    _blocked(database, place, done, now)
    _newest_list(database, place, done, now)
    database.retrying(
        lambda session: session.add(
            Comparison(clinic_id=place.clinic_id, at=now, **done.fields())
        )
    )
    return done


def _inbound(
    database: Database,
    vendor: Vendor,
    number: Watched,
    on_reply: OnReply,
    done: Compared,
    since: datetime,
    now: datetime,
) -> None:
    """What is missing is taken as any late text: a STOP stops, in the vendor's order."""
    found = fetch_inbound(database, vendor, number, on_reply, since, now)
    done.listed += len(found.listed)
    done.missing += len(found.missing)
    step = partial(_tell_of_stops, clinic_id=number.clinic_id, now=now)
    for start in range(0, len(found.missing), 500):
        sids = found.missing[start : start + 500]
        done.mismatches += database.retrying(partial(step, sids=sids))


def _tell_of_stops(
    session: Session, clinic_id: int, sids: Sequence[str], now: datetime
) -> int:
    stops = session.scalars(
        sa.select(InboundMessage).where(
            col(InboundMessage.clinic_id) == clinic_id,
            col(InboundMessage.vendor_sid).in_(sids),
            col(InboundMessage.intent).in_(STOPS),
        )
    ).all()
    for text in stops:
        _tell(
            session,
            clinic_id,
            text.phone,
            f"missed:{text.id}",
            f"Twilio lists a text of this number (our text {text.id}) that had never "
            "reached us, and it asks to stop or may ask so. It has been read now. Find "
            "out why neither the webhook nor the list of each five minutes had it.",
            now,
        )
    return len(stops)


def _blocked(database: Database, place: Place, done: Compared, now: datetime) -> None:
    with database.reading() as session:
        refused = _refused_texts(session, place.clinic_id, now - WINDOW)
    done.blocked = len(refused)
    for start in range(0, len(refused), taking.AT_ONCE):
        some = refused[start : start + taking.AT_ONCE]
        step = partial(_settle_blocked, place=place, refused=some, now=now)
        done.mismatches += database.retrying(step)


def _refused_texts(session: Session, clinic_id: int, since: datetime) -> list[Any]:
    """The newest of each phone."""
    codes = [code for code, error in table().items() if error.opt_out]
    rows = session.connection().execute(
        sa.select(
            col(Message.id),
            col(Message.phone),
            col(Message.error_code),
            col(Message.finished_at),
        )
        .where(
            col(Message.clinic_id) == clinic_id,
            col(Message.finished_at) > since,
            sa.text(LOST),
            col(Message.error_code).in_(codes),
        )
        .order_by(col(Message.finished_at), col(Message.id))
    )
    return list({row.phone: row for row in rows}.values())


def _settle_blocked(
    session: Session, place: Place, refused: Sequence[Any], now: datetime
) -> int:
    phones = [row.phone for row in refused]
    locked = taking.locked_stands(session, place, phones)
    found = 0
    for row in refused:
        stand, at = locked[row.phone], row.finished_at
        if on_opt_out(stand, Span(at, at), at) is not Verdict.stop:
            continue
        facts = {
            "method": "comparison with the vendor",
            "code": row.error_code,
            "said": look_up(row.error_code).meaning,
            "message": row.id,
        }
        kind = EventKind.vendor_block
        seq = record.opt_out(session, place.clinic_id, row.phone, facts, now, kind)
        _tell(
            session,
            place.clinic_id,
            row.phone,
            f"blocked:{row.id}",
            f"Twilio had refused message {row.id} because this number opted out (error "
            f"{row.error_code}), and we still held consent. It is stopped now, by our "
            f"record {seq}. Find out why the refusal had not stopped it.",
            now,
        )
        found += 1
    return found


def _newest_list(
    database: Database, place: Place, done: Compared, now: datetime
) -> None:
    """Also what a crash left undone when the list was brought."""
    with database.reading() as session:
        kept = _newest(session, place.clinic_id)
        key = (place.clinic_id, kept.sha256 if kept else "")
        file = session.get(Attachment, key)
        ours = taking.our_numbers(session, place.clinic_id)
    if kept is None or file is None:
        return
    listed = read_list(file.content, place.zone, ours)
    if isinstance(listed, Unusable):
        return
    done.list_rows, done.list_sha256 = len(listed.rows), kept.sha256
    did = opt_outs.apply(database, place, kept, listed, now)
    done.mismatches += did.counts[Verdict.stop] + did.asked
    if did.stopped:
        step = partial(_tell_of_list, place=place, kept=kept, did=did, now=now)
        database.retrying(step)


def _newest(session: Session, clinic_id: int) -> VendorList | None:
    return session.exec(
        select(VendorList)
        .where(
            col(VendorList.clinic_id) == clinic_id,
            col(VendorList.kind) == ListKind.opt_outs,
        )
        .order_by(col(VendorList.id).desc())
        .limit(1)
    ).first()


def _tell_of_list(
    session: Session, place: Place, kept: VendorList, did: taking.Did, now: datetime
) -> None:
    for phone, seq in did.stopped:
        _tell(
            session,
            place.clinic_id,
            phone,
            f"listed:{seq}",
            f"'{kept.name}' names this number as opted out, and we still held consent "
            f"that is older. It is stopped now, by our record {seq}. Find out how that "
            "consent came to count.",
            now,
        )


def _tell(
    session: Session,
    clinic_id: int,
    phone: str,
    key: str,
    sentence: str,
    now: datetime,
) -> None:
    kind = TaskKind.vendor_mismatch
    open_task(session, clinic_id, kind, key, sentence, now, phone=phone)
