"""What becomes of a text that may not leave now: when it is looked at again, and what
its row says until then.  Writes rows; decides nothing.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from gateway.facts import Held, as_json
from gateway.gate import Finding, Obstacle, Verdict, look_again_at
from gateway.models import SendDecision, State
from gateway.outbox import expiry_sentence
from gateway.outcome import change
from gateway.throughput import SLOT, Waits, in_open_hours, sentence

LOOK_AT_LATEST = timedelta(minutes=15)  # it is woken when its turn comes


def put_back(session: Session, held: Held, verdict: Verdict) -> None:
    now = held.facts.now
    if Obstacle.too_late in verdict.obstacles:
        others = [
            finding.sentence
            for finding in verdict.findings
            if finding.obstacle is not Obstacle.too_late
        ]
        change(
            session,
            held.message_id,
            state=State.expired,
            outcome=expiry_sentence(held.held_why or others),
            finished_at=now,
            lease_owner=None,
            lease_until=None,
        )
        return
    change(
        session,
        held.message_id,
        state=State.due,
        lease_owner=None,
        lease_until=None,
        look_again_at=min(
            look_again_at(verdict, held.held_since, now), held.send_until
        ),
        held_why=verdict.sentences,
        held_since=held.held_since or now,
        paced_by=None,
    )


def put_off(session: Session, held: Held, waits: Waits, began_ns: int) -> None:
    """Not its turn, and nothing else is in the way.  It is looked at half the way there,
    should others drop out, and woken when its turn comes.  A short wait is no news."""
    facts, why = held.facts, None
    waits = in_open_hours(waits, held.send_until, facts.zones, facts.window)
    if not waits.silent:
        words = sentence(waits, facts.carrier, facts.clinic_zone, facts.now)
        verdict = Verdict((Finding(Obstacle.carrier_full, words),))
        why = verdict.sentences
        if why != held.held_why:
            record_decision(session, held, verdict, began_ns)
    pause = min(max(SLOT, (waits.until - facts.now) / 2), LOOK_AT_LATEST)
    change(
        session,
        held.message_id,
        state=State.due,
        lease_owner=None,
        lease_until=None,
        look_again_at=min(facts.now + pause, held.send_until),
        held_why=why,
        held_since=(held.held_since or facts.now) if why else None,
        paced_by=waits.cap.key,
    )


def record_decision(
    session: Session, held: Held, verdict: Verdict, began_ns: int
) -> None:
    session.connection().execute(
        sa.insert(SendDecision),
        {
            "clinic_id": held.clinic_id,
            "message_id": held.message_id,
            "at": held.facts.now,
            "began_ns": began_ns,
            "allowed": verdict.allowed,
            "obstacles": [_said(finding) for finding in verdict.findings],
            "facts": as_json(held.facts),
        },
    )


def _said(finding: Finding) -> dict[str, str]:
    said = {"obstacle": finding.obstacle.value, "sentence": finding.sentence}
    return said | ({"carrier": finding.carrier.value} if finding.carrier else {})
