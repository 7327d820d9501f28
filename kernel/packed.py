"""The body of an answer, unpacked as it comes in, up to a size and not further."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

LARGEST = 2 * 1024 * 1024  # of what is read, and of what comes out of it
PIECE = 64 * 1024
EITHER = 32 + zlib.MAX_WBITS  # gzip or zlib, by its first bytes


class Garbled(ValueError):
    """The body is not packed in the way it says."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    content: bytes
    cut: bool  # there was more


def unpack(read: Callable[[int], bytes], packing: str) -> Unpacked:
    """`read` gives at most so many bytes, none at the end.  Raises Garbled."""
    packing = packing.strip().casefold()
    if packing in ("gzip", "x-gzip", "deflate"):
        step = _inflating()
    elif packing in ("", "identity"):
        step = _plain
    else:
        raise Garbled(packing)
    content, taken = bytearray(), 0
    while taken < LARGEST:
        piece = read(min(PIECE, LARGEST - taken))
        if not piece:
            return Unpacked(bytes(content), cut=False)
        taken += len(piece)
        # One byte more than there is room for tells that there was more.
        content += step(piece, LARGEST + 1 - len(content))
        if len(content) > LARGEST:
            return Unpacked(bytes(content[:LARGEST]), cut=True)
    return Unpacked(bytes(content), cut=bool(read(1)))


def _plain(piece: bytes, room: int) -> bytes:
    return piece


def _inflating() -> Callable[[bytes, int], bytes]:
    inflater = zlib.decompressobj(EITHER)

    def step(piece: bytes, room: int) -> bytes:
        # What is beyond the room stays packed: a bomb never unfolds in memory.
        try:
            return inflater.decompress(piece, room)
        except zlib.error as failure:
            raise Garbled(str(failure)) from None

    return step
