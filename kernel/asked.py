"""What an address or a form asks for, read with care.  Pure."""

from datetime import date, time

from kernel.errors import Invalid

LARGEST_ID = 2**31 - 1  # PostgreSQL refuses to look for a larger one
NO_DAY = "This is no day. Choose one in the calendar, or write it like 2026-11-30."


def read_id(text: str | None) -> int | None:
    """None for what is no id of ours: a link or a field that was written by hand."""
    if not text or not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if 0 < number <= LARGEST_ID else None


def read_day(text: str) -> date | None:
    """None for an empty field.  Raises Invalid with the sentence to show beside it."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(NO_DAY) from None
    if not 1970 <= day.year <= 2200:
        raise Invalid(NO_DAY)
    return day


def wall_time(text: str) -> time:
    """A time of a day, by the clock on the wall.  Raises ValueError, for `09:00+01:00`
    too: it cannot be compared with the others."""
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(f"'{text}' is no time of a day")
    return found
