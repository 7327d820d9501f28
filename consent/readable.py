"""Events in words: a line of `consent show`, a row of a pack's `readable.csv`.

The row is safe in a spreadsheet and changes no number; it is a view, never evidence.
"""

import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import kernel.visible
from kernel.phone import PLAIN, shown

Facts = Mapping[str, Any]

COLUMNS = (
    "record",
    "time",
    "what",
    "phone",
    "topic",
    "grade",
    "how",
    "words",
    "campaign",
    "wording",
    "by",
    "note",
    "other facts",
    "leaf hash",
)
WHAT = {
    "opt_in": "opted in",
    "opt_in_requested": "asked to opt in and has not replied yet",
    "opt_out": "opted out",
    "vendor_block": "blocked by the vendor for an opt-out",
    "held": "held until a person decides",
    "hold_released": "hold released by a person",
    "asserted_by_import": "opted in, says the clinic (import)",
}
# Each fact with a column of its own; the rest goes to "other facts".
OWN = (
    "topic",
    "grade",
    "method",
    "words",
    "campaign",
    "disclosure_sha256",
    "by",
    "note",
)

# A cell of these characters alone is no formula, number, date or truth value.
PLAIN_WORDS = re.compile(r"(?!(?:true|false)\Z)[a-z][a-z _-]*")
# Controls, line ends and direction marks would move or hide text; a semicolon ends a
# cell where the spreadsheet's list separator is one (most of Europe), quotes or not.


def row(event: Any, facts: Facts | str | None) -> list[str]:
    """One row of `readable.csv`, in the order of COLUMNS.  `facts` are as
    `consent.extract.clear_facts` gives them: None erased, a text damaged."""
    known = facts if isinstance(facts, Mapping) else {}
    other = other_facts(known)
    if facts is None:
        other = "the facts were erased"
    elif isinstance(facts, str):
        other = f"DAMAGED, not what was recorded: {cell(facts)}"
    return [
        str(event.seq),
        f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC",
        WHAT.get(event.kind) or cell(event.kind),
        "" if event.phone is None else phone_cell(event.phone),
        *(COLUMN_FORM.get(name, cell)(known.get(name)) for name in OWN),
        other,
        digest(event.leaf_hash),
    ]


def phone_cell(phone: str) -> str:
    """`(206) 555-0100`, or `tel:` and what was stored: text in every spreadsheet."""
    return shown(phone) if PLAIN.fullmatch(phone) else f"tel:{visible(phone)}"


def cell(value: Any) -> str:
    """Nothing for null, plain words as they are, everything else between marks."""
    if value is None:
        return ""
    text = str(value)
    return text if PLAIN_WORDS.fullmatch(text) else quoted(text)


def quoted(value: Any) -> str:
    """Free text: always between marks."""
    return "" if value is None else f"“{visible(str(value))}”"


def digest(value: Any) -> str:
    """A hash of digits alone would be a number in a spreadsheet."""
    return "" if value is None else f"sha256:{visible(str(value))}"


COLUMN_FORM = {"words": quoted, "note": quoted, "disclosure_sha256": digest}


def visible(text: str) -> str:
    """The same text with what a reader could not see shown as a sign, and with the
    semicolon that some spreadsheets take for the end of a cell."""
    return kernel.visible.visible(text).replace(";", "；")


def other_facts(facts: Facts) -> str:
    rest = [
        f"{visible(name)}: {cell(value)}"
        for name, value in sorted(facts.items())
        if name not in (*OWN, "phone") and value is not None
    ]
    text = " · ".join(rest)
    return text if not text or text[0].isalpha() else f"“{text}”"


def sentence(kind: str, facts: Facts) -> str:
    """`opted in: care, proven, by text message, “START”`."""
    what = WHAT.get(kind, kind)
    parts = [cell(facts.get(name)) for name in ("topic", "grade", "method", "words")]
    guardian = facts.get("guardian")
    for_her = f"said or signed for the patient by {cell(guardian)}"
    parts += [f"{for_her} ({cell(facts.get('relation'))})"] if guardian else []
    by = facts.get("by") or facts.get("recorded_by") or facts.get("signed_by")
    parts += [f"by {visible(str(by))}"] if by else []
    parts += [cell(facts.get(name)) for name in ("why", "how", "note", "told")]
    said = ", ".join(part for part in parts if part)
    return f"{what}: {said}" if said else what
