"""The bytes of an uploaded list, in pieces: stored and dropped a few at a time, so that
no text waits for a large file, and read back like any other file."""

import io
from collections.abc import Iterator
from functools import partial
from typing import IO, BinaryIO, cast

import sqlalchemy as sa
from sqlmodel import Session, col

from kernel.db import Database
from reminders.models import UploadPart

PIECE = 256 * 1024  # bytes
AT_ONCE = 8  # pieces in one transaction


def put(database: Database, clinic_id: int, draft_id: int, stream: IO[bytes]) -> int:
    """How many bytes that were."""
    size, number = 0, 0
    while pieces := [*_pieces(stream)]:
        database.retrying(
            partial(
                _insert,
                rows=[
                    {
                        "job_id": draft_id,
                        "number": number + place,
                        "clinic_id": clinic_id,
                        "content": piece,
                    }
                    for place, piece in enumerate(pieces)
                ],
            )
        )
        number += len(pieces)
        size += sum(map(len, pieces))
    return size


def drop(database: Database, draft_id: int) -> None:
    while database.retrying(partial(_drop_some, draft_id=draft_id)):
        pass


def content_of(database: Database, draft_id: int) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Stored(database, draft_id), PIECE))


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    for _ in range(AT_ONCE):
        piece = stream.read(PIECE)
        if not piece:
            return
        yield piece


def _insert(session: Session, rows: list[dict[str, object]]) -> None:
    session.connection().execute(sa.insert(UploadPart), rows)


def _drop_some(session: Session, draft_id: int) -> int:
    of_it = col(UploadPart.job_id) == draft_id
    few = sa.select(col(UploadPart.number)).where(of_it).limit(AT_ONCE)
    numbers = [*session.connection().scalars(few)]
    session.connection().execute(
        sa.delete(UploadPart).where(of_it, col(UploadPart.number).in_(numbers))
    )
    return len(numbers)


class _Stored(io.RawIOBase):
    """Reads one piece after the other, each in a moment of its own."""

    def __init__(self, database: Database, draft_id: int) -> None:
        self.database, self.draft_id = database, draft_id
        self.number, self.piece, self.at, self.before = 0, b"", 0, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.before + self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR and offset == 0:
            return self.tell()
        if (offset, whence) != (0, io.SEEK_SET):
            raise io.UnsupportedOperation("an upload is read from its beginning")
        self.number, self.piece, self.at, self.before = 0, b"", 0, 0
        return 0

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        if self.at == len(self.piece):
            self._next()
        some = self.piece[self.at : self.at + len(buffer)]
        buffer[: len(some)] = some
        self.at += len(some)
        return len(some)

    def _next(self) -> None:
        asked = sa.select(col(UploadPart.content)).where(
            col(UploadPart.job_id) == self.draft_id,
            col(UploadPart.number) == self.number,
        )
        self.before += len(self.piece)
        with self.database.reading() as session:
            self.piece = session.connection().scalar(asked) or b""
        self.at, self.number = 0, self.number + 1
