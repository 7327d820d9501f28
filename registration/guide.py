"""The guide to registration: what each step is, who decides, how long it takes.

A table; the pages of the program and `docs/guide.md` both show it.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Part:
    heading: str
    words: str
    screen: str  # the endpoint of the page where it is done; may be empty
    source: str


@dataclass(frozen=True, slots=True)
class Topic:
    slug: str
    title: str
    parts: tuple[Part, ...]


@cache
def topics() -> tuple[Topic, ...]:
    """In the order of the way from brand to first text."""
    path = files("registration").joinpath("data/guide.csv")
    parts: dict[tuple[str, str], list[Part]] = {}
    for row in csv.DictReader(path.read_text("utf-8").splitlines()):
        part = Part(row["heading"], row["words"], row["screen"], row["source"])
        parts.setdefault((row["topic"], row["title"]), []).append(part)
    return tuple(
        Topic(slug, title, tuple(found)) for (slug, title), found in parts.items()
    )


def topic(slug: str) -> Topic | None:
    return next((one for one in topics() if one.slug == slug), None)


def as_document(found: Iterable[Topic]) -> str:
    """`docs/guide.md`; a test compares."""
    lines = [
        "# The registration, from brand to first text",
        "",
        "The program shows the same under *Guide*, with links to the pages where each",
        "step is done. Written from `registration/data/guide.csv`: change it there, then",
        "run `flask registration guide > docs/guide.md`.",
    ]
    for one in found:
        lines += ["", f"## {one.title}"]
        for part in one.parts:
            lines += ["", f"### {part.heading}", "", part.words, ""]
            lines += [f"Source: {part.source}."]
    return "\n".join(lines) + "\n"
