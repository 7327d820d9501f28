"""May this text leave?  The one decision every outbound message passes.

Pure: no database, no clock, no vendor.  The caller gathers the facts inside the
transaction that writes the attempt, and the verdict names every obstacle, not just
the first, so that a front desk can fix them in one go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from consent.models import Grade, Topic
from consent.standing import Word
from gateway.line_types import LINES
from gateway.models import Permit
from gateway.quiet_hours import Closed, Window, day_is_over, look, one_day
from kernel.carriers import GATED, LABELS, Carrier
from kernel.clock import local_time
from registration.numbers import INBOUND_VALID
from registration.standing_words import standing_sentence
from registration.status import Cell, is_active

LOOKUP_VALID = timedelta(days=30)  # numbers are ported; messaging.md section 4
LOOK_AGAIN = timedelta(seconds=60)
LOOK_AGAIN_AT_MOST = timedelta(minutes=15)


class Obstacle(StrEnum):
    no_number = "no_number"
    not_registered = "not_registered"
    account_halted = "account_halted"
    inbound_gap = "inbound_gap"
    paused = "paused"
    only_trial = "only_trial"
    not_opted_in = "not_opted_in"
    line_held = "line_held"
    only_asserted = "only_asserted"
    wrong_use = "wrong_use"
    campaign_expired = "campaign_expired"
    not_looked_up = "not_looked_up"
    not_textable = "not_textable"
    carrier_not_active = "carrier_not_active"
    slowed_down = "slowed_down"
    carrier_full = "carrier_full"  # said by the pace, where all else allows it
    quiet_hours = "quiet_hours"
    one_a_day = "one_a_day"
    too_early = "too_early"
    too_late = "too_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the gate looks at, read inside one transaction.  No defaults: a fact
    that nobody looked up is a TypeError, not a yes."""

    now: datetime
    clinic_zone: str  # for the times in sentences
    number_connected: bool
    number_registered: bool  # the vendor lists it in its campaign's sender pool
    account_halted_why: str | None
    inbound_complete_until: datetime | None  # the number's watermark
    paused_until: datetime | None  # by the clinic itself
    outside_trial: bool  # a trial is on, and this phone is not of its staff
    standing: Word
    grade: Grade | None
    held_since: datetime | None
    permit: Permit | None
    topic: Topic
    use_covered: bool
    beyond_campaign: tuple[str, ...]  # why it does not cover this very text
    campaign_expired: bool
    carrier: Carrier
    textable: bool
    line_type: str
    looked_up_at: datetime | None
    cells: Mapping[Carrier, Cell]
    slowed_to: int | None  # texts an hour to this carrier; None: as fast as they come
    sent_last_hour: int  # of this campaign to this carrier, where it is slowed down
    send_from: datetime
    send_until: datetime
    reminded_at: datetime | None  # the phone's last one, where one a day is the most
    zones: tuple[str, ...]  # of the recipient; empty for an answer to her text
    window: Window


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to send: for the program, for the front desk, when it passes by
    itself, if it does, and which carrier is in the way, if one is."""

    obstacle: Obstacle
    sentence: str
    passes_at: datetime | None = None
    carrier: Carrier | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    findings: tuple[Finding, ...]

    @property
    def allowed(self) -> bool:
        return not self.findings

    @property
    def obstacles(self) -> frozenset[Obstacle]:
        return frozenset(finding.obstacle for finding in self.findings)

    @property
    def sentences(self) -> list[str]:
        return [finding.sentence for finding in self.findings]


def decide(facts: Facts) -> Verdict:
    return Verdict(
        (
            *_sender(facts),
            *_clinic(facts),
            *_consent(facts),
            *_campaign(facts),
            *_carrier(facts),
            *_pace(facts),
            *_time(facts),
        )
    )


def look_again_at(
    verdict: Verdict, held_since: datetime | None, now: datetime
) -> datetime:
    """Soon at first, later the longer it is held; not before the clock allows it."""
    held = now - held_since if held_since else timedelta(0)
    pause = min(max(LOOK_AGAIN, held / 4), LOOK_AGAIN_AT_MOST)
    passing = [finding.passes_at for finding in verdict.findings if finding.passes_at]
    return max([now + pause, *passing])


def _sender(facts: Facts) -> Iterator[Finding]:
    if not facts.number_connected:
        yield Finding(
            Obstacle.no_number,
            "The clinic's texting number is not connected to a registered campaign "
            "yet. The operator connects it.",
        )
    elif not facts.number_registered:
        yield Finding(
            Obstacle.not_registered,
            "The clinic's number is not registered for its campaign yet, so carriers "
            "would turn its texts back. The operator follows it up.",
        )
    if facts.account_halted_why is not None:
        yield Finding(
            Obstacle.account_halted,
            f"The clinic's Twilio account cannot send ({facts.account_halted_why}). "
            "The operator must mend it before any text leaves.",
        )
    seen = facts.inbound_complete_until
    if seen is None or abs(facts.now - seen) > INBOUND_VALID:
        yield Finding(
            Obstacle.inbound_gap,
            "Patients' replies have not been checked with Twilio for more than "
            f"{INBOUND_VALID.seconds // 60} minutes, so a STOP could be missing. "
            "Texts wait until the check has run.",
        )


def _clinic(facts: Facts) -> Iterator[Finding]:
    if not facts.zones:
        return  # she wrote and is answered, whatever the clinic does with reminders
    if facts.paused_until is not None and facts.now < facts.paused_until:
        yield Finding(
            Obstacle.paused,
            "The clinic has paused its reminders until "
            f"{local_time(facts.paused_until, facts.clinic_zone)}.",
        )
    if facts.outside_trial:
        yield Finding(
            Obstacle.only_trial,
            "Reminders are on trial and go to the listed staff phones only. "
            "End the trial under Reminders.",
        )


def _consent(facts: Facts) -> Iterator[Finding]:
    if facts.permit is not None:
        return  # an answer that she asked for; carriers and numbers still count
    if facts.held_since is not None:
        yield Finding(
            Obstacle.line_held,
            "Nothing goes to this number until somebody has decided about it under "
            "Tasks.",
        )
    if facts.standing is not Word.opted_in:
        yield Finding(Obstacle.not_opted_in, NOT_OPTED_IN[facts.standing])
    elif facts.grade is Grade.asserted and facts.topic is not Topic.care:
        yield Finding(
            Obstacle.only_asserted,
            "The patient's consent was imported, which covers appointment texts only. "
            "Ask the patient to text START or to sign at the desk.",
        )


NOT_OPTED_IN = {
    Word.none: "The patient has not agreed to texts. Ask when they call or come in.",
    Word.pending: "The patient was asked and has not replied YES yet.",
    Word.opted_out: "The patient said stop. Only the patient can undo it: by texting START, "
    "on a new form, or by a yes spoken to you.",
}


def _campaign(facts: Facts) -> Iterator[Finding]:
    if facts.campaign_expired:
        yield Finding(
            Obstacle.campaign_expired,
            "The campaign has expired at The Campaign Registry. "
            "The operator must register a new one.",
        )
    for sentence in facts.beyond_campaign:
        yield Finding(Obstacle.wrong_use, sentence)
    if not facts.use_covered and not facts.beyond_campaign:
        yield Finding(
            Obstacle.wrong_use,
            f"The registered use case does not cover texts about {facts.topic.value}. "
            "Sending it would break the carriers' rules.",
        )


def _carrier(facts: Facts) -> Iterator[Finding]:
    if facts.looked_up_at is None or facts.now - facts.looked_up_at > LOOKUP_VALID:
        yield Finding(
            Obstacle.not_looked_up,
            "The patient's carrier could not be looked up yet. It is tried again by itself.",
        )
        return
    if not facts.textable:
        yield Finding(
            Obstacle.not_textable,
            f"This number cannot receive texts: it is {LINES.get(facts.line_type, 'no mobile number')}. "
            "Ask for a mobile number.",
        )
        return  # no carrier's word would change that
    for carrier in sorted(_must_be_active(facts.carrier)):
        cell = facts.cells.get(carrier)
        if cell is None or not is_active(cell, facts.now):
            yield Finding(
                Obstacle.carrier_not_active,
                standing_sentence(LABELS[carrier], cell, facts.now, facts.clinic_zone)
                + _whose(facts.carrier),
                carrier=carrier,
            )


def _pace(facts: Facts) -> Iterator[Finding]:
    """Answers to her own text are not slowed down: they keep nobody waiting."""
    if not facts.zones or facts.slowed_to is None:
        return
    if facts.sent_last_hour >= facts.slowed_to:
        pace = (
            f"at most {facts.slowed_to} an hour leave"
            if facts.slowed_to
            else "none leaves"
        )
        yield Finding(
            Obstacle.slowed_down,
            "Too many patients said stop or complained, or the carrier filtered texts, "
            f"so {pace} to {LABELS[facts.carrier]} until the operator has looked. Call "
            "the patient if it cannot wait.",
        )


def _must_be_active(carrier: Carrier) -> frozenset[Carrier]:
    # A carrier outside the three could run on any of them, so all must be Active.
    return frozenset({carrier}) if carrier in GATED else GATED


def _whose(carrier: Carrier) -> str:
    if carrier in GATED:
        return ""
    if carrier is Carrier.unknown:
        return " The patient's carrier is not known, so all three must approve first."
    return (
        " This phone's carrier is none of AT&T, T-Mobile and Verizon, so all three must "
        "approve first."
    )


def _time(facts: Facts) -> Iterator[Finding]:
    if facts.now >= facts.send_until:
        yield Finding(Obstacle.too_late, "It is too late for this text to be of use.")
    if facts.now < facts.send_from:
        yield Finding(Obstacle.too_early, "It is planned for later.", facts.send_from)
    if facts.zones:
        seen = look(facts.now, facts.zones, facts.window)
        if isinstance(seen, Closed):
            yield Finding(Obstacle.quiet_hours, seen.why, seen.opens_at)
        last = facts.reminded_at
        if last is not None and one_day(facts.now, last, facts.zones):
            why = "This phone had a reminder today, and one a day is the most. The next may leave tomorrow, while it is of use."
            yield Finding(Obstacle.one_a_day, why, day_is_over(last, facts.zones))
