"""The simulator's tables of facts, read from `data/*.csv`.  Knows no rule."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A network: the words Lookup says for it and its id at TCR (None: not there)."""

    key: str
    label: str
    lookup_name: str | None
    mcc: str | None
    mnc: str | None
    mno_id: int | None
    mno_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What becomes of a text to a phone, as the statuses the sender is told."""

    key: str
    statuses: tuple[str, ...]
    arrives_with: str | None
    error_code: int | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """One of Twilio's numbered refusals."""

    code: int
    http_status: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What becomes of a brand or a campaign somewhere, and after how long."""

    what: str
    case: str
    business_days: float
    status: str


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def carriers() -> dict[str, Carrier]:
    return {
        row["carrier"]: Carrier(
            key=row["carrier"],
            label=row["label"],
            lookup_name=row["lookup_name"] or None,
            mcc=row["mcc"] or None,
            mnc=row["mnc"] or None,
            mno_id=int(row["mno_id"]) if row["mno_id"] else None,
            mno_name=row["mno_name"],
        )
        for row in _rows("carriers.csv")
    }


@cache
def behaviours() -> dict[str, Behaviour]:
    return {
        row["behaviour"]: Behaviour(
            key=row["behaviour"],
            statuses=tuple(row["statuses"].split()),
            arrives_with=row["arrives_with"] or None,
            error_code=int(row["error_code"]) if row["error_code"] else None,
            says=row["says"],
        )
        for row in _rows("behaviours.csv")
    }


@cache
def api_errors() -> dict[int, ApiError]:
    return {
        int(row["code"]): ApiError(
            code=int(row["code"]),
            http_status=int(row["http_status"]),
            message=row["message"],
        )
        for row in _rows("errors.csv")
    }


@cache
def keyword_meanings() -> dict[str, str]:
    return {row["word"]: row["meaning"] for row in _rows("keywords.csv")}


@cache
def reviews(what: str) -> tuple[Review, ...]:
    return tuple(
        Review(
            what=row["what"],
            case=row["case"],
            business_days=float(row["business_days"]),
            status=row["status"],
        )
        for row in _rows("reviews.csv")
        if row["what"] == what
    )


@cache
def review_words(who: str) -> tuple[str, ...]:
    """The words at which the aggregator or a carrier stops."""
    return tuple(row["words"] for row in _rows("review_words.csv") if row["who"] == who)
