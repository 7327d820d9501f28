"""What a clinic must give before anything is submitted: seven items (R9-R15), each
missing, given or confirmed by whom, and the questions that are still open.

What is given stands in the draft; a mark says that somebody gave or confirmed exactly
this value, so a change of the value takes its marks away.  The caller commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from kernel.business_days import after, day_zero
from kernel.db import insert_or_ignore
from kernel.errors import Conflict, Invalid, NotFound
from kernel.hashing import canonical, sha256_hex
from registration.desk_models import Clarification, IntakeMark, Item
from registration.drafts import content_of
from registration.intake_items import (
    LABELS,
    lacks_of,
    name_differs,
    remarks_of,
    values_of,
)
from registration.models import SubmissionDraft
from registration.submission import Submission

ANSWER_WITHIN = 2  # business days, unless another day is named
LONGEST = 1_000  # characters of a question or an answer


class State(StrEnum):
    missing = "missing"
    given = "given"
    confirmed = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of the checklist."""

    item: Item
    label: str
    values: tuple[str, ...]
    state: State
    lacks: tuple[str, ...]  # sentences: what is missing
    remarks: tuple[str, ...]  # sentences: what is doubtful
    by: str | None = None  # who confirmed it, else who gave it
    at: datetime | None = None
    shown: str = ""
    value_sha256: str = ""  # of exactly these values


def checklist(session: Session, draft: SubmissionDraft) -> tuple[Line, ...]:
    marks = session.exec(
        select(IntakeMark)
        .where(col(IntakeMark.draft_id) == draft.id)
        .order_by(col(IntakeMark.id))
    ).all()
    return lines_of(draft, marks)


def lines_of(draft: SubmissionDraft, marks: Sequence[IntakeMark]) -> tuple[Line, ...]:
    """`marks` are the draft's own, the oldest first."""
    submission = content_of(draft)
    return tuple(_line(item, submission, marks) for item in Item)


def note_given(
    session: Session, draft: SubmissionDraft, by: str, now: datetime
) -> None:
    """Whoever saved the draft gave what is in it, where nobody had before."""
    for line in checklist(session, draft):
        if line.state is State.given and line.at is None:
            _mark(session, draft, line, False, "", by, now)


def confirm(
    session: Session,
    draft: SubmissionDraft,
    item: Item,
    by: str,
    now: datetime,
    shown: str = "",
    value_sha256: str = "",
) -> None:
    """`value_sha256` is of the values that were seen, where a page knows it; Conflict
    when they are others now.  `shown` is what it was compared with: for the legal name the name as it stands
    on the tax document.  Raises Invalid where nothing is there to confirm, and for a
    name that differs."""
    line = next(one for one in checklist(session, draft) if one.item is item)
    if value_sha256 and value_sha256 != line.value_sha256:
        raise Conflict(
            f"{line.label}: somebody changed it while this page was open. Look at it "
            "again, then confirm."
        )
    if line.state is State.missing:
        raise Invalid(f"{line.label}: {' '.join(line.lacks)}")
    if item is Item.legal_name:
        differs = name_differs(line.values[0], shown)
        if differs:
            raise Invalid(differs)
    _mark(session, draft, line, True, shown.strip(), by, now)


def ask(
    session: Session,
    draft: SubmissionDraft,
    item: Item | None,
    question: str,
    by: str,
    now: datetime,
    due_on: date | None = None,
) -> Clarification:
    """Due after two business days unless another day is named.  Raises Invalid."""
    question = _text(question, "Write what the clinic is to answer.")
    today = day_zero(now)
    due_on = due_on or after(today, ANSWER_WITHIN)
    if due_on < today:
        raise Invalid("The day by which it must be answered is over already.")
    asked = Clarification(
        clinic_id=draft.clinic_id,
        draft_id=draft.id or 0,
        item=item,
        question=question,
        asked_at=now,
        asked_by=by,
        due_on=due_on,
    )
    session.add(asked)
    session.flush()
    return asked


def answer(
    session: Session,
    draft: SubmissionDraft,
    question_id: int,
    text: str,
    by: str,
    now: datetime,
) -> None:
    """Raises NotFound for another draft's question, Invalid for no or a second answer."""
    asked = session.get(Clarification, question_id)
    if asked is None or asked.draft_id != draft.id:
        raise NotFound("There is no such question.")
    if asked.answered_at is not None:
        raise Invalid("This question was answered already.")
    asked.answer = _text(text, "Write the answer.")
    asked.answered_at, asked.answered_by = now, by
    session.add(asked)
    session.flush()


def questions(session: Session, draft: SubmissionDraft) -> Sequence[Clarification]:
    """The open ones first, the oldest first."""
    return session.exec(
        select(Clarification)
        .where(col(Clarification.draft_id) == draft.id)
        .order_by(
            col(Clarification.answered_at).is_not(None),
            col(Clarification.due_on),
            col(Clarification.id),
        )
    ).all()


def _text(given: str, wrong: str) -> str:
    text = given.replace("\0", "").strip()
    if not text:
        raise Invalid(wrong)
    if len(text) > LONGEST:
        raise Invalid(f"At most {LONGEST:,} characters.")
    return text


def _mark(
    session: Session,
    draft: SubmissionDraft,
    line: Line,
    confirmed: bool,
    shown: str,
    by: str,
    now: datetime,
) -> None:
    session.connection().execute(
        insert_or_ignore(session, IntakeMark, "id"),
        {
            "clinic_id": draft.clinic_id,
            "draft_id": draft.id,
            "item": line.item,
            "value_sha256": _hash(line.values),
            "confirmed": confirmed,
            "shown": shown,
            "by": by,
            "at": now,
        },
    )


def _line(item: Item, submission: Submission, marks: Sequence[IntakeMark]) -> Line:
    values = values_of(item, submission)
    lacks = tuple(lacks_of(item, submission))
    same = [
        one for one in marks if one.item is item and one.value_sha256 == _hash(values)
    ]
    given = next((one for one in same if not one.confirmed), None)
    sure = next((one for one in same if one.confirmed), None)
    state = State.missing if lacks else State.confirmed if sure else State.given
    mark = (sure or given) if state is not State.missing else None
    return Line(
        item=item,
        label=LABELS[item],
        values=values,
        state=state,
        lacks=lacks,
        remarks=tuple(remarks_of(item, submission)),
        by=mark.by if mark else None,
        at=mark.at if mark else None,
        shown=sure.shown if sure and state is State.confirmed else "",
        value_sha256=_hash(values),
    )


def _hash(values: Sequence[str]) -> str:
    return sha256_hex(canonical(list(values)))
