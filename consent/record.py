"""Every way in and out of consent, each one event of the ledger and one change of
the line.  The caller holds the line's lock (`standing.lock_line`) and commits.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from consent.ledger import append
from consent.models import (
    EventKind,
    Grade,
    ImportAttestation,
    Line,
    Standing,
    Topic,
)
from consent.scope import scope_at
from consent.standing import OF_ONE_PHONE, Word, lock_line
from kernel.db import insert_or_ignore
from kernel.errors import Invalid

Detail = Mapping[str, Any]


def opt_in(
    session: Session,
    clinic_id: int,
    phone: str,
    topic: Topic,
    grade: Grade,
    detail: Detail,
    now: datetime,
) -> int:
    """She agreed.  `detail` names the method, the words and the disclosure shown.

    Her own new word also releases a hold: it settles what was in doubt.
    """
    facts = {"topic": topic.value, "grade": grade.value, **detail}
    seq = append(session, clinic_id, phone, EventKind.opt_in, facts, now)
    _grant(session, clinic_id, phone, topic, seq, facts)
    _set_line(session, clinic_id, phone, held_since=None, held_why=None)
    return seq


def request_opt_in(
    session: Session,
    clinic_id: int,
    phone: str,
    topic: Topic,
    detail: Detail,
    now: datetime,
) -> int:
    """Somebody asked for texts to this phone and has not shown that it is theirs: the
    topic is pending, from the first asking that was not answered."""
    facts = {"topic": topic.value, **detail}
    seq = append(session, clinic_id, phone, EventKind.opt_in_requested, facts, now)
    key = {"clinic_id": clinic_id, "phone": phone, "topic": topic}
    connection = session.connection()
    connection.execute(
        insert_or_ignore(session, Standing), {**key, "pending_seq": 0, "granted_seq": 0}
    )
    place = {f"at_{name}": value for name, value in key.items()}
    connection.execute(_asking(), {**place, "pending_seq": seq})
    return seq


def opt_out(
    session: Session,
    clinic_id: int,
    phone: str,
    detail: Detail,
    now: datetime,
    kind: EventKind = EventKind.opt_out,
) -> int:
    """She said stop, or the vendor says that she did: all topics of the clinic."""
    scope = scope_at(now)
    facts = {"scope": scope.covers, "scope_rule": scope.law, **detail}
    seq = append(session, clinic_id, phone, kind, facts, now)
    _set_line(
        session, clinic_id, phone, stopped_seq=seq, held_since=None, held_why=None
    )
    return seq


def hold(
    session: Session,
    clinic_id: int,
    phone: str,
    why: str,
    detail: Detail,
    now: datetime,
) -> int:
    """Nothing goes to this number until a person has decided."""
    facts = {"why": why, **detail}
    seq = append(session, clinic_id, phone, EventKind.held, facts, now)
    _set_line(session, clinic_id, phone, held_since=now, held_why=why)
    return seq


def release_hold(
    session: Session, clinic_id: int, phone: str, by: str, note: str, now: datetime
) -> int:
    """A person read the message and decided that it was no STOP."""
    lock_line(session, clinic_id, phone)
    facts = {"by": by, "note": note}
    seq = append(session, clinic_id, phone, EventKind.hold_released, facts, now)
    _set_line(session, clinic_id, phone, held_since=None, held_why=None)
    return seq


def record_asserted(
    session: Session,
    clinic_id: int,
    phone: str,
    topic: Topic,
    detail: Detail,
    now: datetime,
) -> int | None:
    """The clinic says that she agreed.  None when she already has a standing of her
    own (a STOP above all), which an import never changes.

    Raises Invalid while no clinic admin has signed what the patients were told.
    """
    signed = session.exec(
        select(ImportAttestation)
        .where(col(ImportAttestation.clinic_id) == clinic_id)
        .order_by(col(ImportAttestation.id).desc())
        .limit(1)
    ).first()
    if signed is None:
        raise Invalid(
            "No clinic admin has signed what imported patients were told. "
            "Sign it under Patients > Imports, or with 'flask consent attest', then "
            "import again."
        )
    if lock_line(session, clinic_id, phone, topic).word is not Word.none:
        return None
    facts = {
        "topic": topic.value,
        "grade": Grade.asserted.value,
        "signed_by": signed.signed_by,
        "told": signed.told,
        **detail,
    }
    kind = EventKind.asserted_by_import
    seq = append(session, clinic_id, phone, kind, facts, now)
    _grant(session, clinic_id, phone, topic, seq, facts)
    return seq


def _grant(
    session: Session, clinic_id: int, phone: str, topic: Topic, seq: int, facts: Detail
) -> None:
    key = {"clinic_id": clinic_id, "phone": phone, "topic": topic}
    connection = session.connection()
    connection.execute(
        insert_or_ignore(session, Standing), {**key, "pending_seq": 0, "granted_seq": 0}
    )
    place = {f"at_{name}": value for name, value in key.items()}
    granted = {
        "granted_seq": seq,
        "grade": Grade(facts["grade"]),
        "disclosure_sha256": facts.get("disclosure_sha256"),
    }
    connection.execute(_granting(), {**place, **granted})


def _set_line(session: Session, clinic_id: int, phone: str, **values: Any) -> None:
    place = {"at_clinic_id": clinic_id, "at_phone": phone}
    session.connection().execute(_setting(), {**place, **values})


@cache
def _granting() -> Any:
    return sa.update(Standing).where(
        col(Standing.clinic_id) == sa.bindparam("at_clinic_id"),
        col(Standing.phone) == sa.bindparam("at_phone"),
        col(Standing.topic) == sa.bindparam("at_topic"),
    )


@cache
def _asking() -> Any:
    stopped = sa.select(col(Line.stopped_seq)).where(OF_ONE_PHONE).scalar_subquery()
    pending = col(Standing.pending_seq)
    settled = sa.or_(pending <= col(Standing.granted_seq), pending <= stopped)
    return _granting().where(settled)


@cache
def _setting() -> Any:
    return sa.update(Line).where(
        col(Line.clinic_id) == sa.bindparam("at_clinic_id"),
        col(Line.phone) == sa.bindparam("at_phone"),
    )
