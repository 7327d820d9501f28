"""The swap: from one commit on, what a clinic begins leaves from its office number.

Consent stands for each clinic and phone, so nothing of it moves (R36).  What answers a
patient's text still leaves from the number that was texted.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from gateway import outbox
from kernel.phone import shown
from registration import moves
from registration.moves import NotYet
from registration.number_models import NumberMove
from registration.numbers import number_of
from registration.workflow import lock_campaign
from reminders.models import ReminderPolicy
from reminders.policy import sender_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Swapped:
    move: NumberMove
    before: str | None  # E.164; None: the clinic texted from nowhere
    after: str
    moved: int  # texts that were waiting to leave from the number before


def swap(
    session: Session,
    clinic_id: int,
    move_id: int,
    keep_until: date | None,
    by: str,
    now: datetime,
) -> Swapped | NotYet:
    """All of it or nothing.  Raises NotFound, and Invalid for a day that is over."""
    # First the policy, as a planner does: what it queues meanwhile is seen below.
    policy = session.get(
        ReminderPolicy, clinic_id, populate_existing=True, with_for_update=True
    )
    sender = sender_of(session, clinic_id)
    serves = getattr(sender, "campaign_id", None)
    if serves is not None:  # no text is between its verdict and its sending meanwhile
        lock_campaign(session, serves, shared=False)
    before_id, before = getattr(sender, "id", None), getattr(sender, "phone", None)
    done = moves.host(session, clinic_id, move_id, before_id, keep_until, by, now)
    if isinstance(done, NotYet):
        return done
    after = number_of(session, clinic_id, done.number_id or 0)
    if before_id is None or before_id == after.id:
        return Swapped(move=done, before=None, after=after.phone, moved=0)
    if policy is not None:
        policy.number_id = after.id or 0
        session.flush()
    moved = outbox.leave_from(session, clinic_id, before_id, after.id or 0)
    return Swapped(move=done, before=before, after=after.phone, moved=moved)


def swapped_sentence(done: Swapped) -> str:
    if done.before is None:
        return f"Texts leave from {shown(done.after)} from now on."
    waited = (
        f" {done.moved} waiting text{'s leave' if done.moved != 1 else ' leaves'} from it."
        if done.moved
        else ""
    )
    return (
        f"Texts leave from {shown(done.after)} from now on.{waited} "
        f"{shown(done.before)} still receives and answers: a STOP there holds."
    )
