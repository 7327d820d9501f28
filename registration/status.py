"""The five words a carrier may have for a campaign, and which may follow which.

Pure: no database, no vendor.  Fails closed: a word that is unknown, late, stale or
contradicted by a stronger source never makes a cell Active, and none is too late to
take Active away.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.carriers import GATED
from registration.signals import SuspensionCause


class Status(StrEnum):
    """Exactly five (R48).  `EXPIRED` is an end mark of the campaign, not a status."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    REVIEW = "REVIEW"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"


class Source(StrEnum):
    """Who said it, strongest first (architecture section 7)."""

    tcr_poll = "tcr_poll"
    tcr_webhook = "tcr_webhook"
    operator_entry = "operator_entry"
    imported = "imported"  # from another CSP's portal
    vendor_verified = "vendor_verified"
    send_error = "send_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one carrier says of one campaign, as far as we know."""

    status: Status
    since: datetime
    source: Source
    observed_at: datetime  # the last time this source said it


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One word of one source.  `status` is None for a word we do not know."""

    status: Status | None
    raw: str
    source: Source
    at: datetime  # when it was said; for a poll, when we began to ask
    evidence: str
    cause: SuspensionCause | None = None  # of a suspension, where it was told (R63)


@dataclass(frozen=True, slots=True)
class Changed:
    """The cell has a new status."""

    cell: Cell
    why: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The same status once more; `cell` may be fresher or better sourced."""

    cell: Cell
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The word is kept in the history and changes nothing."""

    why: str


Result = Changed | Confirmed | Refused

FRESH = timedelta(hours=24)  # how long a polled word holds (architecture section 7)
POLLED = frozenset({Source.tcr_poll, Source.vendor_verified})
BY_A_PERSON = frozenset({Source.operator_entry, Source.imported})
_GRAVEST_FIRST = (Status.SUSPENDED, Status.REJECTED, Status.REVIEW, Status.PENDING)
_STRENGTH = {source: -place for place, source in enumerate(Source)}

# Which status may follow which (domain/registration.md 2.3), with the reason shown to
# people.  None is a cell nobody has spoken for yet.
STEPS: Mapping[tuple[Status | None, Status], str] = {
    (None, Status.PENDING): "The first word heard.",
    (None, Status.REVIEW): "The first word heard.",
    (None, Status.ACTIVE): "The first word heard.",
    (None, Status.REJECTED): "The first word heard.",
    # A campaign taken over from another CSP may have been Active before we looked.
    (None, Status.SUSPENDED): "The first word heard.",
    (Status.PENDING, Status.REVIEW): "Picked for examination by hand.",
    (Status.PENDING, Status.ACTIVE): "Approved.",
    (Status.PENDING, Status.REJECTED): "Turned down.",
    (Status.REVIEW, Status.ACTIVE): "The carrier's examination ended well.",
    (Status.REVIEW, Status.REJECTED): "The carrier's examination ended badly.",
    (Status.ACTIVE, Status.SUSPENDED): "Taken off the air after approval.",
    (Status.ACTIVE, Status.PENDING): "A number was removed, moved or queued again.",
    # No documented case of the next two; a contrary word never leaves Active standing.
    (Status.ACTIVE, Status.REVIEW): "Approved before, now examined again.",
    (Status.ACTIVE, Status.REJECTED): "Approved before, now turned down.",
    (Status.SUSPENDED, Status.ACTIVE): "Reinstated.",
    (Status.REJECTED, Status.PENDING): "Handed in again.",
}


def next_status(
    cell: Cell | None, seen: Observation, said: Mapping[Source, Observation]
) -> Result:
    """What becomes of a cell when a source speaks.

    `said` holds the last word of every source on this cell, refused ones included:
    a source's word that no step allowed still counts against a weaker one's ACTIVE.
    One exception: what a webhook said can be lifted by a later word of a person, with
    evidence, because without a key nobody can ask TCR again.  A poll's word cannot.
    """
    if cell is not None and seen.at < cell.observed_at:
        if _loosens(cell.status, seen.status):
            return Refused("It is older than what is already known.")
        # A clock may have been set: a contrary word counts however old it looks.
        seen = replace(seen, at=cell.observed_at)
    if seen.status is None:
        return _unknown_word(cell, seen)
    no = _not_entitled(cell, seen, seen.status)
    if no is not None:
        return no
    if cell is not None and seen.status is cell.status:
        return _said_again(cell, seen)
    if seen.status is Status.ACTIVE:
        against = _contrary_word(seen, said)
        if against is not None:
            return Refused(
                f"{against.source} said {against.raw}; {seen.source} cannot overrule it."
            )
    before = cell.status if cell is not None else None
    why = STEPS.get((before, seen.status))
    if why is None:
        return Refused(_no_step(before, seen.status))
    return Changed(_cell(seen.status, seen), why)


def stale(cell: Cell, now: datetime) -> bool:
    """Has a polled word gone unconfirmed for 24 hours (or does it come from the
    future, after a clock was set)?"""
    return cell.source in POLLED and abs(now - cell.observed_at) >= FRESH


def is_active(cell: Cell | None, now: datetime) -> bool:
    """May texts of this campaign leave to this carrier's phones?"""
    return cell is not None and cell.status is Status.ACTIVE and not stale(cell, now)


