"""What a text does: the table of contract section 9 as one pure function.

It decides; `inbound` carries it out.  The vendor's own replies are counted, so that
a patient never gets two answers to one word, nor none where one is owed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from clinics.hours import Shut
from clinics.models import TaskKind
from consent.standing import Word
from gateway.intent import MAY_MEAN_VISIT, SAYS_YES, Intent, Reading
from gateway.models import MessageKind, Permit
from registration.models import WhoReplies

CONFIRM_AGAIN = timedelta(hours=1)
NOT_MONITORED_AGAIN = timedelta(hours=12)
REPLIES_AN_HOUR = 10  # two machines that answer each other stop here

# The words that a long code answers by itself at Twilio (messaging.md 1.5).
VENDOR_STOP = frozenset(
    {"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"}
)
VENDOR_START = frozenset({"start", "yes", "unstop"})
VENDOR_HELP = frozenset({"help", "info"})


class Consent(StrEnum):
    """What happens to the line."""

    unchanged = "unchanged"
    opt_in = "opt_in"
    opt_out = "opt_out"
    hold = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One text and all that its meaning depends on."""

    body: str
    reading: Reading
    opt_out_type: str | None  # the vendor's own reading, with Advanced Opt-Out
    replayed: bool  # from the vendor's list, which does not tell its own reading
    who_replies: WhoReplies
    standing: Word
    held: bool
    asked: bool  # topics of a web form wait for her word
    open_visit: bool  # a reminder that asks for an answer is still open
    asked_which: bool = False  # and so is the question which visit she meant
    stop_may_be_newer: bool  # a START that came late: STOP wins when unsure
    confirmed_at: datetime | None  # our last opt-in confirmation
    not_monitored_at: datetime | None
    replies_last_hour: int
    hours_known: bool = False  # the clinic has said when somebody reads texts
    shut: Shut | None = None  # and now nobody does
    closed_at: datetime | None = None  # our last word that nobody reads it yet
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`instead` are lines for a campaign without a wording of `reply`, in order."""

    consent: Consent = Consent.unchanged
    reply: MessageKind | None = None
    instead: tuple[MessageKind, ...] = ()
    holes: Mapping[str, str] = field(default_factory=dict)
    expects: str | None = None
    shut: Shut | None = None  # it says when somebody reads, and is of no use then
    permit: Permit | None = None
    tasks: tuple[TaskKind, ...] = ()
    visit: bool = False  # ask the visit side what this means
    silent: bool = False  # the vendor has answered, or we did too often: say nothing


def answer(heard: Heard) -> Answer:
    """At most one reply, and none when the vendor has already given it."""
    understood = meaning(heard)
    decided = BY_INTENT[understood](heard)
    advanced = heard.who_replies is WhoReplies.vendor_advanced
    # A YES that is no opt-in to us is one to Twilio's default words, and has its answer.
    other_yes = understood is not Intent.start and _vendor_answers(heard, VENDOR_START)
    if (advanced and heard.opt_out_type) or other_yes:
        return replace(decided, reply=None, permit=None, silent=True)
    if heard.replies_last_hour >= REPLIES_AN_HOUR:
        return replace(decided, reply=None, permit=None, silent=True)
    return decided


def meaning(heard: Heard) -> Intent:
    """A STOP that either of us reads is a STOP; else the vendor's word counts, but
    for YES, which only the context can tell."""
    vendor = VENDOR_INTENT.get((heard.opt_out_type or "").upper())
    ours = heard.reading.intent
    if Intent.stop in {vendor, ours}:
        return Intent.stop
    if heard.reading.rule in SAYS_YES:
        return ours
    return vendor or ours


VENDOR_INTENT = {"STOP": Intent.stop, "START": Intent.start, "HELP": Intent.help}


def _stop(heard: Heard) -> Answer:
    silent = _vendor_answers(heard, VENDOR_STOP)
    return Answer(
        consent=Consent.opt_out,
        reply=None if silent else MessageKind.stop_confirmation,
        permit=None if silent else Permit.stop_confirmation,
        tasks=tuple(_tasks_of_a_stop(heard.reading)),
    )


def _tasks_of_a_stop(reading: Reading) -> Iterator[TaskKind]:
    if reading.urgent:
        yield TaskKind.emergency
    if reading.rule in MAY_MEAN_VISIT:
        yield TaskKind.visit_word


def _start(heard: Heard) -> Answer:
    if heard.stop_may_be_newer:
        return Answer(tasks=(TaskKind.unsure_reply,))
    opted_in = heard.standing is Word.opted_in and not heard.asked
    recent = heard.confirmed_at and heard.now - heard.confirmed_at < CONFIRM_AGAIN
    # Twilio's default START words do not hold the campaign's opt-in message, so it is
    # ours to send; with Advanced Opt-Out the operator has put it there.
    advanced = heard.who_replies is WhoReplies.vendor_advanced
    silent = (advanced and _vendor_answers(heard, VENDOR_START)) or (
        opted_in and recent
    )
    # Her own new word also settles what a hold was in doubt about.
    settled = opted_in and not heard.held
    return Answer(
        consent=Consent.unchanged if settled else Consent.opt_in,
        reply=None if silent else MessageKind.opt_in_confirmation,
    )


def _help(heard: Heard) -> Answer:
    if _vendor_answers(heard, VENDOR_HELP):
        return Answer()
    return Answer(reply=MessageKind.help, permit=Permit.help)


def _visit(heard: Heard) -> Answer:
    if heard.standing is Word.opted_in and heard.open_visit:
        urgent = (TaskKind.emergency,) if heard.reading.urgent else ()
        return Answer(visit=True, tasks=urgent)
    return other(heard)


def _unsure(heard: Heard) -> Answer:
    if heard.reading.urgent:
        urgent = other(heard)
        return replace(
            urgent,
            consent=Consent.hold,
            tasks=(*urgent.tasks, TaskKind.unsure_reply),
        )
    reassigned = heard.reading.rule.startswith("reassigned")
    return Answer(
        consent=Consent.hold,
        tasks=(TaskKind.reassigned if reassigned else TaskKind.unsure_reply,),
    )


def _none(heard: Heard) -> Answer:
    """Which visit?  Only the visit side can read a number or a name."""
    asked = heard.asked_which and heard.standing is Word.opted_in
    if asked and heard.reading.rule == "none":
        return Answer(visit=True)
    return other(heard)


def other(heard: Heard) -> Answer:
    """Nothing that we act on: now and then, say so, and who reads it when."""
    if heard.reading.urgent:
        return Answer(reply=MessageKind.emergency, tasks=(TaskKind.emergency,))
    if heard.standing is not Word.opted_in:
        return Answer()
    said = heard.not_monitored_at
    due = said is None or heard.now - said >= NOT_MONITORED_AGAIN
    if not heard.hours_known:
        return Answer(reply=MessageKind.not_monitored if due else None)
    return _closed(heard, due)


def _closed(heard: Heard, due: bool) -> Answer:
    """In opening hours a person answers.  Else one line a night, whatever she texts."""
    shut, told = heard.shut, heard.closed_at
    if shut is None or (told is not None and told >= shut.since):
        return Answer()
    return Answer(
        reply=MessageKind.closed,
        instead=(MessageKind.not_monitored,) if due else (),
        shut=shut,
    )


BY_INTENT = {
    Intent.stop: _stop,
    Intent.start: _start,
    Intent.help: _help,
    Intent.confirm: _visit,
    Intent.cancel_visit: _visit,
    Intent.reschedule: _visit,
    Intent.unsure: _unsure,
    Intent.none: _none,
}


def _vendor_answers(heard: Heard, its_words: frozenset[str]) -> bool:
    exact = heard.body.strip().casefold() in its_words
    if heard.who_replies is WhoReplies.vendor_advanced:
        return bool(heard.opt_out_type) or (heard.replayed and exact)
    return heard.who_replies is WhoReplies.vendor_default and exact
