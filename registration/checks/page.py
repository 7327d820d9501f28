"""What a reader sees of a web page: its words, links and forms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """`url` is None where a click leads nowhere: `#`, nothing, or a script."""

    words: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Box:
    """A tick box and the words beside it."""

    words: str
    ticked: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Form:
    words: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    asks_phone: bool
    asks_password: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`prose` is what is left of the words without menus and footers.
    `scripted`: nearly all of it is made by scripts, which are not run here."""

    title: str = ""
    words: str = ""
    prose: str = ""
    language: str = ""
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    refresh: str | None = None  # where it sends visitors by itself, at once
    scripted: bool = False
