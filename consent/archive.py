"""Reads the ZIP file of a pack, and only one that can be read in one way.

Every header is looked at: programs differ in which of two contradicting ones they
believe, so a pack with two meanings is refused.  It never writes to the disk.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from consent.pack.verify import Broken

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
STORED, DEFLATED = 0, 8
UTF8_NAMES = 0x800
FIRST_DAY = 33  # 1980-01-01, what zipfile writes when it is told no date
CHUNK = 1 << 12  # of packed bytes: at most 4 MiB when unpacked

MEMBERS = 20_000
SMALL = 1 << 24  # a wording, a script, the manifest
LARGE = 1 << 31  # the two members that grow with the ledger
GROWING = ("events.jsonl", "readable.csv")
SWELLING = 300  # a ledger unpacks to some 5 times its packed size, a bomb to 1,000
UPLOADED = "The file"  # what has no name of its own that we would repeat
CONTRADICTION = "has two headers in the ZIP that do not agree, so one was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    name: str
    method: int
    crc: int
    packed: int
    size: int
    start: int  # where its packed bytes begin
    ours: bool  # both headers are, byte for byte, as we write them


class Archive:
    """`names` and `open`, as `consent.pack.verify.check` wants them.

    Raises Broken with the member, or with the file where no member is to blame.
    `read` hears how many bytes were unpacked; what it raises ends the reading.
    """

    def __init__(
        self, file: Path | IO[bytes], read: Callable[[int], None] | None = None
    ) -> None:
        name = file.name if isinstance(file, Path) else UPLOADED
        try:
            self._content = file.open("rb") if isinstance(file, Path) else file
        except OSError as mistake:
            raise Broken(name, f"cannot be opened ({mistake.strerror}).") from None
        self.opened: list[str] = []
        self._read = read
        try:
            members = list(_members(self._content, name))
        except BaseException:
            self.close()
            raise
        self.names = [member.name for member in members]
        self._members = {member.name: member for member in members}

    def close(self) -> None:
        self._content.close()

    def open(self, name: str) -> IO[bytes]:
        """Unpacks as it is read.  Raises KeyError for a name that is not there."""
        raw = _Unpacked(self._content, self._members[name], self._read)
        self.opened.append(name)
        return io.BufferedReader(raw, 1 << 16)

    def odd_one_out(self) -> str | None:
        """The first member whose headers are not ours though others' are: changed.
        None of them ours: another program packed the same files anew."""
        ours = {member.name for member in self._members.values() if member.ours}
        others = [name for name in self.names if name not in ours]
        return others[0] if ours and others else None


def _members(content: IO[bytes], file: str) -> Iterator[Member]:
    end = content.seek(0, io.SEEK_END) - END.size
    content.seek(max(end, 0))
    tail = content.read(END.size)
    if end < 0 or not tail.startswith(b"PK\x05\x06"):
        raise Broken(file, "is no ZIP file, or its end is missing or was changed.")
    _, disk, first_disk, here, count, length, start, comment = END.unpack(tail)
    if disk or first_disk or here != count or comment or start + length != end:
        raise Broken(file, "has a table of contents that was changed.")
    if count > MEMBERS:
        raise Broken(file, f"has {count} members, more than any pack.")
    content.seek(start)
    table = content.read(length)
    place, data_end, last = 0, 0, file
    for _ in range(count):
        member, place = _member(content, table, place, data_end, last)
        data_end, last = member.start + member.packed, member.name
        yield member
    if place != length or data_end != start:
        raise Broken(last, "is followed by bytes that belong to no member.")


def _member(
    content: IO[bytes], table: bytes, place: int, expected: int, last: str
) -> tuple[Member, int]:
    """The member at `place` of the table, and the place of the next.  Its bytes begin
    at `expected`, right after the member `last`."""
    header = table[place : place + CENTRAL.size]
    if len(header) < CENTRAL.size or not header.startswith(b"PK\x01\x02"):
        said = _local(content, expected)[1]
        raise Broken(said or last, "is not as the ZIP's table of contents says.")
    fields = CENTRAL.unpack(header)
    _, made_by, *shared, name_length, extra, note, disk, inner, outer, offset = fields
    place += CENTRAL.size
    name = table[place : place + name_length]
    local, said, raw = _local(content, offset)
    where = _shown(name) if name == raw else f"{said} (also called {_shown(name)})"
    if not local or [*shared, name] != [*local[:-1], raw]:
        raise Broken(where, CONTRADICTION)
    _version, flags, method, time, date, crc, packed, size = shared
    if offset != expected:
        raise Broken(last, "is followed by bytes that belong to no member.")
    if disk:
        raise Broken(where, "is not as the ZIP's table of contents says.")
    if flags & 1:
        raise Broken(where, "is encrypted.")
    if flags & ~UTF8_NAMES or method not in (STORED, DEFLATED):
        raise Broken(
            where,
            "is packed in a way that is never used for a pack. If the ZIP was unpacked "
            "and packed again, upload the file as it was downloaded.",
        )
    most = LARGE if where in GROWING else SMALL
    if size > min(most, SMALL + packed * SWELLING):
        raise Broken(where, f"would unpack to {size} bytes, more than a pack needs.")
    plain = (made_by, flags, time, date, extra, note, inner, outer, local[-1])
    member = Member(
        name=where,
        method=method,
        crc=crc,
        packed=packed,
        size=size,
        start=offset + LOCAL.size + len(raw) + local[-1],
        ours=plain == (3 << 8 | 20, 0, 0, FIRST_DAY, 0, 0, 0, 0o600 << 16, 0),
    )
    return member, place + name_length + extra + note


def _local(content: IO[bytes], at: int) -> tuple[list[int], str, bytes]:
    """The fields that the table repeats, then the length of the extra field; and the
    name, for people and as it is.  Empty where there is no header."""
    content.seek(at)
    header = content.read(LOCAL.size)
    if len(header) < LOCAL.size or not header.startswith(b"PK\x03\x04"):
        return [], "", b""
    _, *shared, name_length, extra = LOCAL.unpack(header)
    name = content.read(name_length)
    return [*shared, extra], _shown(name), name


def _shown(name: bytes) -> str:
    return name.decode("ascii", "backslashreplace")


class _Unpacked(io.RawIOBase):
    """The bytes of a member; raises ValueError where they are not what was packed."""

    def __init__(
        self, content: IO[bytes], member: Member, read: Callable[[int], None] | None
    ) -> None:
        self._content = content
        self._read = read
        self._member = member
        self._left = member.packed
        self._at = member.start
        self._size = self._crc = 0
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        part = self._next(len(buffer))
        buffer[: len(part)] = part
        if self._read is not None:
            self._read(len(part))
        self._size += len(part)
        self._crc = zlib.crc32(part, self._crc)
        if not part and (self._size, self._crc) != (
            self._member.size,
            self._member.crc,
        ):
            raise ValueError("its size or CRC is wrong")
        if self._size > self._member.size:
            raise ValueError("it is longer than its header says")
        return len(part)

    def _next(self, most: int) -> bytes:
        if self._member.method == STORED:
            return self._packed(most)
        while not self._ready and not self._inflate.eof:
            packed = self._packed(CHUNK)
            if not packed:
                raise ValueError("it ends too early")
            self._ready = self._inflate.decompress(packed[:-1])
            self._ready += self._last_byte(packed[-1])
        if (self._left or self._inflate.unused_data) and not self._ready:
            raise ValueError("bytes follow its end")
        part, self._ready = self._ready[:most], self._ready[most:]
        return part

    def _last_byte(self, byte: int) -> bytes:
        """Of the last byte of all some bits are not used.  They must be 0, or a changed
        byte could stay unseen."""
        twin = None if self._left or self._inflate.eof else self._inflate.copy()
        part = self._inflate.decompress(bytes([byte]))
        if twin is not None and byte:
            same = twin.decompress(bytes([byte ^ 1 << byte.bit_length() - 1])) == part
            if same and twin.eof:
                raise ValueError("an unused bit of its last byte was changed")
        return part

    def _packed(self, most: int) -> bytes:
        self._content.seek(self._at)
        part = self._content.read(min(most, self._left))
        self._at += len(part)
        self._left -= len(part)
        return part
