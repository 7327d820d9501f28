"""What a clinic wants said and when: its ladder, its hours, on or off.

Off takes back what has not left; on plans it again, without what she was told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import note_action
from clinics.models import Language, StaffAction, TaskKind
from clinics.tasks import open_task
from gateway import outbox
from gateway.models import Message, MessageKind
from gateway.quiet_hours import MONDAY, SUNDAY, Window, shipped_hours
from kernel.errors import Invalid, NotFound
from registration.models import SenderNumber, WordingKind
from registration.numbers import NoSender, sender_for
from registration.wordings import NoWording, newest
from reminders.compose import Wording
from reminders.models import ReminderPolicy
from reminders.plan import Policy
from reminders.rendering import check
from reminders.unsent import in_parts, plan_all_again

LADDER = (3 * 24 * 60, 24 * 60)  # two reminders beat one (messaging.md fact 11)
WINDOW = Window(time(9), time(20), holidays=False)
USUAL = Policy(LADDER, WINDOW)
OFF = "reminders off"  # the staff action
SOONEST, FARTHEST, MOST_STEPS = 60, 14 * 24 * 60, 5


def policy_of(session: Session, clinic_id: int) -> ReminderPolicy:
    """Raises NotFound."""
    found = session.get(ReminderPolicy, clinic_id)
    if found is None:
        raise NotFound(
            "The clinic has no reminders yet. Turn them on with 'flask reminders enable'."
        )
    return found


def switched_on(session: Session, clinic_id: int) -> ReminderPolicy | None:
    """The policy while it is on.  Locked: switching off waits for the commit of a
    planner and then takes back what it queued, and another planner for what it queued
    to the same phones."""
    return session.scalar(
        sa.select(ReminderPolicy)
        .where(col(ReminderPolicy.clinic_id) == clinic_id, col(ReminderPolicy.enabled))
        .with_for_update(key_share=True)
    )


def window_of(policy: ReminderPolicy) -> Window:
    usual = f"{policy.window_opens}-{policy.window_closes}"
    sunday = f";sunday {policy.sunday}" if policy.sunday else ""
    return replace(Window.read(usual + sunday), holidays=policy.on_holidays is True)


def ladder_of(policy: ReminderPolicy) -> Policy:
    """The policy as the planner reads it."""
    return Policy(tuple(policy.offsets), window_of(policy), policy.same_day is True)


def sender_of(session: Session, clinic_id: int) -> SenderNumber | NoSender:
    """The number that reminders leave from: the policy's, before there is one the
    number that a policy would be made with."""
    policy = session.get(ReminderPolicy, clinic_id)
    chosen = session.get(SenderNumber, policy.number_id) if policy else None
    return chosen or sender_for(session, clinic_id)


def set_times(
    session: Session,
    clinic_id: int,
    offsets: Sequence[int],
    window: Window,
    now: datetime,
    *,
    same_day: bool = False,
) -> ReminderPolicy:
    """As `set_policy`; the number stays.  Raises Invalid where there is none."""
    sender = sender_of(session, clinic_id)
    if isinstance(sender, NoSender):
        raise Invalid(sender.why)
    return set_policy(
        session,
        clinic_id,
        number_id=sender.id or 0,
        offsets=offsets,
        window=window,
        same_day=same_day,
        now=now,
    )


def set_policy(
    session: Session,
    clinic_id: int,
    *,
    number_id: int,
    offsets: Sequence[int],
    window: Window,
    now: datetime,
    same_day: bool = False,
) -> ReminderPolicy:
    """`offsets` are minutes before the visit.  On or off stays as it was, unsent texts
    are taken back and planned by the new rules.  Raises Invalid or NotFound."""
    check_times(offsets, window)
    number = session.get(SenderNumber, number_id)
    if number is None or number.clinic_id != clinic_id:
        raise NotFound("The clinic has no such number.")
    policy = _locked(session, clinic_id)
    if policy is None:
        policy = ReminderPolicy(clinic_id=clinic_id, number_id=number_id, offsets=[])
    policy.number_id = number_id
    policy.offsets = sorted(set(offsets), reverse=True)
    policy.window_opens = f"{window.opens:%H:%M}"
    policy.window_closes = f"{window.closes:%H:%M}"
    policy.sunday = str(window.sunday) if window.sunday else None
    policy.on_holidays, policy.same_day = window.holidays, same_day
    session.add(policy)
    session.flush()
    _take_back(session, clinic_id, "The clinic changed when reminders leave.", now)
    plan_all_again(session, clinic_id, now)
    return policy


def enable(session: Session, clinic_id: int, by: str, now: datetime) -> ReminderPolicy:
    """Without a policy the usual one: three days and one day before, 9:00 to 20:00.

    Raises Invalid when the clinic has no number that serves a campaign.
    """
    policy = _locked(session, clinic_id)
    if policy is None:
        sender = sender_for(session, clinic_id)
        if isinstance(sender, SenderNumber) and sender.campaign_id is None:
            raise Invalid(
                "Reminders stay off: the clinic's texting number serves no campaign "
                "yet. The operator attaches it to one."
            )
        policy = set_times(session, clinic_id, LADDER, WINDOW, now)
    if not policy.enabled:
        policy.enabled, policy.enabled_by, policy.enabled_at = True, by, now
        session.flush()
        plan_all_again(session, clinic_id, now)
        note_action(session, clinic_id, by, "reminders on", "", now)
    return policy


def disable(session: Session, clinic_id: int, by: str, now: datetime) -> int:
    """How many texts were taken back.  Raises NotFound when there is no policy."""
    policy = _locked(session, clinic_id)
    if policy is None:
        policy = policy_of(session, clinic_id)
    if not policy.enabled:
        return 0
    policy.enabled = False
    session.flush()
    taken = _take_back(session, clinic_id, f"{by} turned reminders off.", now)
    note_action(session, clinic_id, by, OFF, f"{taken} taken back", now)
    return taken


def last_off(session: Session, clinic_id: int) -> StaffAction | None:
    """Who switched reminders off last, and when."""
    asked = (
        select(StaffAction)
        .where(col(StaffAction.clinic_id) == clinic_id, col(StaffAction.action) == OFF)
        .order_by(col(StaffAction.id).desc())
        .limit(1)
    )
    return session.exec(asked).first()


def waiting(session: Session, clinic_id: int) -> int:
    """How many reminders switching off would take back."""
    asked = sa.select(sa.func.count()).select_from(Message).where(*_unsent(clinic_id))
    return int(session.connection().scalar(asked) or 0)


def usable_wordings(
    session: Session, clinic_id: int, number_id: int, now: datetime
) -> dict[Language, Wording]:
    """What to say in each language.  One that cannot be said is left out, with a task;
    its patients are planned once the wording is mended."""
    found = wordings_of(session, clinic_id, number_id)
    for language, one in found.items():
        if isinstance(one, Unusable):
            _ask_for_wording(session, clinic_id, language, one, now)
    return {
        language: one for language, one in found.items() if isinstance(one, Wording)
    }


@dataclass(frozen=True, slots=True)
class Unusable:
    """There is no wording in a language, or none that can be said."""

    version: str
    problems: Sequence[str]

    def sentence(self, language: Language) -> str:
        return (
            f"No reminder can be written for patients who read '{language.value}', so "
            f"they get none. {' '.join(self.problems)}"
        )


def wordings_of(
    session: Session, clinic_id: int, number_id: int
) -> dict[Language, Wording | Unusable]:
    """The same for looking: nobody is asked.  Nothing where the number serves no
    campaign."""
    number = session.get(SenderNumber, number_id)
    if number is None or number.campaign_id is None:
        return {}
    wordings: dict[Language, Wording | Unusable] = {}
    for language in Language:
        found = newest(
            session, clinic_id, number.campaign_id, WordingKind.reminder, language.value
        )
        if isinstance(found, NoWording):
            wordings[language] = Unusable("none", [found.why])
            continue
        frank = found.health_note is not None
        wording = Wording(found.text, Language(found.language), frank)
        problems = check(wording.template, wording.language)
        wordings[language] = Unusable(str(found.id), problems) if problems else wording
    return wordings


def _ask_for_wording(
    session: Session,
    clinic_id: int,
    language: Language,
    unusable: Unusable,
    now: datetime,
) -> None:
    key = f"wording:{language.value}:{unusable.version}"
    why = unusable.sentence(language)
    open_task(session, clinic_id, TaskKind.wording, key, why, now)


def check_times(offsets: Sequence[int], window: Window) -> None:
    """Raises Invalid."""
    if not 1 <= len(set(offsets)) <= MOST_STEPS:
        raise Invalid(f"Give one to {MOST_STEPS} reminders for a visit.")
    if min(offsets) < SOONEST or max(offsets) > FARTHEST:
        raise Invalid("A reminder leaves between one hour and 14 days before a visit.")
    _within(shipped_hours()[MONDAY], window.on_weekday(MONDAY), "")
    if window.sunday is not None and not window.sunday.empty:
        _within(shipped_hours()[SUNDAY], window.sunday, "On Sundays ")


def _within(widest: Window, hours: Window, day: str) -> None:
    if hours.within(widest) != hours or hours.empty:
        raise Invalid(
            f"{day}{'r' if day else 'R'}eminders may arrive from {widest.opens:%H:%M} to "
            f"{widest.closes:%H:%M}, and '{hours}' is not within that."
        )


def _locked(session: Session, clinic_id: int) -> ReminderPolicy | None:
    """Waits for a planner that holds it, so that we see what it queued."""
    return session.get(
        ReminderPolicy, clinic_id, populate_existing=True, with_for_update=True
    )


def _unsent(clinic_id: int) -> tuple[Any, ...]:
    return (
        col(Message.clinic_id) == clinic_id,
        col(Message.kind) == MessageKind.reminder,
        col(Message.state).in_(outbox.NOT_LEFT),
    )


def _take_back(session: Session, clinic_id: int, why: str, now: datetime) -> int:
    unsent = session.connection().scalars(
        sa.select(col(Message.id)).where(*_unsent(clinic_id))
    )
    message_ids = [number for number in unsent if number is not None]
    taken = 0
    for part in in_parts(message_ids):
        taken += outbox.withdraw(session, part, why, now)
    return taken
