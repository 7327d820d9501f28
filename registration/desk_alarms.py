"""What must not lie about at the registration desk: a question without an answer, a
submission that is ready and that nobody hands in (R28, R42).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from kernel.business_days import between, day_of_zone, day_zero
from kernel.db import Database
from registration.brands import brand_of
from registration.desk_models import Clarification, SubmissionVersion
from registration.desk_rows import rows_of
from registration.drafts import content_of, last_run
from registration.fees import setup_paid
from registration.intake import checklist
from registration.models import SubmissionDraft
from registration.submitting import obstacles


def watch_desk(database: Database, now: datetime) -> int:
    """Looks without holding anybody up, then opens the tasks; how many are due."""
    with database.reading() as reading:
        alarms = [
            *_unanswered(reading, now),
            *_unsent(reading, now),
            *_prepared(reading, now),
        ]
    if alarms:
        database.retrying(lambda writing: _open(writing, alarms, now))
    return len(alarms)


def ready_since(session: Session, draft: SubmissionDraft) -> datetime | None:
    """Since when nothing has stood in the way of the first submission, or None."""
    if _handed_in(session, draft) or obstacles(session, draft):
        return None
    paid, run = setup_paid(session, draft.clinic_id), last_run(session, draft)
    brand = brand_of(session, draft.clinic_id, content_of(draft).brand.ein)
    moments = [line.at for line in checklist(session, draft)]
    moments += [paid.recorded_at if paid else None, run.at if run else None]
    moments += [brand.identity_since if brand else None]
    return max((one for one in moments if one is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alarm:
    clinic_id: int
    kind: TaskKind
    key: str
    sentence: str
    urgent: bool = False


def _open(session: Session, alarms: Iterable[_Alarm], now: datetime) -> None:
    for one in alarms:
        open_task(
            session,
            one.clinic_id,
            one.kind,
            one.key,
            one.sentence,
            now,
            urgent=one.urgent,
        )


def _unanswered(session: Session, now: datetime) -> Iterator[_Alarm]:
    """A day after the day by which the clinic should have answered."""
    today = day_of_zone(now)
    late = session.exec(
        select(Clarification, SubmissionDraft)
        .join(SubmissionDraft, col(SubmissionDraft.id) == col(Clarification.draft_id))
        .where(col(Clarification.answered_at).is_(None))
        .where(col(Clarification.due_on) < today)
    ).all()
    for asked, draft in late:
        yield _Alarm(
            clinic_id=asked.clinic_id,
            kind=TaskKind.intake_question,
            key=f"question:{asked.id}",
            sentence=f"The clinic has not answered since {asked.asked_at:%b %-d}: "
            f"“{asked.question}” (draft '{draft.ref}'). Call them: the registration "
            "waits for it.",
        )


def _unsent(session: Session, now: datetime) -> Iterator[_Alarm]:
    """Only what looks ready by its rows is checked, which takes its time."""
    drafts = session.exec(
        select(SubmissionDraft).where(
            ~sa.exists().where(
                col(SubmissionVersion.draft_id) == col(SubmissionDraft.id)
            )
        )
    ).all()
    for rows in rows_of(session, drafts):
        draft = rows.draft
        if not rows.looks_ready:
            continue
        since = ready_since(session, draft)
        if since is None or between(day_zero(since), day_of_zone(now)) <= 1:
            continue
        yield _Alarm(
            clinic_id=draft.clinic_id,
            kind=TaskKind.ready_unsent,
            key=f"unsent:{draft.id}:{draft.content_sha256[:16]}",
            sentence=f"Draft '{draft.ref}' is ready for more than a business day. "
            "Submit it: each day counts for the clinic.",
            urgent=True,
        )


def _prepared(session: Session, now: datetime) -> Iterator[_Alarm]:
    """Written down, and nobody has it."""
    found = session.exec(
        select(SubmissionVersion, SubmissionDraft)
        .join(
            SubmissionDraft, col(SubmissionDraft.id) == col(SubmissionVersion.draft_id)
        )
        .where(col(SubmissionVersion.handed_in_at).is_(None))
    ).all()
    for version, draft in found:
        newest = select(SubmissionVersion.id).where(
            col(SubmissionVersion.campaign_id) == version.campaign_id,
            col(SubmissionVersion.version) > version.version,
        )
        waited = between(day_zero(version.prepared_at), day_of_zone(now))
        if waited <= 1 or session.exec(newest).first() is not None:
            continue
        yield _Alarm(
            clinic_id=version.clinic_id,
            kind=TaskKind.ready_unsent,
            key=f"prepared:{version.id}",
            sentence=f"Version {version.version} of '{draft.ref}' is written down, and "
            f"no provider has it yet. {version.trouble or 'Hand it in.'}",
            urgent=True,
        )


def _handed_in(session: Session, draft: SubmissionDraft) -> bool:
    made = select(SubmissionVersion.id).where(
        col(SubmissionVersion.draft_id) == draft.id
    )
    return session.exec(made).first() is not None
