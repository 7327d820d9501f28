"""Feeds that were damaged on their way, from a seed: the same ones each time."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.conftest import SHARED
from tests.reminders.feeding import appointment, bundle, event, ics, patient, siu

CORPUS = SHARED / "corpora" / "d_fhir_hl7_csv.jsonl"
PIECES = (
    *(b"MSH|", b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\x0b", b"\x1c", b"\x00"),
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b";", b"null", b"true", b"1e400"),
    *(b"99999999999999999999", b"-1", b"0" * 40, b"\xff\xfe", b"\xe2\x80\xa8", b"\xc3"),
    *(
        b"\\ud800",
        b"\\X41\\",
        b"\\.in999999\\",
        b'""',
        b"PID|1||",
        b"SCH|",
        b"MSH|^~\\&|",
    ),
    *(b"BEGIN:VEVENT\n", b"END:VEVENT\n", b"BEGIN:VTIMEZONE\n", b"\n ", b";TZID=x"),
    *(b"RRULE:FREQ=DAILY\n", b"RRULE:FREQ=YEARLY;BYMONTHDAY=-31;COUNT=9\n", b"T", b"Z"),
    *(b"EXDATE:20261208\n", b"20261101T013000", b"202703140230", b"+9999", b"00000000"),
    *(b'"resourceType":"Bundle",', b'"entry":[', b'"status":1,', b'"participant":{},'),
    *(b'"contained":[null],', b'"meta":{"lastUpdated":"0001-01-01T00:00:00+14:00"},'),
)
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 7.5, 10**30, "", "x", "\0", "x" * 5000, "2026-12-08", "Z"),
    *([], {}, [None], [[]], {"a": None}, [{}], "Patient/P2", "urn:uuid:1", "#p", "old"),
    *("9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00Z", "2026-11-01T01:30:00", "es"),
)


def seeds() -> list[list[bytes]]:
    """By format, those of the corpus apart: few of them can be imported as they are."""
    weekly = event("RRULE:FREQ=WEEKLY;COUNT=9", "EXDATE:20261215T150000")
    moved = event("RECURRENCE-ID:20261222T150000", start=":20261223T090000")
    people = [patient(), patient("P2", deceasedBoolean=True)]
    fhir = [json.dumps(bundle(appointment(), appointment("V2", "Patient/P2"), *people))]
    fhir += ["\n".join(map(json.dumps, (appointment(), *people)))]
    hl7 = [siu() + siu(event="S15", control="C2"), siu(ends="\n", phone="")]
    calendars = [ics(event(), weekly, moved), ics(event(start=":20261208T200000Z"))]
    theirs: list[list[str]] = [[], []]
    for line in _corpus():
        text = json.dumps(line["resource"]) if "resource" in line else line["text"]
        theirs["resource" in line].append(text)
    kinds = (fhir, hl7, calendars, *filter(None, theirs))
    return [[one.encode() for one in kind] for kind in kinds]


def damaged(count: int, seed: int) -> Iterator[bytes]:
    chance, kinds = random.Random(seed), seeds()
    for _ in range(count):
        feed = bytearray(chance.choice(chance.choice(kinds)))
        if feed[:1] == b"{" and b"\n" not in feed and chance.random() < 0.7:
            yield _bent(json.loads(feed), chance)
            continue
        for _ in range(chance.randint(1, 5)):
            _damage(feed, chance, kinds)
        yield bytes(feed)


def _bent(content: Any, chance: random.Random) -> bytes:
    """Still JSON, with a few values that do not belong there."""
    for _ in range(chance.randint(1, 5)):
        node, path = content, []
        while isinstance(node, dict | list) and node and chance.random() < 0.85:
            keys = list(node) if isinstance(node, dict) else range(len(node))
            path.append((node, chance.choice(list(keys))))
            node = node[path[-1][1]]
        if path:
            parent, key = path[-1]
            parent[key] = deepcopy(chance.choice(VALUES))
    return json.dumps(content).encode()


def _damage(feed: bytearray, chance: random.Random, kinds: list[list[bytes]]) -> None:
    start = chance.randrange(len(feed) + 1)
    end = min(len(feed), start + chance.randrange(1, 60))
    how = chance.randrange(6)
    if how == 0 and start < len(feed):
        feed[start] = chance.randrange(256)
    elif how == 1:
        del feed[start:end]
    elif how == 2:
        feed[start:start] = feed[start:end] * chance.randrange(1, 4)
    elif how == 3:
        feed[start:start] = chance.choice(PIECES)
    elif how == 4:
        feed[start:end] = chance.choice(PIECES)
    else:
        other = chance.choice(chance.choice(kinds))
        cut = chance.randrange(len(other))
        feed[start:end] = other[cut : cut + chance.randrange(1, 300)]


def _corpus() -> list[dict[str, str]]:
    if not CORPUS.exists():
        return []
    lines = map(json.loads, CORPUS.read_text().splitlines())
    return [line for line in lines if "headings" not in line]
