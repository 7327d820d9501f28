"""Where the operator chose so, a clinic's reminders pause while a change of its website
is not settled (N6): what it is registered with no longer stands there.

The pause is the clinic's own kind, so every page and the gate know it already.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Task, TaskKind
from gateway.models import SendingRule
from gateway.restraint import go_on, pause, rule_of

BY = "Heed: the website has changed"
FOR = timedelta(hours=24)  # renewed while the task is open


def choose(session: Session, clinic_id: int, pauses: bool, now: datetime) -> None:
    """Takes effect with the next look; ends a pause of ours at once."""
    rule = rule_of(session, clinic_id)
    rule.pause_on_website = pauses
    session.add(rule)
    session.flush()
    if not pauses and rule.paused_by == BY:
        go_on(session, clinic_id, now)


def hold_while_changed(session: Session, now: datetime) -> int:
    """Pauses, renews and ends pauses; how many clinics are paused."""
    open_task = sa.exists().where(
        col(Task.clinic_id) == col(SendingRule.clinic_id),
        col(Task.kind) == TaskKind.website_changed,
        col(Task.done_at).is_(None),
    )
    rules = session.exec(
        select(SendingRule, open_task).where(
            col(SendingRule.pause_on_website).is_(True)
        )
    ).all()
    paused = 0
    for rule, changed in rules:
        ours = rule.paused_by == BY
        theirs = rule.paused_until is not None and rule.paused_until > now and not ours
        if changed and not theirs:
            pause(session, rule.clinic_id, now + FOR, BY, now)
            paused += 1
        elif ours and not changed:
            go_on(session, rule.clinic_id, now)
    return paused
