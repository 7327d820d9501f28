"""Fills a wording's placeholders with the facts of one visit, in her language.

A grammar of its own: `{name}` from a short list, nothing else.  No template engine and
no str.format touch what a clinic types.  Values are shortened and lose whatever could
become a link; nothing is said beyond the values given.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from clinics.day_names import MONTHS, WEEKDAYS
from clinics.models import Language
from gateway.quiet_hours import clock
from kernel.phone import shown
from kernel.segments import measure
from registration.models import WordingKind
from reminders.visible import as_name, as_words

MOST_SEGMENTS = 3  # T39: what a text may cost at the very most

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

# What is said where the clinic gave no name; so that no sentence has a hole.
UNNAMED = MappingProxyType(
    {
        Language.en: {
            "first_name": "patient",
            "location": "our office",
            "provider": "your care team",
        },
        Language.es: {
            "first_name": "paciente",
            "location": "nuestra oficina",
            "provider": "su equipo",
        },
    }
)
MORE = MappingProxyType({Language.en: "and {} more", Language.es: "y {} mas"})
LONGEST = MappingProxyType(
    {"clinic": 40, "first_name": 20, "location": 40, "provider": 40}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One of several visits, as `{visits}` says it."""

    name: str
    named: bool  # of several people
    starts_at: datetime
    time_zone: str
    show_zone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """All that a reminder may say of a visit."""

    clinic: str
    clinic_phone: str  # E.164
    first_name: str
    starts_at: datetime
    time_zone: str  # of the place
    show_zone: bool  # she is in another zone: "3:00 PM PST"
    location: str
    provider: str
    visits: tuple[Said, ...] = ()  # none: this one
    more: int = 0  # visits that are not named


@dataclass(frozen=True, slots=True)
class Rendered:
    body: str
    segments: int


@dataclass(frozen=True, slots=True)
class Unrenderable:
    """Every reason why this text cannot be written, as sentences."""

    problems: tuple[str, ...]


def check(
    template: str, language: Language, kind: WordingKind = WordingKind.reminder
) -> list[str]:
    """What is wrong with a wording before any visit; [] = nothing.

    Measured with the longest values, so that no patient's name makes it too dear.
    """
    problems = list(_problems(template, holes_of(kind)))
    if kind is WordingKind.reminder_together and "{visits}" not in template:
        problems.append("It names no visit: add {visits}.")
    if problems:
        return problems
    longest = (
        {**LONGEST_LINKS, **LONGEST_HOLES} if kind in OF_ANSWERS else LONGEST_LINKS
    )
    rendered = render(template, WORST, language, longest)
    return list(rendered.problems) if isinstance(rendered, Unrenderable) else []


def holes_of(kind: WordingKind) -> frozenset[str]:
    """What may stand in brackets: an answer knows of no visit."""
    if kind in (WordingKind.reminder, WordingKind.update):
        return KNOWN
    if kind is WordingKind.reminder_together:  # about no single visit
        return frozenset({"clinic", "phone", "visits"})
    if kind is WordingKind.review_request:
        return KNOWN - {"time", "zone"} | {"link"}
    if kind is WordingKind.opt_in_confirmation:
        return frozenset({"clinic", "phone", "receipt"})
    return frozenset({"clinic", "phone", *OF_ANSWERS.get(kind, ())})


def render(
    template: str,
    values: Values,
    language: Language,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Rendered | Unrenderable:
    """`more` are words of the caller's own, or what stands in place of a value."""
    body = fill(template, values, language, more)
    if isinstance(body, Unrenderable):
        return body
    cost = measure(body)
    if cost.segments > MOST_SEGMENTS:
        return Unrenderable(
            (
                f"The text needs {cost.segments} segments ({cost.encoding}), and "
                f"{MOST_SEGMENTS} is the most. Shorten the wording.",
            )
        )
    return Rendered(body, cost.segments)


def fill(
    template: str,
    values: Values,
    language: Language,
    more: Mapping[str, str] = MappingProxyType({}),
) -> str | Unrenderable:
    """The words alone, whatever they cost."""
    words = {**_words(values, language), **more}
    problems = tuple(_problems(template, words))
    if problems:
        return Unrenderable(problems)
    # One pass: a value that looks like a placeholder is never filled in turn.
    return PLACEHOLDER.sub(lambda found: words[found[1]], template).strip()


def _problems(template: str, holes: Collection[str]) -> Iterator[str]:
    if not template.strip():
        yield "The wording is empty."
    for name in dict.fromkeys(PLACEHOLDER.findall(template)):
        if name not in holes:
            yield (
                f"'{{{name}}}' is no placeholder. Use one of "
                + ", ".join(f"{{{known}}}" for known in sorted(holes))
                + "."
            )
    if set("{}") & set(PLACEHOLDER.sub("", template)):
        yield "A curly bracket stands alone. Brackets only enclose placeholders."
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in template):
        yield "The wording has a line break or a control character. Remove it."


