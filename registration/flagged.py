"""Which part of a submission a rejection code is about, in words and as a field.

Pure, over `data/flagged.csv`.  What nobody knows flags all of the campaign's texts.
"""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from kernel.hashing import canonical, sha256_hex
from registration.codes import look_up
from registration.desk_models import Cause

WEBSITE = "website"  # it stands on the clinic's pages, not in the texts
EVERYTHING = "campaign"

WORDS: Mapping[str, str] = {
    "campaign.description": "The description of the campaign.",
    "campaign.message_flow": "How patients opt in.",
    "campaign.samples": "The sample texts.",
    "campaign.help_message": "The answer to HELP.",
    "campaign.opt_in_message": "The opt-in confirmation.",
    "campaign.opt_out_message": "The answer to STOP.",
    "campaign": "The texts of the campaign.",
    "brand": "The clinic’s own data: legal name, tax number, address, contact.",
    WEBSITE: "The clinic’s website: opt-in form, privacy policy, terms.",
}


def elements(code: str, issuer: str | None) -> tuple[str, ...]:
    """The fields that a code flags, by its category."""
    rows = [row for one in _categories(code, issuer) for row in _rows().get(one, ())]
    return tuple(dict.fromkeys(field for _, field in rows)) or (EVERYTHING,)


def cause_of_code(code: str, issuer: str | None) -> Cause:
    """Content, brand or use case (R58)."""
    causes = [row for one in _categories(code, issuer) for row in _rows().get(one, ())]
    found = {cause for cause, _ in causes}
    first = (Cause.brand, Cause.use_case)
    return next((cause for cause in first if cause in found), Cause.content)


def what(field: str) -> str:
    return WORDS.get(field, f"{field}.")


def choices() -> Iterable[tuple[str, str]]:
    """The elements that a person may flag."""
    return WORDS.items()


def hash_at(content: Mapping[str, Any], field: str) -> str:
    """Hex SHA-256 of what a submission says at `field`."""
    place: Any = content
    for name in field.split("."):
        place = place.get(name) if isinstance(place, Mapping) else None
    return sha256_hex(canonical(place))


def _categories(code: str, issuer: str | None) -> Iterable[str]:
    return (one for one, _ in look_up(code, issuer or None).steps)


@cache
def _rows() -> Mapping[str, list[tuple[Cause, str]]]:
    text = files("registration").joinpath("data/flagged.csv").read_text("utf-8")
    rows: dict[str, list[tuple[Cause, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        rows.setdefault(row["category"], []).append((Cause(row["cause"]), row["field"]))
    return rows
