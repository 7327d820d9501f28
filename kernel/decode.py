"""From the bytes of an uploaded file to text.  Guesses no code page.

UTF-8 with or without a mark, and UTF-16 with one.  A byte that is not UTF-8 becomes a
lone surrogate: rows without one are plain in every code page and can be read; a row
with one is refused by its cell, for a wrong guess would misspell a patient's name.
"""

import codecs
import re
from dataclasses import dataclass

MOST_BYTES = 16 * 1024 * 1024  # before anything is parsed

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
FOREIGN = (
    (b"PK\x03\x04", "This is an Excel workbook or a ZIP file."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook."),
    (b"%PDF", "This is a PDF file."),
    (b"MSH|", "This is an HL7 message."),
    (b"BEGIN:VCALENDAR", "This is a calendar file."),
    (b"{", "This is JSON."),
    (b"[", "This is JSON."),
)
SAVE_AS = "Save the table as 'CSV UTF-8' and import that file."
NOT_UTF8 = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Why the file as a whole cannot be read; `line` counts from 1."""

    line: int
    message: str


def decode(raw: bytes) -> Decoded | Undecodable:
    if len(raw) > MOST_BYTES:
        return Undecodable(
            1,
            f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. "
            "Split it into several files.",
        )
    message = foreign(raw)
    if message:
        return Undecodable(1, message)
    if raw.startswith(UTF16):
        return _utf16(raw)
    if b"\x00" in raw:
        line = 1 + raw.count(b"\n", 0, raw.index(b"\x00"))
        return Undecodable(line, f"This is not text: it has NUL bytes. {SAVE_AS}")
    return Decoded(raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))


def foreign(raw: bytes) -> str:
    """Why this is no table of text, by how it begins; "" where it may be one."""
    start = raw.removeprefix(codecs.BOM_UTF8).lstrip()
    for signature, message in FOREIGN:
        if start.startswith(signature):
            return f"{message} {SAVE_AS}"
    return ""


def wrong_byte(text: str) -> int | None:
    """The first byte of `text` that was not UTF-8; None = all were."""
    if text.isascii():
        return None
    found = NOT_UTF8.search(text)
    return ord(found[0]) - 0xDC00 if found else None


def _utf16(raw: bytes) -> Decoded | Undecodable:
    try:
        text = raw.decode("utf-16")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-16", "ignore")
        line = 1 + before.count("\n")
        return Undecodable(line, f"The file breaks off inside a letter. {SAVE_AS}")
    if "\x00" in text:
        line = 1 + text.count("\n", 0, text.index("\x00"))
        return Undecodable(line, f"This is not text: it has NULs. {SAVE_AS}")
    return Decoded(text)