def _words(values: Values, language: Language) -> dict[str, str]:
    at = _When(values.starts_at, values.time_zone, values.show_zone, language)
    unnamed = UNNAMED[language]
    return {
        "clinic": as_words(values.clinic, LONGEST["clinic"]),
        "phone": shown(values.clinic_phone),
        "first_name": _first_name(values.first_name, language),
        "weekday": at.weekday,
        "date": at.date,
        "time": at.time,
        "zone": at.zone,
        "location": as_words(values.location, LONGEST["location"])
        or unnamed["location"],
        "provider": as_words(values.provider, LONGEST["provider"])
        or unnamed["provider"],
        "visits": _visits(values, language, at),
    }


class _When:
    """The words for a time, by the clock of the place."""

    def __init__(
        self, at: datetime, time_zone: str, show_zone: bool, language: Language
    ) -> None:
        there = at.astimezone(ZoneInfo(time_zone))
        month = MONTHS[language].split()[there.month - 1]
        english = language is Language.en
        self.zone = there.tzname() or time_zone
        self.weekday = WEEKDAYS[language].split()[there.weekday()]
        self.date = f"{month} {there.day}" if english else f"{there.day} {month}"
        self.time = clock(there.time()) + (f" {self.zone}" if show_zone else "")

    def __str__(self) -> str:
        return f"{self.weekday} {self.date} {self.time}"


def _first_name(name: str, language: Language) -> str:
    return as_name(name, LONGEST["first_name"]) or UNNAMED[language]["first_name"]


def _visits(values: Values, language: Language, at: _When) -> str:
    """`Ana Tue Dec 8 3:00 PM, Ben Tue Dec 8 3:30 PM`."""
    said = []
    for one in values.visits:
        when = _When(one.starts_at, one.time_zone, one.show_zone, language)
        name = f"{_first_name(one.name, language)} " if one.named else ""
        said.append(f"{name}{when}")
    if values.more:
        said.append(MORE[language].format(values.more))
    return ", ".join(said) or str(at)


# What answers to her texts say besides (`reminders.answer_words`).
OF_VISITS = ("visits", "answer")
OF_ANSWERS: Mapping[WordingKind, tuple[str, ...]] = MappingProxyType(
    {
        WordingKind.visit_confirmed: OF_VISITS,
        WordingKind.visit_cannot_come: OF_VISITS,
        WordingKind.visit_reschedule: OF_VISITS,
        WordingKind.answer_changed: OF_VISITS,
        WordingKind.which_visit: ("choices",),
        WordingKind.closed: ("opens",),
    }
)
LONGEST_HOLES = MappingProxyType(
    {
        "visits": ", ".join(["m" * 20 + " mercoles 10:30 PM"] * 4),
        "answer": "m" * 22,
        "choices": ", ".join(["1 para " + "m" * 20 + " mercoles 10:30 PM"] * 4),
        "opens": "mercoles 30 sep 10:30 PM",
    }
)
LONGEST_LINK = 100
# The patient's own page has a secret of 43 signs in its address.
LONGEST_LINKS = MappingProxyType(
    {
        "link": f"https://www.our-clinic.example/{'reviews-' * 10}"[:LONGEST_LINK],
        "receipt": f"https://texts.our-clinic.example/p/{'m' * 43}",
    }
)
WORST = Values(
    clinic="m" * 99,
    clinic_phone="+14155550134",
    first_name="m" * 99,
    starts_at=datetime(2026, 9, 23, 22, 30, tzinfo=UTC),  # a Wednesday
    time_zone="America/Anchorage",
    show_zone=True,
    location="m" * 99,
    provider="m" * 99,
)
KNOWN = frozenset(_words(WORST, Language.en)) - {"visits"}
