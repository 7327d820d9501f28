"""What may follow what when an office number comes over, and why not yet.

Pure, over data/move_steps.csv and data/cut_over.csv.  A no names everything that is in
the way, not just the first thing.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from registration.number_models import MoveStep

DATA = files("registration") / "data"
LETTER_LASTS = timedelta(days=30)  # providers refuse an older one; section 7


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    step: MoveStep
    label: str
    meaning: str
    next: frozenset[MoveStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the cut-over list."""

    key: str
    who: str  # clinic, operator
    label: str
    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFacts:
    """All that decides whether a step may be taken."""

    step: MoveStep
    platform: str | None  # that texts from the number today
    release_on: date | None
    signed_on: date | None
    ticked: frozenset[str]


@cache
def steps() -> Mapping[MoveStep, StepWords]:
    rows = [
        StepWords(
            step=MoveStep(row["step"]),
            label=row["label"],
            meaning=row["meaning"],
            next=frozenset(map(MoveStep, filter(None, row["next"].split("|")))),
        )
        for row in _rows("move_steps")
    ]
    return {row.step: row for row in rows}


@cache
def cut_over_list() -> Mapping[str, Item]:
    return {row["key"]: Item(**row) for row in _rows("cut_over")}


def refusals(move: MoveFacts, to: MoveStep, today: date) -> tuple[str, ...]:
    """Why the step cannot be taken now; empty: it can.  `today` is the clinic's."""
    if to in steps()[move.step].next:
        return _in_the_way(move, to, today)
    now, then = steps()[move.step].label, steps()[to].label
    order = f"'{then}' does not follow '{now}'. {_what_follows(move)}"
    ended = not steps()[move.step].next
    # What is missing tells more than the order of the steps does.
    return (not ended and _in_the_way(move, to, today)) or (order,)


def _in_the_way(move: MoveFacts, to: MoveStep, today: date) -> tuple[str, ...]:
    if to is MoveStep.signed:
        return tuple(_in_order(move))
    if to is MoveStep.cut_over:
        return (*_letter(move, today), *_released(move, today))
    if to is MoveStep.hosted:
        return (*_letter_there(move), *_released(move, today), *_list(move))
    return ()


def letter_problem(signed_on: date | None, today: date) -> str | None:
    """Why nothing may be hosted on this letter (R37)."""
    if signed_on is None:
        return (
            "The letter of authorization is not signed, so the number may not be "
            "hosted. Have it signed first."
        )
    if today - signed_on > LETTER_LASTS:
        return (
            f"The letter of authorization was signed more than {LETTER_LASTS.days} days "
            "ago, and providers take no older one. Have it signed again."
        )
    return None


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (DATA / f"{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _what_follows(move: MoveFacts) -> str:
    labels = [
        steps()[step].label
        for step in steps()
        if step in steps()[move.step].next and step is not MoveStep.cancelled
    ]
    return f"What can follow: {', '.join(labels)}." if labels else "It has ended."


def _in_order(move: MoveFacts) -> Iterator[str]:
    if move.platform is not None and move.release_on is None:
        yield (
            f"{move.platform} still texts from the number, and a number is on one "
            "platform at a time. Text from a temporary number and agree on the day of "
            "its release first."
        )


def _letter(move: MoveFacts, today: date) -> Iterator[str]:
    why = letter_problem(move.signed_on, today)
    if why is not None:
        yield why


def _letter_there(move: MoveFacts) -> Iterator[str]:
    """Its age counts on the day on which the number is asked for, not after it."""
    if move.signed_on is not None:
        return
    yield from _letter(move, date.max)


def _released(move: MoveFacts, today: date) -> Iterator[str]:
    if move.platform is None:
        return
    if move.release_on is None:
        yield f"No day is agreed on which {move.platform} lets the number go."
    elif today < move.release_on:
        yield (
            f"{move.platform} lets the number go on {move.release_on:%B} "
            f"{move.release_on.day}, and a number is on one platform at a time. "
            "Wait for that day, or agree on an earlier one."
        )


def _list(move: MoveFacts) -> Iterator[str]:
    open_items = [
        item for key, item in cut_over_list().items() if key not in move.ticked
    ]
    if open_items:
        named = "; ".join(item.label for item in open_items)
        yield f"Not ticked on the cut-over list yet: {named}."
