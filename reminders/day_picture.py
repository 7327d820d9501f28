"""The picture of a day: texts per half hour, by carrier.

Pure geometry, in percent of its width and pixels of its height; the words and colours
stand in the template.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from kernel.carriers import Carrier

HALF_HOURS = 48
FIRST, LAST = 16, 42  # from 8:00 until 21:00 are always shown
HEIGHT, TOP = 160, 18  # pixels: of the tallest bar, and above it
HOURS_NAMED = 4  # half hours between two hours that are written below
GAP = 0.15  # of a bar's room


@dataclass(frozen=True, slots=True)
class Part:
    """Of one bar: `x` and `width` in percent, `y` and `height` in pixels."""

    carrier: Carrier
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Named:
    words: str
    x: float


@dataclass(frozen=True, slots=True)
class HalfHour:
    starts: str  # 9:30 AM
    counts: tuple[int, ...]  # as `DayPicture.carriers`

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPicture:
    parts: tuple[Part, ...]
    hours: tuple[Named, ...]
    carriers: tuple[Carrier, ...]
    rows: tuple[HalfHour, ...]  # those in which something leaves
    most: int  # texts in one half hour
    height: int
    words: str  # the same in a sentence, for who does not see it


def day_picture(
    leaving: Sequence[tuple[datetime, Carrier]], time_zone: str
) -> DayPicture | None:
    """None where nothing leaves.  An hour that the clocks show twice is one."""
    if not leaving:
        return None
    zone = ZoneInfo(time_zone)
    counts = Counter((_half_hour(at, zone), carrier) for at, carrier in leaving)
    places = [place for place, _ in counts]
    first, last = min(FIRST, *places), max(LAST, *(place + 1 for place in places))
    carriers = tuple(one for one in Carrier if any(of is one for _, of in counts))
    rows = {
        place: tuple(counts[place, carrier] for carrier in carriers)
        for place in sorted(set(places))
    }
    most = max(sum(row) for row in rows.values())
    step = 100 / (last - first)
    return DayPicture(
        parts=tuple(
            part
            for place, row in rows.items()
            for part in _bar(carriers, row, (place - first) * step, step, most)
        ),
        hours=tuple(
            Named(_clock(place), round((place - first) * step, 2))
            for place in range(first + first % 2, last, HOURS_NAMED)
        ),
        carriers=carriers,
        rows=tuple(HalfHour(_clock(place), row) for place, row in rows.items()),
        most=most,
        height=TOP + HEIGHT,
        words=" ".join(
            f"{sum(row)} from {_clock(place)}." for place, row in rows.items()
        ),
    )


def _bar(
    carriers: Sequence[Carrier],
    row: Sequence[int],
    x: float,
    step: float,
    most: int,
) -> list[Part]:
    parts, y = [], float(TOP + HEIGHT)
    for carrier, count in zip(carriers, row, strict=True):
        if count:
            height = HEIGHT * count / most
            y -= height
            parts.append(
                Part(
                    carrier,
                    round(x + step * GAP, 2),
                    round(y, 1),
                    round(step * (1 - 2 * GAP), 2),
                    round(height, 1),
                )
            )
    return parts


def _half_hour(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.hour * 2 + local.minute // 30


def _clock(place: int) -> str:
    moment = time(place // 2 % 24, place % 2 * 30)
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.hour % 12 or 12}:{moment:%M} {half}"
