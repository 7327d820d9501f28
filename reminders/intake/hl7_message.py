"""HL7 v2 as a file has it: messages one at a time, and what stands at a place of one.

Knows segments, fields, repetitions and components, and no appointment.  Segments that
nobody asks for are dropped unread; the diagnosis of a patient is none of our business.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

MOST_MESSAGE = 256 * 1024  # bytes of one message
SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}$")
LINE = re.compile(rb"[^\r\n\x0b\x1c]+")  # \x0b and \x1c frame a message (MLLP)
ENVELOPE = (b"FHS", b"BHS", b"BTS", b"FTS")
PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
ESCAPED = {"F": 0, "S": 1, "R": 2, "E": 3, "T": 4}  # -> which of the separators
ESCAPE = re.compile(r"([A-Z])|X((?:[0-9A-F]{2}){1,100})|\..{0,20}", re.DOTALL)
NULL = '""'  # the sender takes a value away
# Numbers of these kinds open more than a chart.
NOT_A_CHART = frozenset({"SS", "SSN", "DL", "PPN", "CC", "MA", "MC"})

Repetition = tuple[str, ...]  # components


@dataclass(frozen=True, slots=True)
class Raw:
    """One message as it stands in the file; `number` counts from 1.  `too_long`: its
    text was not kept."""

    number: int
    text: str
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """`PID-13.1[CP]`: a segment's field, a component, and which repetition."""

    segment: str
    number: int
    component: int
    part: int
    which: str


@dataclass(slots=True)
class Message:
    """The first segment of each kind that was asked for, its fields as they stand."""

    separators: str  # field, component, repetition, escape, sub-component
    segments: dict[str, list[str]] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)  # stand there more than once

    def repetitions(self, place: Place) -> Iterator[Repetition]:
        fields = self.segments.get(place.segment, [])
        if place.number >= len(fields) or not fields[place.number]:
            return
        found = fields[place.number].split(self.separators[2])[:20]
        if place.which.isdecimal():
            found = found[int(place.which) - 1 : int(place.which)]
        for repetition in found:
            parts = tuple(repetition.split(self.separators[1])[:30])
            if _is(place.which, parts):
                yield parts

    def text(self, place: Place) -> str:
        """What stands there, unescaped; "" for nothing."""
        for parts in self.repetitions(place):
            found = self.part(parts, place.component, place.part)
            if found:
                return found
        return ""

    def part(self, parts: Repetition, component: int, part: int = 1) -> str:
        if component > len(parts):
            return ""
        subs = parts[component - 1].split(self.separators[4])
        raw = subs[part - 1].strip() if part <= len(subs) else ""
        return unescaped(raw, self.separators)


def raw_messages(raw: bytes) -> Iterator[Raw]:
    """Each with its own lines.  A line that begins no segment goes on with the one
    before it: a newline inside a note splits it, and the fields after it still count."""
    lines: list[bytes] = []
    number = size = 0
    for found in LINE.finditer(raw):
        line = found[0]
        if line[:3] in ENVELOPE:
            continue
        if line[:3] == b"MSH":
            if lines:
                yield _raw(number, lines, size)
            number, lines, size = number + 1, [], 0
        elif not number:
            continue  # before the first message
        size += len(line)
        if size <= MOST_MESSAGE:
            lines.append(line)
    if lines:
        yield _raw(number, lines, size)


def parsed(raw: Raw, wanted: Collection[str]) -> Message | str:
    """The message, or why it cannot be read."""
    if raw.too_long:
        return f"The message is larger than {MOST_MESSAGE // 1024} KB."
    head, _, rest = raw.text.partition("\n")
    separators = _separators(head)
    if separators is None:
        return (
            "The message does not begin with MSH and its separators, as in MSH|^~\\&|."
        )
    message = Message(separators)
    # MSH-1 is the separator itself, so that its fields are counted from there.
    fields = head.split(separators[0])
    message.segments["MSH"] = ["MSH", separators[0], *fields[1:]]
    current = message.segments["MSH"]
    for line in rest.split("\n"):
        name, follows, _ = line.partition(separators[0])
        if not SEGMENT.match(name) or not (follows or len(line) == 3):
            current[-1] = f"{current[-1]} {line.split(separators[0])[0]}"
            current.extend(line.split(separators[0])[1:])
        elif name in wanted and name not in message.segments:
            current = line.split(separators[0])
            message.segments[name] = current
        else:
            current = [""]  # what goes on here is not read either
            message.again |= {name} & message.segments.keys()
    return message


@lru_cache(maxsize=1000)
def place_of(text: str) -> Place:
    """`text` as the field map allows it."""
    path, _, which = text.rstrip("]").partition("[")
    segment, _, numbers = path.partition("-")
    number, component, part = (*map(int, numbers.split(".")), 1, 1)[:3]
    return Place(segment, number, component, part, which)


def unescaped(text: str, separators: str) -> str:
    """Escapes of separators and of bytes; formatting becomes a space."""
    escape = separators[3]
    if escape not in text:
        return text
    parts = text.split(escape)
    said = [parts[0]]
    for number, part in enumerate(parts[1:], start=1):
        # Every second part stands between two escapes; the last may not be closed.
        between = number % 2 and number + 1 < len(parts)
        said.append(_meant(part, separators) if between else part)
    return "".join(said)


def _meant(code: str, separators: str) -> str:
    found = ESCAPE.fullmatch(code)
    if found is None:
        return ""
    if found[1]:
        place = ESCAPED.get(found[1])
        return separators[place] if place is not None else ""
    if found[2]:
        return bytes.fromhex(found[2]).decode("utf-8", "replace")
    return " "


def _is(which: str, parts: Repetition) -> bool:
    """Whether this repetition is of that kind: of a phone the use and the equipment
    (XTN-2, -3), of a number its type (CX-5)."""
    kinds = {part.strip().upper() for part in (*parts[1:3], *parts[4:5])} - {""}
    if not which:
        return not kinds & NOT_A_CHART
    if which == "untyped":
        return not {part for part in parts[1:3] if part.strip()}
    return which.isdecimal() or which.upper() in kinds


def _separators(head: str) -> str | None:
    """Field, component, repetition, escape and sub-component separator, all different."""
    if len(head) < 8 or head[:3] != "MSH":
        return None
    own = head[3:8]
    if not set(own) <= PUNCTUATION or len(set(own)) != 5:
        return None
    follows = head[8:9]  # v2.7 has a sixth, the mark of a cut
    return own if follows in (own[0], "#", "") else None


def _raw(number: int, lines: list[bytes], size: int) -> Raw:
    if size > MOST_MESSAGE:
        return Raw(number, "", too_long=True)
    return Raw(number, _decoded(b"\n".join(lines)))


def _decoded(raw: bytes) -> str:
    """UTF-8, or Latin-1 where MSH-18 says so.  Guesses no code page: a byte that is
    neither becomes a lone surrogate, and its field is refused."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        head = raw.partition(b"\n")[0].upper()
        latin = b"8859/1" in head or b"8859-1" in head
        return raw.decode("latin-1" if latin else "utf-8", "surrogateescape")
