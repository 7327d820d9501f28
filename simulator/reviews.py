"""What reviewers make of a campaign or a brand, and when.  Pure, over two tables.

The figures are `data/reviews.csv`; business days here are Monday to Friday and know no
holidays.  `data/review_words.csv` has the words that a reviewer stops at.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.tables import Review, review_words, reviews
from simulator.things import GATED, Campaign

SHORTEST_DESCRIPTION = 40
Step = dict[str, str]
Problem = dict[str, Any]


def after(start: datetime, business_days: float) -> datetime:
    """So much later; Saturdays and Sundays take no time."""
    moment, left = start, timedelta(days=business_days)
    while left:
        midnight = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
        until = midnight + timedelta(days=1) - moment
        if moment.weekday() < 5:
            step = min(left, until)
            moment, left = moment + step, left - step
        else:
            moment += until
    return moment


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def brand_agenda(ein: str, start: datetime) -> list[Step]:
    """A tax number of the table has a fate of its own; any other is verified."""
    own = [one for one in reviews("brand") if _digits(one.case) == _digits(ein)]
    return _steps(start, own or _case("brand", "standard"))


def dca_agenda(start: datetime) -> list[Step]:
    return _steps(start, _case("dca", "standard"))


def carrier_agenda(campaign: Campaign, industry: str, start: datetime) -> list[Step]:
    """Each carrier's own queue, after the aggregator has let the campaign through."""
    steps = []
    for carrier in GATED:
        case = _criterion(carrier, campaign.texts, industry)
        steps += _steps(start, _case(carrier, case))
    return sorted(steps, key=lambda step: step["at"])


def dca_problems(texts: Mapping[str, Any]) -> list[Problem]:
    """Why the aggregator declines, as Twilio's `errors[]`; empty: it accepts."""
    found = []
    if len(str(texts.get("description", ""))) < SHORTEST_DESCRIPTION:
        found.append(
            _problem(30886, "DESCRIPTION", "The campaign description is too short.")
        )
    if any(word in _flow(texts) for word in review_words("dca")):
        found.append(
            _problem(
                30909,
                "MESSAGE_FLOW",
                "The call to action is incomplete or cannot be verified.",
            )
        )
    return found


def _problem(code: int, field: str, description: str) -> Problem:
    return {
        "error_code": code,
        "description": description,
        "url": f"https://www.twilio.com/docs/api/errors/{code}",
        "fields": [field],
    }


def _flow(texts: Mapping[str, Any]) -> str:
    return str(texts.get("message_flow", "")).casefold()


def _criterion(carrier: str, texts: Mapping[str, Any], industry: str) -> str:
    if carrier == "att":
        return "healthcare" if industry == "HEALTHCARE" else "standard"
    read = " ".join(str(value) for value in texts.values()).casefold()
    gated = carrier == "verizon" and texts.get("age_gated") is True
    special = gated or any(word in read for word in review_words(carrier))
    return "special" if special else "standard"


def _case(what: str, case: str) -> list[Review]:
    return [one for one in reviews(what) if one.case == case]


def _steps(start: datetime, rows: list[Review]) -> list[Step]:
    return [
        {
            "at": stamp(after(start, row.business_days)),
            "what": row.what,
            "status": row.status,
        }
        for row in rows
    ]


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
