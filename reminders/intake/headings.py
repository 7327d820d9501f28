"""Which column of a clinic's file is which of ours: by name, or by its saved map.

Never by position and never by content.  Two columns that could both be meant are
refused, for a text to a guessed phone goes to a stranger.
"""

import csv
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

HEADINGS_FILE = Path(__file__).parents[1] / "data" / "headings.csv"
IGNORED = "ignore"  # in a saved map: not any of ours
SHOWN, SHOWN_LENGTH = 30, 40  # headings repeated in a message


class Column(StrEnum):
    appointment_id = "appointment_id"
    patient_id = "patient_id"
    given_name = "given_name"
    family_name = "family_name"
    full_name = "full_name"
    phone = "phone"
    language = "language"
    starts_at = "starts_at"
    date = "date"
    time = "time"
    location = "location"
    provider = "provider"
    status = "status"
    consent = "consent"
    time_zone = "time_zone"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each of ours stands in the file, and the file's own headings."""

    places: Mapping[Column, int]
    titles: tuple[str, ...]

    def title(self, column: Column) -> str:
        """The clinic's word for it; ours where the file has none."""
        if column in self.places:
            return self.titles[self.places[column]]
        return column.value


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Every reason why the headings cannot be used, as sentences."""

    messages: tuple[str, ...]


def normalised(text: str) -> str:
    """Letters and digits alone: `Location(office) ` is `locationoffice`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


def find_columns(
    titles: Sequence[str], saved: Mapping[str, str] | None = None
) -> Columns | Unmapped:
    """`saved` is {their heading: our column or `ignore`}, and wins over names."""
    shown = tuple(title.strip() for title in titles)
    messages: list[str] = []
    chosen = _by_map(shown, saved or {}, messages)
    named = {normalised(title) for title in saved or {}}
    places = dict(chosen)
    for column, found in _by_name(shown, named).items():
        if column in chosen:
            continue
        if len(found) > 1:
            messages.append(_ambiguous(column, [shown[place] for place in found]))
        places[column] = found[0]
    messages += _missing(places, shown)
    if messages:
        return Unmapped((*messages, _seen(shown)))
    return Columns(places, shown)


def guessed(
    titles: Sequence[str], saved: Mapping[str, str] | None = None
) -> dict[str, str]:
    """{their heading: our column or `ignore`} as far as it is certain, for a person to
    look over.  Headings without a letter or digit cannot be mapped."""
    shown = tuple(title.strip() for title in titles)
    by_map = {
        column: [place] for column, place in _by_map(shown, saved or {}, []).items()
    }
    by_name = _by_name(shown, {normalised(title) for title in saved or {}})
    certain = {
        found[0]: column
        for column, found in {**by_name, **by_map}.items()
        if len(found) == 1
    }
    return {
        title: certain.get(place, IGNORED)
        for place, title in enumerate(shown)
        if normalised(title)
    }


def _by_map(
    titles: Sequence[str], saved: Mapping[str, str], messages: list[str]
) -> dict[Column, int]:
    places: dict[Column, int] = {}
    keys = [normalised(title) for title in titles]
    for heading, word in saved.items():
        found = [place for place, key in enumerate(keys) if key == normalised(heading)]
        if not found:
            messages.append(f"The saved map names '{heading}', which is not here.")
        elif word == IGNORED:
            continue
        elif word not in Column.__members__:
            messages.append(
                f"The saved map names '{word}', which is no column of ours."
            )
        elif len(found) > 1 or Column(word) in places:
            messages.append(f"The saved map names two columns for {word}.")
        else:
            places[Column(word)] = found[0]
    return places


def _by_name(titles: Sequence[str], taken: set[str]) -> dict[Column, list[int]]:
    """For each column of ours the places of its best name; several = ambiguous."""
    best: dict[Column, tuple[int, list[int]]] = {}
    for place, title in enumerate(titles):
        key = normalised(title)
        if key in taken or key not in known_headings():
            continue
        column, rank = known_headings()[key]
        held, places = best.get(column, (rank, []))
        if rank < held:
            best[column] = (rank, [place])
        elif rank == held:
            best[column] = (held, [*places, place])
    return {column: places for column, (_, places) in best.items()}


def _missing(places: Mapping[Column, int], titles: Sequence[str]) -> list[str]:
    messages = []
    if Column.phone not in places:
        messages.append(
            "There is no column for the phone (phone, mobile). A home phone is used "
            "only where a saved map says so."
        )
    if Column.starts_at in places:
        return messages
    if Column.date not in places:
        messages.append("There is no column for the date (starts_at or date).")
    if Column.time not in places:
        hint = ""
        if Column.date in places:
            title = titles[places[Column.date]]
            hint = f" If '{title}' holds the time too, map it to starts_at."
        messages.append(f"There is no column for the time (starts_at or time).{hint}")
    return messages


def _ambiguous(column: Column, titles: Sequence[str]) -> str:
    named = " and ".join(f"'{title}'" for title in titles)
    return f"{named} could both be {column}. Choose the right one, or save a map."


def _seen(titles: Sequence[str]) -> str:
    named = ", ".join(f"'{title[:SHOWN_LENGTH]}'" for title in titles[:SHOWN])
    more = f" and {len(titles) - SHOWN} more" if len(titles) > SHOWN else ""
    return f"The headings of the file are {named}{more}."


@cache
def known_headings() -> Mapping[str, tuple[Column, int]]:
    """Normalised heading -> column and rank; a lower rank is preferred."""
    with HEADINGS_FILE.open(newline="", encoding="utf-8") as file:
        return {
            row["heading"]: (Column(row["column"]), int(row["rank"]))
            for row in csv.DictReader(file)
        }
