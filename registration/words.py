"""What the words of TCR and Twilio mean in our five, and the five in plain words.

Tables only.  A word that is in no table means None: it is shown raw and is never
read as Active.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from kernel.carriers import Carrier
from registration.status import Status

System = Literal["tcr", "twilio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A status for people (R46)."""

    meaning: str
    implication: str
    next_action: str


def status_of(system: System, word: str) -> Status | None:
    """TCR's operationStatus or Twilio's campaign_status; None for an unknown word."""
    return _statuses().get((system, word))


def carrier_of(mno_id: str) -> Carrier | None:
    """The carrier behind TCR's `mnoId`; None for one that has no cell with us."""
    return _carriers().get(mno_id)


@cache
def meanings() -> dict[Status, Meaning]:
    return {
        Status(row["status"]): Meaning(
            meaning=row["meaning"],
            implication=row["implication"],
            next_action=row["next_action"],
        )
        for row in _rows("statuses")
    }


@cache
def _statuses() -> dict[tuple[str, str], Status]:
    return {
        (row["system"], row["word"]): Status(row["status"])
        for row in _rows("vendor_words")
    }


@cache
def _carriers() -> dict[str, Carrier]:
    return {row["mno_id"]: Carrier(row["carrier"]) for row in _rows("mno_ids")}


def _rows(name: str) -> list[dict[str, str]]:
    text = files("registration").joinpath(f"data/{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
