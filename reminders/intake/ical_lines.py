"""A calendar file as events, one at a time: the properties of each that matter.

icalendar splits a content line (folding, quoting, parameters); times, zones and rules
are read by our own steps, because its reader keeps the zones of one file for the next
and works out a rule however long it runs.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from icalendar.parser import Contentline

MOST_EVENT = 64 * 1024  # bytes of the lines that are kept
MOST_OF_ONE = 200  # lines of one name, such as EXDATE
LINE = re.compile(r"[^\r\n]+")  # no other sign ends a line, whatever Unicode says
NAME = re.compile(r"[A-Za-z0-9-]{1,60}(?=[;:])")
READ = frozenset(
    [
        "UID",
        "DTSTART",
        "RECURRENCE-ID",
        "SEQUENCE",
        "DTSTAMP",
        "LAST-MODIFIED",
        "STATUS",
        "RRULE",
        "RDATE",
        "EXDATE",
        "EXRULE",
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "ATTENDEE",
        "CONTACT",
        "TZID",
        "X-LIC-LOCATION",
        "TZOFFSETTO",
    ]
)
split_line: Callable[[str], Contentline] = Contentline  # it has no types of its own
ESCAPES = {"n": "\n", "N": "\n"}
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    value: str  # as it stands, escapes included
    parameters: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        return ESCAPE.sub(lambda one: ESCAPES.get(one[1], one[1]), self.value)


@dataclass(slots=True)
class Block:
    """An event or a time zone.  `number` counts the events of the file, from 1."""

    name: str
    number: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    inner: list[tuple[str, str]] = field(default_factory=list)  # of a zone: its offsets
    broken: str = ""
    size: int = 0

    def first(self, name: str) -> Property | None:
        found = self.properties.get(name)
        return found[0] if found else None

    def value(self, name: str) -> str:
        found = self.first(name)
        return found.value.strip() if found else ""


def blocks(text: str) -> Iterator[Block]:
    """Events and zones of the file, in order; alarms inside of events are passed over.
    The METHOD of the calendar comes as a block of its own."""
    current: Block | None = None
    inside: list[str] = []
    number = 0
    for line in unfolded(text):
        found = NAME.match(line)
        name = found[0].upper() if found else ""
        if name == "BEGIN":
            what = line[6:].strip().upper()[:40]
            if current is None and what == "VCALENDAR":
                yield Block("METHOD", number)  # each calendar has its own, or none
            elif current is None and what in ("VEVENT", "VTIMEZONE"):
                number += what == "VEVENT"
                current, inside = Block(what, number), []
            elif current is not None:
                inside = [*inside[:8], what]
        elif name == "END":
            if current is not None and not inside:
                yield current
                current = None
            elif current is not None:
                inside.pop()
        elif name == "METHOD" and current is None:
            method = Block("METHOD", number)
            method.properties["METHOD"] = [Property(line.partition(":")[2])]
            yield method
        elif current is not None:
            _add(current, inside, name, line)
    if current is not None:
        current.broken = "The file breaks off inside of this event."
        yield current


def unfolded(text: str) -> Iterator[str]:
    """Content lines; a line that begins with a space goes on with the one before."""
    held: list[str] = []
    size = 0
    for found in LINE.finditer(text):
        line = found[0]
        if line[:1] in (" ", "\t") and held:
            size += len(line)
            if size <= MOST_EVENT:
                held.append(line[1:])
            continue
        if held:
            yield "".join(held)
        held, size = [line[:MOST_EVENT]], len(line)
    if held:
        yield "".join(held)


def _add(block: Block, inside: list[str], name: str, line: str) -> None:
    if block.name == "VTIMEZONE":
        if inside and name == "TZOFFSETTO":
            block.inner.append((inside[-1], line.partition(":")[2].strip()[:10]))
            block.inner = block.inner[-20:]
            return
    elif inside:
        return  # an alarm
    if name not in READ and not name.startswith("X-"):
        return
    block.size += len(line)
    if block.size > MOST_EVENT:
        block.broken = f"The event is larger than {MOST_EVENT // 1024} KB."
        return
    kept = block.properties.setdefault(name, [])
    if len(kept) >= MOST_OF_ONE:
        block.broken = f"The event has more than {MOST_OF_ONE} lines of {name}."
        return
    try:
        _, parameters, value = split_line(line).raw_parts()
    except ValueError:
        block.broken = f"The line {name} is not as iCalendar writes it."
        return
    said = {
        key.upper(): one if isinstance(one, str) else ",".join(map(str, one))
        for key, one in parameters.items()
    }
    kept.append(Property(value, said))
