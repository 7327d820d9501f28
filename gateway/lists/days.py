"""When a row of a vendor's list was, as a span: a day is not an instant, and an hour
without a zone may be the vendor's UTC or the clinic's.  Guesses no day-first dates.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

YEARS = range(1995, 2100)
US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,?\s+(\d.*))?", re.ASCII)
HOURS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p")


@dataclass(frozen=True, slots=True)
class Span:
    """Not before `since` and not after `until`."""

    since: datetime
    until: datetime


def read_span(text: str, place: ZoneInfo) -> Span | None:
    """None for what is no date that we know."""
    text = text.strip()
    if text.endswith((" UTC", " GMT")):
        text = text[:-4] + "+00:00"
    try:
        return _span(text, place)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def day_span(day: date, place: ZoneInfo) -> Span:
    return _between(
        datetime.combine(day, time(0)),
        datetime.combine(day, time(0)) + timedelta(days=1),
        place,
    )


def _span(text: str, place: ZoneInfo) -> Span | None:
    us = US.fullmatch(text)
    if us:
        day = date(int(us[3]), int(us[1]), int(us[2]))
        if us[4] is None:
            return _known(day_span(day, place))
        return _at(datetime.combine(day, _hour(us[4])), place)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return _known(day_span(date.fromisoformat(text), place))
    if text[:1].isdigit() and "-" in text[:5]:
        return _at(datetime.fromisoformat(text), place)
    return _at(parsedate_to_datetime(text), place)


def _hour(text: str) -> time:
    for form in HOURS:
        try:
            stamp = datetime.strptime(text.strip().upper(), form)  # noqa: DTZ007
            return stamp.time()
        except ValueError:
            continue
    raise ValueError(text)


def _at(moment: datetime, place: ZoneInfo) -> Span | None:
    if moment.tzinfo is None:
        return _known(_between(moment, moment, place))
    instant = moment.astimezone(UTC)
    return _known(Span(instant, instant))


def _between(first: datetime, last: datetime, place: ZoneInfo) -> Span:
    """The earliest that `first` and the latest that `last` can mean."""
    zones = (UTC, place)
    return Span(
        min(first.replace(tzinfo=zone).astimezone(UTC) for zone in zones),
        max(last.replace(tzinfo=zone).astimezone(UTC) for zone in zones),
    )


def _known(span: Span) -> Span | None:
    return span if span.since.year in YEARS else None
