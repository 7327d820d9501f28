"""Which reminders of one phone leave as one text.

Pure.  A phone gets one reminder a local day: the steps of all its visits that fall on
one day are joined, and what waits is joined with what is new.  The text leaves when the
first of them would have, and is of use until the first of them is not.  A step of the
day of the visit, where the policy lets it be a second text, is joined with its like only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.quiet_hours import Never, Window, next_open, one_day
from reminders.compose import Booked


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One step of one visit."""

    visit: Booked
    offset_minutes: int
    send_until: datetime  # of use for this visit
    reminder_id: int | None  # its row, where there is one
    message_id: int | None  # the text that it was part of last


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What leaves at once.  `besides`: the step that may be the second text of a day;
    None: this is the one of the day."""

    parts: tuple[Part, ...]  # by the time of their visits
    send_from: datetime
    zones: tuple[str, ...]
    window: Window
    besides: int | None
    replaces: tuple[int, ...] = ()  # texts that wait; joined, they are taken back
    changed: bool = False  # new, or more than what waits

    @property
    def send_until(self) -> datetime:
        return min(part.send_until for part in self.parts)

    @property
    def visit_ids(self) -> frozenset[int]:
        return frozenset(part.visit.id for part in self.parts)


def joined(waiting: Sequence[Text], new: Sequence[Text], now: datetime) -> list[Text]:
    """All texts of one phone as they should wait; those to be written are `changed`."""
    texts: list[Text] = []
    for text in (*waiting, *new):
        for place, other in enumerate(texts):
            both = _join(other, text, now)
            if both is not None:
                texts[place] = both
                break
        else:
            texts.append(text)
    return texts


def _join(one: Text, other: Text, now: datetime) -> Text | None:
    """Both as one text; None where they are of two days, or cannot be one."""
    if one.besides != other.besides or one.visit_ids & other.visit_ids:
        return None
    zones = tuple(sorted({*one.zones, *other.zones}))
    window = one.window.within(other.window)
    leave = [_leaves(text, now) for text in (one, other)]
    times = [at for at in leave if isinstance(at, datetime)]
    if len(times) < 2 or not one_day(times[0], times[1], zones):
        return None
    parts = sorted(
        (*one.parts, *other.parts),
        key=lambda part: (part.visit.starts_at, part.visit.id),
    )
    both = replace(
        one,
        parts=tuple(parts),
        zones=zones,
        window=window,
        replaces=(*one.replaces, *other.replaces),
        changed=True,
    )
    first = next_open(min(times), zones, window)
    if isinstance(first, Never) or first >= both.send_until:
        return None
    if not all(one_day(first, at, zones) for at in times):
        return None
    return replace(both, send_from=first)


def _leaves(text: Text, now: datetime) -> datetime | Never:
    """When it would leave if nothing else held it."""
    return next_open(max(text.send_from, now), text.zones, text.window)