def headline(said: Collection[Status]) -> Status:
    """One word for the campaign, from those of the carriers that spoke: ACTIVE when
    all three say so, else the one that asks most of a person; silence is PENDING.

    It heads the board and opens no gate: the gate reads the cells.
    """
    return gravest(said if len(said) == len(GATED) else {*said, Status.PENDING})


def gravest(words: Collection[Status]) -> Status:
    return next((word for word in _GRAVEST_FIRST if word in words), Status.ACTIVE)


def _cell(status: Status, seen: Observation) -> Cell:
    return Cell(status=status, since=seen.at, source=seen.source, observed_at=seen.at)


def weaker(one: Source, other: Source) -> bool:
    """`other` may overrule `one`, and `one` never `other`."""
    return _STRENGTH[one] < _STRENGTH[other]


def _loosens(before: Status, after: Status | None) -> bool:
    """Does this word bring a text nearer to leaving?"""
    resubmitted = (before, after) == (Status.REJECTED, Status.PENDING)
    return after is Status.ACTIVE or resubmitted


def _person_lifts(seen: Observation, source: Source, at: datetime) -> bool:
    """Does a person speak later than what a webhook said at `at`?"""
    by_webhook = source is Source.tcr_webhook
    return by_webhook and seen.source in BY_A_PERSON and seen.at > at


def _unknown_word(cell: Cell | None, seen: Observation) -> Changed | Refused:
    if cell is None or cell.status is not Status.ACTIVE:
        return Refused(f"{seen.source} said '{seen.raw}', which is no word we know.")
    # Whatever it means, it is not APPROVED (registration.md 2.2, note a).
    return Changed(
        _cell(Status.PENDING, seen),
        f"{seen.source} said '{seen.raw}', which is no word we know: not Active "
        "until it is confirmed.",
    )


def _not_entitled(cell: Cell | None, seen: Observation, word: Status) -> Refused | None:
    """Why this source may not say this word of this cell, if it may not."""
    who = seen.source
    active = cell is not None and cell.status is Status.ACTIVE
    if who is Source.send_error and (word is Status.ACTIVE or not active):
        return Refused("A send error only ever takes Active away.")
    if cell is None or cell.source is who or cell.status is word:
        return None
    if who is Source.vendor_verified and word in (Status.ACTIVE, Status.PENDING):
        # Twilio's one status stays IN_PROGRESS while AT&T examines and T-Mobile has
        # long approved (R116): neither its "yes" nor its "not yet" is about a carrier.
        return Refused(
            f"{who} names no carrier, so it does not answer what {cell.source} said."
        )
    step = (cell.status, word)
    resubmitted = step == (Status.REJECTED, Status.PENDING)
    resubmitted = resubmitted and who is Source.operator_entry
    lifts = resubmitted or _person_lifts(seen, cell.source, cell.observed_at)
    if weaker(who, cell.source) and not active and not lifts:
        return Refused(f"{cell.source} said {cell.status}; {who} cannot overrule it.")
    return None


def _said_again(cell: Cell, seen: Observation) -> Confirmed:
    if not weaker(seen.source, cell.source):
        return Confirmed(
            replace(cell, source=seen.source, observed_at=seen.at),
            f"{seen.source} says {cell.status} as well.",
        )
    if cell.status is not Status.ACTIVE:
        # Only lifts the bar for words that arrive late.
        return Confirmed(replace(cell, observed_at=seen.at), "Heard once more.")
    if stale(cell, seen.at) and seen.source is not Source.vendor_verified:
        return Confirmed(
            replace(cell, source=seen.source, observed_at=seen.at),
            f"{cell.source} has been silent; {seen.source} vouches for ACTIVE now.",
        )
    # A weaker source must not keep a stronger one's ACTIVE from growing stale.
    return Confirmed(cell, f"{seen.source} agrees; {cell.source} remains the source.")


def _contrary_word(
    seen: Observation, said: Mapping[Source, Observation]
) -> Observation | None:
    """A word other than ACTIVE, of a stronger source or said later, that neither a
    later ACTIVE of an equally strong source has lifted nor this one may lift."""
    for word in said.values():
        outranks = weaker(seen.source, word.source) or word.at > seen.at
        lifted = any(
            other.status is Status.ACTIVE
            and other.at > word.at
            and not weaker(other.source, word.source)
            for other in said.values()
        ) or _person_lifts(seen, word.source, word.at)
        if word.status is not Status.ACTIVE and outranks and not lifted:
            return word
    return None


def _no_step(before: Status | None, after: Status) -> str:
    if after is Status.ACTIVE:
        return (
            f"{before} does not become ACTIVE in one step; ask TCR again, and record "
            "PENDING once the campaign has been handed in again."
        )
    if after is Status.SUSPENDED:
        return f"Only an ACTIVE campaign can be suspended; this one is {before}."
    return f"{before} does not become {after}."
