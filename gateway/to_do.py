"""The tasks as pages show them: of one clinic with whom and what they are about, and
of all clinics for the operator, who needs no patient's words.

Reads rows and changes none, in a fixed number of queries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Task, TaskKind
from clinics.tasks import OPERATORS
from gateway.deciding import QUESTIONS, inbound_of
from gateway.inbox import read_as
from gateway.models import InboundMessage
from gateway.whose import Whose, whose

SHOWN = 50
TITLES = {
    TaskKind.unsure_reply: "Was this a stop?",
    TaskKind.reassigned: "Is this number still the patient's?",
    TaskKind.emergency: "Emergency: call now",
    TaskKind.visit_word: "Does CANCEL mean the visit too?",
    TaskKind.visit_change: "Change a visit",
    TaskKind.call_patient: "Call the patient",
    TaskKind.wording: "A wording is missing",
    TaskKind.carrier_word: "Look at a campaign",
    TaskKind.reconfirm: "Confirm a carrier's status",
    TaskKind.inbound_gap: "Incoming texts may be missing",
    TaskKind.vendor_account: "Twilio refuses the account",
    TaskKind.opt_in_burst: "Unusually many web sign-ups",
    TaskKind.erase_request: "Delete a patient's data",
    TaskKind.vendor_stop: "Opted out at Twilio?",
    TaskKind.vendor_mismatch: "Twilio knew of a stop that we did not",
    TaskKind.website_changed: "A website has changed",
    TaskKind.intake_question: "A clinic has not answered",
    TaskKind.ready_unsent: "Ready, and not handed in",
    TaskKind.rejection: "A campaign was turned down",
    TaskKind.brand_changed: "A brand has changed",
    TaskKind.pending_long: "Pending for more than ten business days",
    TaskKind.number_move: "Bring the office number over",
    TaskKind.campaign_signals: "Too many patients say stop",
    TaskKind.daily_cap: "More texts than a carrier takes",
    TaskKind.restored: "A backup was put back",
    TaskKind.list_missing: "The list of visits is missing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    id: int
    kind: TaskKind
    title: str
    sentence: str
    who: Whose | None
    words: str | None  # of the text it is about
    read_as: str
    said_at: datetime | None
    urgent: bool
    since: datetime
    due_at: datetime
    overdue: bool
    done_at: datetime | None
    done_by: str | None
    done_how: str | None

    @property
    def question(self) -> bool:
        """To be decided, not just done."""
        return self.kind in QUESTIONS

    @property
    def moot(self) -> bool:
        """The number is stopped and not held: there is nothing left to decide."""
        return self.who is not None and self.who.stopped and not self.who.held

    @property
    def to_call(self) -> bool:
        return self.kind in (TaskKind.call_patient, TaskKind.emergency)

    @property
    def about_a_visit(self) -> bool:
        return self.kind in (TaskKind.visit_word, TaskKind.visit_change)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTasks:
    ours: tuple[Todo, ...]
    operators: tuple[Todo, ...]  # told to the clinic, done by the operator
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneTasks:
    tasks: tuple[Todo, ...]
    older: int | None


def open_of(session: Session, clinic_id: int, now: datetime) -> OpenTasks:
    """Urgent ones first, then by when they are due."""
    found = _tasks(
        session,
        col(Task.clinic_id) == clinic_id,
        col(Task.done_at).is_(None),
        order=(col(Task.urgent).desc(), col(Task.due_at), col(Task.id)),
    )
    todos = _todos(session, clinic_id, found[:SHOWN], now)
    return OpenTasks(
        ours=tuple(todo for todo in todos if todo.kind not in OPERATORS),
        operators=tuple(todo for todo in todos if todo.kind in OPERATORS),
        more=len(found) > SHOWN,
    )


def about(
    session: Session, clinic_id: int, phone: str, now: datetime
) -> tuple[Todo, ...]:
    """The clinic's open tasks of one phone."""
    found = _tasks(
        session,
        col(Task.clinic_id) == clinic_id,
        col(Task.done_at).is_(None),
        col(Task.kind).not_in(OPERATORS),
        col(Task.phone) == phone,
        order=(col(Task.urgent).desc(), col(Task.due_at), col(Task.id)),
    )
    return _todos(session, clinic_id, found[:SHOWN], now)


