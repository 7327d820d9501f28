"""What the words of TCR and Twilio mean in our five, and the five in plain words.

Tables only.  A word that is in no table means None: it is shown raw and is never
read as Active.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from kernel.carriers import Carrier
from registration.status import Changed, Refused, Result, Source, Status

System = Literal["tcr", "twilio"]


# Who said it, as a heading and inside a sentence.
SOURCES = {
    Source.tcr_poll: "The Campaign Registry, when we asked",
    Source.tcr_webhook: "The Campaign Registry, which told us",
    Source.operator_entry: "An operator, with evidence",
    Source.imported: "Another provider's portal, imported",
    Source.vendor_verified: "Twilio, when we asked",
    Source.send_error: "A text that was refused",
}
_NOUNS = {
    Source.tcr_poll: "the Campaign Registry's answer",
    Source.tcr_webhook: "the Campaign Registry's notice",
    Source.operator_entry: "an operator's entry",
    Source.imported: "an imported status",
    Source.vendor_verified: "Twilio's answer",
    Source.send_error: "a refused text",
}
_SOURCE_WORD = re.compile(r"\b(" + "|".join(Source) + r")\b")


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


def spoken(why: str) -> str:
    """A reason as `registration.status` gives it, for people who know no source."""
    told = _SOURCE_WORD.sub(lambda found: _NOUNS[Source(found[0])], why)
    return told[:1].upper() + told[1:]


def result_sentence(label: str, result: Result) -> str:
    """What a source's word did to one carrier's status."""
    if isinstance(result, Refused):
        return f"{label}: not recorded as its status. {result.why}"
    verb = "is now" if isinstance(result, Changed) else "remains"
    return f"{label} {verb} {result.cell.status.value}. {result.why}"


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
