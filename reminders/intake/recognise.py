"""Which saved mapping a list was made for, by its headings alone.

Pure.  Headings that a mapping does not know are left to a person, or to their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reminders.intake.headings import IGNORED, Columns, find_columns, normalised

ENOUGH = 0.5  # of the columns that a mapping uses, else it is about another list


@dataclass(frozen=True, slots=True)
class Recognised:
    """`headings` are those of the mapping that this list has; `new` those of the list
    that the mapping does not know."""

    name: str
    headings: dict[str, str]
    new: tuple[str, ...]


def recognised(
    titles: Sequence[str], maps: Mapping[str, Mapping[str, str]]
) -> Recognised | None:
    """The mapping saved for these very headings; else the nearest one, unless the list
    is understood by its names alone."""
    found = [
        one for name, saved in sorted(maps.items()) if (one := _as(titles, name, saved))
    ]
    exact = [one for one in found if not one.new and _all_there(one, maps)]
    if exact:
        return exact[0]
    if not found or isinstance(find_columns(titles), Columns):
        return None
    return max(found, key=lambda one: len(one.headings))


def fitting(titles: Sequence[str], saved: Mapping[str, str]) -> dict[str, str]:
    """What of a mapping is about headings of this list."""
    here = {normalised(title) for title in titles} - {""}
    return {
        heading: word for heading, word in saved.items() if normalised(heading) in here
    }


def _as(
    titles: Sequence[str], name: str, saved: Mapping[str, str]
) -> Recognised | None:
    """None where too little of the mapping is in the list."""
    known = {normalised(heading) for heading in saved}
    used = [heading for heading, word in saved.items() if word != IGNORED]
    here = fitting(titles, saved)
    shared = [heading for heading in used if heading in here]
    if not shared or len(shared) < ENOUGH * len(used):
        return None
    return Recognised(
        name,
        here,
        tuple(
            title.strip()
            for title in titles
            if normalised(title) and normalised(title) not in known
        ),
    )


def _all_there(one: Recognised, maps: Mapping[str, Mapping[str, str]]) -> bool:
    return len(one.headings) == len(maps[one.name])
