"""What ends the hold of a reminder, and who ends it: in words for the desk.  Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from consent.standing import LineState, Word
from gateway.gate import Obstacle
from gateway.restraint import AGREED, LOOKED_AT_SOON
from kernel.carriers import LABELS, Carrier
from registration.standing_words import ORDINARY
from registration.status import Status

OPERATOR = "the operator, who runs Heed for the clinic,"
UNDECIDED = {None, Status.PENDING.value, Status.REVIEW.value}
TAKEN_AWAY = {Status.REJECTED.value, Status.SUSPENDED.value}
ONCE = {
    Obstacle.not_textable: "a mobile number is entered (Change) and the patient has "
    "agreed to texts on it",
    Obstacle.line_held: "that is decided",
    Obstacle.carrier_full: "its turn comes",
    Obstacle.not_opted_in: "the patient has agreed, in one of the ways below",
}
# What a yes of the patient, or a decision at the desk, settles.
SETTLED = {Obstacle.not_opted_in, Obstacle.line_held, Obstacle.only_asserted}
JUST_AGREED = "The patient has just agreed."
AGREED_SINCE = "The patient has agreed since."
MAY_GO_ON = "It was just decided that texts may go on."
LEAVES = "The reminder leaves within a minute."
LOOKED_AT = "Whether the reminder may leave is looked at within {} minute{}."
RETURNED = (
    "After START, or another later yes, the reminder leaves by itself{}, if the visit is still "
    "ahead."
)
DECIDED = (
    "If somebody decides that texts may go on, the reminder leaves by itself{}, if the "
    "visit is still ahead."
)
PLANNED_SOON = (
    "The reminder is planned within a minute, and leaves if nothing is in the way."
)


def soon(
    why: tuple[str, ...], kinds: Collection[str], *, stands: bool, open: bool
) -> str:
    """What happens by itself for a patient who has agreed; nothing where something
    else holds the text.  `kinds` are the obstacles of the gate's last word, which
    `stands` while nobody has spoken since; `open`: the hour allows it."""
    if why and LOOKED_AT_SOON.issuperset(why):
        what = JUST_AGREED if why == (AGREED,) else MAY_GO_ON
        leaves = open and SETTLED.issuperset(kinds)
        return f"{what} {LEAVES if leaves else LOOKED_AT.format('a', '')}"
    if stands and Obstacle.not_opted_in in kinds:  # by a text or on the web
        return f"{AGREED_SINCE} {LOOKED_AT.format(15, 's')}"
    return ""


def ends(obstacles: Sequence[Mapping[str, str]], cells: Mapping[str, Any]) -> str:
    """Who has to do what before the text leaves by itself.  `obstacles` and `cells` are
    those of a `SendDecision`."""
    kinds = {one["obstacle"] for one in obstacles}
    asked = [one["carrier"] for one in obstacles if one.get("carrier")]
    words = [_of_carriers(asked, cells)] if asked else []
    once = "that has changed" if len(kinds) < 2 else "all of that has changed"
    if kinds == {Obstacle.carrier_not_active}:
        once = (
            f"{_named(asked)} {'lets' if len(asked) == 1 else 'let'} the texts through"
        )
    elif len(kinds) == 1:
        once = ONCE.get(Obstacle(*kinds), once)
    words.append(
        f"Once {once}, the reminder leaves by itself, if the visit is still ahead."
    )
    return " ".join(words)


def ends_of_line(line: LineState, kinds: Collection[str]) -> str:
    """The same under a STOP or a hold, whose box says what it asks for.  `kinds` are
    all the obstacles."""
    if line.held and line.word is not Word.opted_in:
        return ""
    once = DECIDED if line.held else RETURNED
    free = SETTLED.issuperset(kinds)
    return once.format("" if free else ", once nothing else is in the way")


def about_new_number(had: Word, line: LineState) -> str:
    """For the desk, after a patient's number was changed.  `had` is how the old one
    stood."""
    if line.held:
        return "This number is held: see below what has to be decided first."
    if line.word is Word.opted_out:
        return "Texts to this number were stopped before: see below how that ends."
    if line.word is Word.opted_in:
        return "This number has agreed to texts already, so they go on."
    if line.word is Word.pending:
        return "This number was asked already and has not replied YES yet."
    if had is Word.opted_in:
        return (
            "The patient agreed for the old number only: ask again for this one (the "
            "ways stand below)."
        )
    return "Nobody has agreed to texts on this number: ask (the ways stand below)."


def _of_carriers(carriers: Sequence[str], cells: Mapping[str, Any]) -> str:
    words = {(cells.get(one) or {}).get("status") for one in carriers}
    named = _named(carriers)
    follows = f"There is nothing you can do about {named}: {OPERATOR}"
    if words <= UNDECIDED:
        decides = "decides" if len(carriers) == 1 else "decide"
        when = f"It is not known when {named} {decides}."
        return f"{ORDINARY} {follows} follows it up. {when}"
    if words & TAKEN_AWAY:
        return f"{follows} clears it up with {named}. It is not known when."
    return f"{follows} follows it up."  # confirmed too long ago


def _named(carriers: Sequence[str]) -> str:
    names = [LABELS[Carrier(one)] for one in carriers]
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