def done_of(
    session: Session, clinic_id: int, before: int | None, now: datetime
) -> DoneTasks:
    """The last one done first, on from the task `before`."""
    where = [col(Task.clinic_id) == clinic_id, col(Task.done_at).is_not(None)]
    if before is not None:
        done_at = (
            sa.select(col(Task.done_at))
            .where(col(Task.id) == before, col(Task.clinic_id) == clinic_id)
            .scalar_subquery()
        )
        where.append(col(Task.done_at) <= done_at)  # where the index begins
        where.append(sa.or_(col(Task.done_at) < done_at, col(Task.id) < before))
    order = (col(Task.done_at).desc(), col(Task.id).desc())
    found = _tasks(session, *where, order=order)
    todos = _todos(session, clinic_id, found[:SHOWN], now)
    return DoneTasks(tasks=todos, older=todos[-1].id if len(found) > SHOWN else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClinic:
    """A task that is the operator's, and the clinic that it is about."""

    todo: Todo
    clinic: str
    slug: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many tasks of its own a clinic has open."""

    clinic: str
    slug: str
    time_zone: str
    count: int
    oldest_due: datetime
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AllTasks:
    mine: tuple[OfClinic, ...]
    more: bool
    clinics: tuple[Waiting, ...]


def of_all_clinics(session: Session, now: datetime) -> AllTasks:
    found = session.execute(
        sa.select(Task, Clinic)
        .join(Clinic, col(Clinic.id) == Task.clinic_id)
        .where(col(Task.done_at).is_(None), col(Task.kind).in_(OPERATORS))
        .order_by(col(Task.urgent).desc(), col(Task.due_at), col(Task.id))
        .limit(SHOWN + 1)
    ).all()
    mine = tuple(
        OfClinic(
            todo=_todo(task, {}, {}, now),
            clinic=clinic.display_name,
            slug=clinic.slug,
            time_zone=clinic.time_zone,
        )
        for task, clinic in found[:SHOWN]
    )
    more = len(found) > SHOWN
    return AllTasks(mine=mine, more=more, clinics=_waiting(session, now))


def _waiting(session: Session, now: datetime) -> tuple[Waiting, ...]:
    oldest = sa.func.min(col(Task.due_at)).label("oldest")
    rows = session.connection().execute(
        sa.select(
            col(Clinic.display_name),
            col(Clinic.slug),
            col(Clinic.time_zone),
            sa.func.count().label("open"),
            oldest,
        )
        .join(Clinic, col(Clinic.id) == Task.clinic_id)
        .where(col(Task.done_at).is_(None), col(Task.kind).not_in(OPERATORS))
        .group_by(col(Clinic.id))
        .order_by(oldest, col(Clinic.id))
    )
    return tuple(
        Waiting(
            clinic=row.display_name,
            slug=row.slug,
            time_zone=row.time_zone,
            count=row.open,
            oldest_due=row.oldest,
            overdue=row.oldest < now,
        )
        for row in rows
    )


def _tasks(session: Session, *where: Any, order: tuple[Any, ...]) -> Sequence[Task]:
    query = sa.select(Task).where(*where).order_by(*order).limit(SHOWN + 1)
    return session.scalars(query).all()


def _todos(
    session: Session, clinic_id: int, tasks: Sequence[Task], now: datetime
) -> tuple[Todo, ...]:
    if not tasks:
        return ()
    people = whose(session, clinic_id, {task.phone for task in tasks if task.phone})
    ids = [found for task in tasks if (found := inbound_of(task)) is not None]
    texts = {
        text.id: text
        for text in session.scalars(
            sa.select(InboundMessage).where(
                col(InboundMessage.id).in_(ids),
                # + 0: by id, not along all texts of the clinic.
                col(InboundMessage.clinic_id) + 0 == clinic_id,
            )
        )
    }
    return tuple(_todo(task, people, texts, now) for task in tasks)


def _todo(
    task: Task,
    people: Mapping[str, Whose],
    texts: Mapping[int | None, InboundMessage],
    now: datetime,
) -> Todo:
    text = texts.get(inbound_of(task))
    return Todo(
        id=task.id or 0,
        kind=task.kind,
        title=TITLES[task.kind],
        sentence=task.sentence,
        who=people.get(task.phone or ""),
        words=text.body if text else None,
        read_as=read_as(text.intent, text.rule) if text else "",
        said_at=(text.vendor_at or text.received_at) if text else None,
        urgent=task.urgent,
        since=task.created_at,
        due_at=task.due_at,
        overdue=task.done_at is None and task.due_at < now,
        done_at=task.done_at,
        done_by=task.done_by,
        done_how=task.done_how,
    )
