"""A large text file that is read line by line: looked through once as bytes, then opened
as text as often as somebody asks.  Knows no table and guesses no code page.

What holds of a file that is decoded at once (`kernel.decode`) holds here: UTF-8 with or
without a mark, UTF-16 with one, and a byte that is not UTF-8 is a lone surrogate.
"""

import codecs
import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from kernel.decode import SAVE_AS, UTF16, Undecodable, foreign

CHUNK = 1024 * 1024
HEAD = 4096  # enough to tell what kind of file it is

NUL = f"This is not text: it has NULs. {SAVE_AS}"
ENDLESS = f"This line is far longer than a row of a table. {SAVE_AS}"
CUT = f"The file breaks off inside a letter. {SAVE_AS}"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that can be read as text."""

    sha256: str
    size: int  # bytes
    encoding: str


def look_through(
    stream: BinaryIO, most: int, told: Callable[[int], object] = lambda done: None
) -> TextFile | Undecodable:
    """Reads all bytes once, a part at a time.  `told` hears how many were read."""
    stream.seek(0)
    head = stream.read(HEAD)
    message = foreign(head)
    if message:
        return Undecodable(1, message)
    stream.seek(0)
    utf16 = head.startswith(UTF16)
    check = _Utf16() if utf16 else _Bytes()
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if size > most:
            return Undecodable(
                1,
                f"The file is larger than {most // 1024 // 1024} MB. "
                "Split it into several files.",
            )
        wrong = check.wrong(chunk)
        if wrong:
            return wrong
        told(size)
    wrong = check.end()
    if wrong:
        return wrong
    return TextFile(digest.hexdigest(), size, "utf-16" if utf16 else "utf-8-sig")


@contextmanager
def lines_of(stream: BinaryIO, file: TextFile) -> Iterator[io.TextIOWrapper]:
    """Its lines from the first one, line ends kept; the stream stays open."""
    stream.seek(0)
    text = io.TextIOWrapper(
        stream, encoding=file.encoding, errors="surrogateescape", newline=""
    )
    try:
        yield text
    finally:
        text.detach()


class _Bytes:
    def __init__(self) -> None:
        self.lines = 1

    def wrong(self, chunk: bytes) -> Undecodable | None:
        nul = chunk.find(b"\x00")
        if nul >= 0:
            line = self.lines + chunk.count(b"\n", 0, nul)
            return Undecodable(line, f"This is not text: it has NUL bytes. {SAVE_AS}")
        ends = chunk.count(b"\n")
        if len(chunk) == CHUNK and not ends and b"\r" not in chunk:
            return Undecodable(self.lines, ENDLESS)
        self.lines += ends
        return None

    def end(self) -> Undecodable | None:
        return None


class _Utf16:
    def __init__(self) -> None:
        self.lines = 1
        self.decoder = codecs.getincrementaldecoder("utf-16")()

    def wrong(self, chunk: bytes, *, last: bool = False) -> Undecodable | None:
        try:
            text = self.decoder.decode(chunk, last)
        except UnicodeDecodeError as error:
            before = chunk[: error.start].decode("utf-16", "ignore")
            return Undecodable(self.lines + before.count("\n"), CUT)
        if "\x00" in text:
            line = self.lines + text.count("\n", 0, text.index("\x00"))
            return Undecodable(line, NUL)
        ends = text.count("\n")
        if len(chunk) == CHUNK and not ends and "\r" not in text:
            return Undecodable(self.lines, ENDLESS)
        self.lines += ends
        return None

    def end(self) -> Undecodable | None:
        return self.wrong(b"", last=True)
