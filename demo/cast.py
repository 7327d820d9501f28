"""The invented clinics and people of the demo, as the tables in `data/` have them.

Reads tables only.  Nobody here is real: all numbers are of the 555-01xx range.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

DATA = Path(__file__).parent / "data"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicRow:
    slug: str
    legal_name: str
    display_name: str
    time_zone: str
    phone: str
    account_sid: str
    token: str
    ein: str
    website: str
    campaign: str
    tcr_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """`reminders` is yes for the one that a clinic's reminders leave from."""

    clinic: str
    phone: str
    who_replies: str
    name: str
    reminders: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """What a carrier said `days` days ago, in our word and in TCR's."""

    campaign: str
    carrier: str
    status: str
    word: str
    days: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """`consent` is how she agreed `consent_days` days ago; `says` is what her phone
    texts to `says_to` when the demo is loaded; `visit_day` counts opening days."""

    clinic: str
    patient_id: str
    given_name: str
    family_name: str
    phone: str
    carrier: str
    line_type: str
    behaviour: str
    language: str
    time_zone: str
    consent: str
    consent_days: str
    says: str
    says_to: str
    visit_day: str
    visit_time: str
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingRow:
    kind: str
    language: str
    text: str


@cache
def clinics() -> tuple[ClinicRow, ...]:
    return _rows("clinics", ClinicRow)


@cache
def numbers() -> tuple[NumberRow, ...]:
    return _rows("numbers", NumberRow)


@cache
def cells() -> tuple[CellRow, ...]:
    return _rows("cells", CellRow)


@cache
def patients() -> tuple[PatientRow, ...]:
    return _rows("patients", PatientRow)


@cache
def wordings() -> tuple[WordingRow, ...]:
    return _rows("wordings", WordingRow)


@cache
def disclosures() -> tuple[WordingRow, ...]:
    return _rows("disclosures", WordingRow)


def _rows(name: str, kind: type[Row]) -> tuple[Row, ...]:
    maker: Any = kind
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(maker(**row) for row in csv.DictReader(file))
