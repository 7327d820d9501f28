"""Asking for a review after a visit: the clinic's rule, and what stands in its way.

Off until somebody switches it on.  Reads and writes the rule; `review_plan` queues.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import note_action
from clinics.models import Language
from consent.models import Topic
from gateway import outbox
from gateway.models import Message, MessageKind
from kernel.errors import Invalid
from registration.campaign_guard import refusals
from registration.default_wordings import default_of
from registration.models import Brand, SenderNumber, WordingKind, WordingVersion
from registration.numbers import NoSender
from registration.wordings import newest
from reminders.models import ReviewRule
from reminders.rendering import check
from reminders.review_link import wrong_with
from reminders.senders import sender_about
from reminders.unsent import in_parts

KIND = WordingKind.review_request
ON, OFF, CHANGED = "review requests on", "review requests off", "review requests set"
SOONEST, LATEST = 30, 3 * 24 * 60  # minutes
MOST_OFTEN, SELDOM = 30, 730  # days
SWITCHED_OFF = "The clinic switched requests for a review off."


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that must be right before anybody is asked; `why` says what is not."""

    name: str
    why: tuple[str, ...]

    @property
    def met(self) -> bool:
        return not self.why


def rule_of(session: Session, clinic_id: int) -> ReviewRule:
    """As it is before anybody changed it, where there is no row."""
    return session.get(ReviewRule, clinic_id) or ReviewRule(clinic_id=clinic_id)


def link_of(session: Session, clinic_id: int) -> str:
    return rule_of(session, clinic_id).link


def needs(session: Session, clinic_id: int) -> list[Need]:
    """Everything, the met ones too, in the order in which one mends them."""
    sender = sender_about(session, clinic_id, Topic.reviews)
    link = link_of(session, clinic_id)
    return [
        Need(name="A campaign that covers it", why=_uncovered(session, sender)),
        Need(name="A link to your reviews", why=_link(session, clinic_id, link)),
        Need(name="What the text says", why=_unworded(session, sender)),
    ]


def set_rule(
    session: Session,
    clinic_id: int,
    *,
    link: str,
    delay_minutes: int,
    every_days: int,
    by: str,
    now: datetime,
) -> ReviewRule:
    """Raises Invalid.  Texts that wait keep the link that they were written with."""
    link = link.strip()
    wrong = wrong_with(link, websites(session, clinic_id))
    if wrong:
        raise Invalid(wrong)
    if not SOONEST <= delay_minutes <= LATEST:
        raise Invalid("Ask between half an hour and three days after a visit.")
    if not MOST_OFTEN <= every_days <= SELDOM:
        raise Invalid(f"Ask a patient at most every {MOST_OFTEN} to {SELDOM} days.")
    rule = _locked(session, clinic_id)
    rule.link, rule.delay_minutes = link, delay_minutes
    rule.every_days = every_days
    session.add(rule)
    subject = f"{delay_minutes} minutes after, every {every_days} days"
    note_action(session, clinic_id, by, CHANGED, subject, now)
    return rule


def switch_on(session: Session, clinic_id: int, by: str, now: datetime) -> ReviewRule:
    """From the visits that begin from now on.  Raises Invalid with every reason."""
    missing = [why for need in needs(session, clinic_id) for why in need.why]
    if missing:
        raise Invalid(f"Requests for a review stay off. {' '.join(missing)}")
    rule = _locked(session, clinic_id)
    if not rule.enabled:
        rule.enabled, rule.since = True, now
        rule.changed_by, rule.changed_at = by, now
        session.add(rule)
        note_action(session, clinic_id, by, ON, "", now)
    return rule


def switch_off(session: Session, clinic_id: int, by: str, now: datetime) -> int:
    """How many requests were taken back."""
    rule = _locked(session, clinic_id)
    if not rule.enabled:
        return 0
    rule.enabled = False
    rule.changed_by, rule.changed_at = by, now
    session.add(rule)
    note_action(session, clinic_id, by, OFF, "", now)
    waiting = session.exec(
        select(Message.id).where(
            col(Message.clinic_id) == clinic_id,
            col(Message.kind) == MessageKind.review_request,
            col(Message.state).in_(outbox.NOT_LEFT),
        )
    ).all()
    ids = [one for one in waiting if one is not None]
    return sum(
        outbox.withdraw(session, part, SWITCHED_OFF, now) for part in in_parts(ids)
    )


def websites(session: Session, clinic_id: int) -> Sequence[str]:
    """The clinic's own, as its brands are registered with them."""
    return session.exec(
        select(Brand.website).where(col(Brand.clinic_id) == clinic_id)
    ).all()


def _uncovered(session: Session, sender: SenderNumber | NoSender) -> tuple[str, ...]:
    """Asked of the wording in use, else of the one that it would begin with."""
    if isinstance(sender, NoSender):
        return (sender.why,)
    used = _used(session, sender)
    text = used.text if used else default_of(KIND, Language.en).text
    given = (sender.clinic_id, sender.campaign_id, KIND, Language.en.value, text)
    return refusals(session, *given)


def _link(session: Session, clinic_id: int, link: str) -> tuple[str, ...]:
    wrong = wrong_with(link, websites(session, clinic_id))
    return (wrong,) if wrong else ()


def _unworded(session: Session, sender: SenderNumber | NoSender) -> tuple[str, ...]:
    used = None if isinstance(sender, NoSender) else _used(session, sender)
    if used is None:
        return ("Nothing is worded yet. Write the text, at least in English.",)
    return tuple(check(used.text, Language(used.language), KIND))


def _used(session: Session, sender: SenderNumber) -> WordingVersion | None:
    given = (sender.clinic_id, sender.campaign_id or 0, KIND, Language.en.value)
    found = newest(session, *given)
    return found if isinstance(found, WordingVersion) else None


def _locked(session: Session, clinic_id: int) -> ReviewRule:
    """Waits for a planner that holds it, so that we see what it queued."""
    found = session.get(
        ReviewRule, clinic_id, populate_existing=True, with_for_update=True
    )
    return found or ReviewRule(clinic_id=clinic_id)


def rule_in_force(session: Session, clinic_id: int) -> ReviewRule | None:
    """While it is on, locked: one planner at a time, so that nobody is asked twice, and
    switching off waits for its commit and then takes back what it queued."""
    return session.scalar(
        sa.select(ReviewRule)
        .where(col(ReviewRule.clinic_id) == clinic_id, col(ReviewRule.enabled))
        .with_for_update()
    )
