"""What C, X and R mean for the visit.  The visit itself is never cancelled by
machine: the desk decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Language
from gateway.conversations import read_with_its_task
from gateway.inbound import VisitAnswer
from gateway.intent import Intent
from gateway.models import MessageKind
from gateway.replies import language_of, wording_of
from registration.wordings import NoWording
from reminders import answer_words
from reminders.answer_words import LINES, SAID
from reminders.answered import BY_TEXT, Answer, note, settle_earlier
from reminders.models import VisitQuestion, VisitReply
from reminders.open_visits import (
    OpenVisit,
    Text,
    as_open,
    last_question,
    open_visits,
    text_of,
)
from reminders.unsent import DECLINED
from reminders.which_visit import REPLIES, AskWhich, Means, Unclear, decide

CHOICES = "{choices}"
MEANS = {reply: intent for intent, reply in REPLIES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """One text, what it may be about, and where it came from."""

    session: Session
    clinic_id: int
    phone: str
    text: Text
    visits: Mapping[int, OpenVisit]
    now: datetime

    def of(self, ids: Sequence[int]) -> list[OpenVisit]:
        return [self.visits[one] for one in ids]


def on_reply(
    session: Session,
    clinic_id: int,
    phone: str,
    intent: Intent,
    inbound_id: int,
    now: datetime,
) -> VisitAnswer | None:
    """Runs inside the inbound transaction.  None when no visit was asked about."""
    text = text_of(session, clinic_id, inbound_id, now)
    visits = open_visits(session, clinic_id, phone, text, now)
    row = last_question(session, clinic_id, phone)
    reply = REPLIES.get(intent) or (row.reply if row else None)
    if reply is VisitReply.confirmed:
        visits = _not_updated(visits)
    if not visits:
        return None
    heard = _Heard(
        session=session,
        clinic_id=clinic_id,
        phone=phone,
        text=text,
        visits=visits,
        now=now,
    )
    asked = [visit.asked for visit in visits.values()]
    newest = max((one.asked_at for one in asked if one.asked_at), default=None)
    before = row is not None and (newest is None or row.asked_at >= newest)
    # What she wrote before the question, and came late, is no answer to it.
    open_then = row if row and row.asked_at <= text.written_at else None
    question = as_open(open_then, now)
    decision = decide(text.body, intent, asked, question, before)
    if decision is None:
        return None
    if question is not None and row is not None:
        _close(heard, row)
    return _decided(heard, decision)


def _not_updated(visits: Mapping[int, OpenVisit]) -> Mapping[int, OpenVisit]:
    """An "OK" after "we are closed" confirms no visit: a person looks."""
    return {key: visit for key, visit in visits.items() if not visit.updated}


def _decided(heard: _Heard, decision: Means | AskWhich | Unclear) -> VisitAnswer:
    if isinstance(decision, Means):
        return _noted(heard, decision)
    if isinstance(decision, AskWhich):
        return _ask(heard, decision)
    return _unclear(heard, decision.visit_ids, decision.reply)


def _noted(heard: _Heard, meant: Means) -> VisitAnswer:
    """Applied to what she was asked about; of what changed since then she knows nothing,
    and a text that is found late undoes no newer one."""
    reply, at = meant.reply, heard.text.written_at
    visits = [
        visit
        for visit in heard.of(meant.visit_ids)
        if visit.asked.replied_at is None or visit.asked.replied_at <= at
    ]
    read = (MEANS[reply], "visit.choice") if meant.rule == "choice" else None
    if not visits:
        return VisitAnswer(None, None, read=read)
    fresh = [visit for visit in visits if not visit.asked.outdated]
    noted = note(
        heard.session,
        heard.clinic_id,
        [(visit.asked.id, visit.version) for visit in fresh],
        Answer(reply=reply, at=at, inbound_id=heard.text.id),
        heard.now,
    )
    stale = [visit for visit in visits if visit.asked.id not in noted]
    known = [visit for visit in visits if visit.asked.id in noted]
    done = _said_back(heard, known, reply) if known else _to_desk()
    if stale:
        told = answer_words.to_the_old_one(stale, reply)
        done = replace(done, task=f"{done.task} {told}" if done.task else told)
    return replace(done, read=read)


def _said_back(
    heard: _Heard, visits: Sequence[OpenVisit], reply: VisitReply
) -> VisitAnswer:
    changed = any(visit.reply not in (None, reply) for visit in visits)
    language = Language(language_of(heard.session, heard.clinic_id, heard.phone))
    lines = (*((MessageKind.answer_changed,) if changed else ()), *LINES[reply])
    return VisitAnswer(
        lines[0],
        _task(heard, visits, reply),
        instead=lines[1:],
        holes={
            "visits": answer_words.visits_words(visits, language),
            "answer": SAID[language][reply],
        },
    )


def _task(heard: _Heard, visits: Sequence[OpenVisit], reply: VisitReply) -> str | None:
    """What the desk must do; what it was asked before about these visits is settled."""
    before = [visit for visit in visits if visit.reply in DECLINED]
    ids = [visit.asked.id for visit in before]
    again = [visit for visit in before if visit.reply is reply]
    if reply in DECLINED and len(again) == len(visits):
        return None  # the desk has this very task already
    done = settle_earlier(heard.session, heard.clinic_id, ids, heard.now) if ids else ()
    if reply in DECLINED:
        return f"{answer_words.to_the_desk(visits, reply)} {answer_words.CALL}"
    if done:
        return answer_words.after_all(before, done[-1].done_by or "somebody")
    return None


def _ask(heard: _Heard, ask: AskWhich) -> VisitAnswer:
    """One question, where the campaign has words for it; else the desk calls."""
    language = language_of(heard.session, heard.clinic_id, heard.phone)
    wording = wording_of(
        heard.session, heard.text.number_id, MessageKind.which_visit, language
    )
    visits = heard.of(ask.visit_ids)
    if isinstance(wording, NoWording) or CHOICES not in wording.text:
        return _unclear(heard, ask.visit_ids, ask.reply)
    heard.session.add(
        VisitQuestion(
            clinic_id=heard.clinic_id,
            phone=heard.phone,
            reply=ask.reply,
            appointment_ids=list(ask.visit_ids),
            inbound_id=heard.text.id,
            asked_at=heard.now,
        )
    )
    offered = answer_words.choices(visits, ask.reply, Language(wording.language))
    return VisitAnswer(
        MessageKind.which_visit,
        None,
        holes={"choices": offered},
        expects="which",
        waits=True,  # in the inbox, until she has said it
        unsaid=answer_words.which_one(visits, ask.reply),
    )


def _unclear(heard: _Heard, visit_ids: Sequence[int], reply: VisitReply) -> VisitAnswer:
    told = answer_words.which_one(heard.of(visit_ids), reply)
    return replace(_to_desk(), task=told)


def _to_desk() -> VisitAnswer:
    return VisitAnswer(MessageKind.visit_to_desk, None)


def _close(heard: _Heard, row: VisitQuestion) -> None:
    """Digits mean nothing from now on, and the text that it was about has been read."""
    heard.session.connection().execute(
        sa.update(VisitQuestion)
        .where(col(VisitQuestion.id) == row.id)
        .values(closed_at=heard.now)
    )
    asked_with = text_of(heard.session, heard.clinic_id, row.inbound_id, row.asked_at)
    read_with_its_task(
        heard.session,
        heard.clinic_id,
        heard.phone,
        (row.inbound_id, asked_with.written_at),
        BY_TEXT,
        heard.now,
    )
