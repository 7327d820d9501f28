"""Which keys of a long file come more than once, in eight bytes for each row.

A key is kept as its 64-bit hash.  Two different keys with one hash would be taken for
one: in a file of a million rows that happens once in some ten million files.
"""

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence

MASK = (1 << 64) - 1
BUCKETS = 256  # each is small, so that sorting one needs no memory to speak of


class Ids:
    """Ids as they come; after `close` it answers which there are."""

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(BUCKETS)]
        self._again = [array("Q") for _ in range(BUCKETS)]

    def add(self, key: Hashable) -> None:
        mark = hash(key) & MASK
        self._buckets[mark % BUCKETS].append(mark)

    def close(self) -> None:
        for number, bucket in enumerate(self._buckets):
            ordered = array("Q", sorted(bucket))
            self._buckets[number] = ordered
            self._again[number] = array("Q", _twice(ordered))

    def __contains__(self, key: Hashable) -> bool:
        mark = hash(key) & MASK
        return _place(self._buckets[mark % BUCKETS], mark) is not None

    def firsts(self) -> "Firsts":
        """For one reading of the file."""
        return Firsts(self._again)


class Firsts:
    """On which line an id stood first.  Of an id that comes once nothing is kept."""

    def __init__(self, again: Sequence["array[int]"]) -> None:
        self._again = again
        self._lines = [array("I", [0]) * len(bucket) for bucket in again]
        self._none = not any(again)

    def line(self, key: Hashable) -> int:
        """0 = it has not stood yet."""
        if self._none:
            return 0
        bucket, place = self._find(key)
        return self._lines[bucket][place] if place is not None else 0

    def stands(self, key: Hashable, line: int) -> None:
        if self._none:
            return
        bucket, place = self._find(key)
        if place is not None:
            self._lines[bucket][place] = line

    def _find(self, key: Hashable) -> tuple[int, int | None]:
        mark = hash(key) & MASK
        bucket = mark % BUCKETS
        return bucket, _place(self._again[bucket], mark)


class Said:
    """What a file says of each patient; after `close`, of whom it says two things."""

    def __init__(self) -> None:
        self._who = [array("Q") for _ in range(BUCKETS)]
        self._what = [array("Q") for _ in range(BUCKETS)]
        self.of_two_minds: frozenset[int] = frozenset()

    def add(self, who: Hashable, what: Hashable) -> None:
        mark = hash(who) & MASK
        bucket = mark % BUCKETS
        self._who[bucket].append(mark)
        self._what[bucket].append(hash(what) & MASK)

    def close(self) -> None:
        self.of_two_minds = frozenset(self._different())
        self._who, self._what = [], []

    def twice(self, who: Hashable) -> bool:
        return bool(self.of_two_minds) and (hash(who) & MASK) in self.of_two_minds

    def _different(self) -> Iterator[int]:
        for who, what in zip(self._who, self._what, strict=True):
            first: dict[int, int] = {}
            for mark, said in zip(who, what, strict=True):
                if first.setdefault(mark, said) != said:
                    yield mark


def _twice(ordered: "array[int]") -> Iterator[int]:
    """Each mark that stands more than once, once."""
    before, given = -1, -1
    for mark in ordered:
        if mark == before and mark != given:
            given = mark
            yield mark
        before = mark


def _place(ordered: "array[int]", mark: int) -> int | None:
    place = bisect_left(ordered, mark)
    return place if place < len(ordered) and ordered[place] == mark else None
