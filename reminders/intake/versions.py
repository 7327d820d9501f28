"""How new a feed's word is: an older message never overrides a newer one.

Pure.  A version is a text, `feed order mark`: two of one feed are compared by `order`,
and those that are equally new with the same `mark` are one and the same message.
"""

from datetime import UTC, datetime

from reminders.visible import plain


def version(feed: str, order: str, mark: str = "") -> str | None:
    """None where the source does not say how new it is: then it counts as it comes."""
    if not order:
        return None
    return " ".join((feed, order, "".join(plain(mark).split())[:80] or "-"))


def by_time(at: datetime | None) -> str:
    """Sorts as the instants do."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S%f") if at else ""


def outdated(new: str | None, known: str | None) -> bool:
    """It says nothing new: it is older than what is known, or the very same message.
    Words of different feeds are not compared."""
    ours, theirs = _parts(new), _parts(known)
    if ours[0] != theirs[0] or not ours[1]:
        return False
    if ours[1] != theirs[1]:
        return ours[1] < theirs[1]
    return ours[2] == theirs[2] != "-"


def older(new: str | None, known: str | None) -> bool:
    """Two words of one feed of which the new one is the older."""
    ours, theirs = _parts(new), _parts(known)
    return ours[0] == theirs[0] and bool(ours[1]) and ours[1] < theirs[1]


def order_of(one: str | None) -> str:
    """For sorting what stands in one file."""
    return _parts(one)[1]


def _parts(one: str | None) -> tuple[str, str, str]:
    feed, _, rest = (one or "").partition(" ")
    order, _, mark = rest.partition(" ")
    return feed, order, mark
