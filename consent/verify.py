"""Is this evidence pack what was signed?  A plain answer for any file whatsoever.

The rules are those of `pack/verify.py`, the very file that goes into each pack; here a
strict reader of ZIP files stands in front, and the two files that a person would run
or believe must be ones that were really shipped.
"""

import csv
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from consent.archive import UPLOADED, Archive
from consent.pack import verify as rules

SHIPPED = Path(__file__).parent / "data" / "pack_files.csv"
# What other programs add when they pack a folder; no pack of ours has such entries.
FOLDERS = frozenset(f"{kind}s/" for kind in rules.PROOFS)
REPACKED = (
    "is not the ZIP as it was downloaded: it was unpacked and packed again. "
    "Upload the file as you got it."
)


class Step(StrEnum):
    """What is looked at, in this order; the first that does not hold ends it."""

    zip = "zip"  # it can be read in one way only
    signature = "signature"  # of the manifest, by a key to trust
    records = "records"  # each hash, the order, no gap
    files = "files"  # those that were signed, and no other
    shipped = "shipped"  # verify.py and README.txt are ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    clinic: str
    events: int
    first_seq: int | None
    last_seq: int | None
    erased: int  # records of which only the leaf is left
    whole: bool  # the whole ledger, without a gap
    made_at: str
    made_by: str
    key_id: str
    public_key: str
    key_compared: bool  # False: the key came from the pack itself

    def fields(self) -> dict[str, Any]:
        return {"holds": True, **asdict(self)}

    @property
    def sentence(self) -> str:
        part = "the whole ledger" if self.whole else "a part of the ledger"
        compared = (
            ""
            if self.key_compared
            else (f" Its key was not compared: look it up at /c/{self.clinic}/keys.")
        )
        return (
            f"Everything holds: {self.events} records, {part} of {self.clinic}, made "
            f"{self.made_at} by {self.made_by}, signed with key {self.key_id}.{compared}"
        )


@dataclass(frozen=True, slots=True)
class Broken:
    """`where` is the first bad member or record, for example
    `record 17 (events.jsonl line 12)`."""

    where: str
    why: str
    at: Step
    held: tuple[Step, ...]  # what was looked at before, and holds

    def fields(self) -> dict[str, Any]:
        return {"holds": False, "where": self.where, "why": self.why}

    @property
    def sentence(self) -> str:
        return f"{self.where}: {self.why}"


def verify_pack(
    file: Path | IO[bytes],
    trusted_keys: Sequence[str] = (),
    read: Callable[[int], None] | None = None,
) -> Verified | Broken:
    """`trusted_keys` are public keys in base64; none: the pack's own is used.  Never
    raises, whatever the file holds.  `read` hears of bytes, as `Archive` tells them."""
    at, archive = Step.zip, None
    try:
        with closing(archive := Archive(file, read)):
            at = Step.signature
            rules.read_manifest(archive, list(trusted_keys))
            at = Step.files
            if FOLDERS.intersection(archive.names):
                raise rules.Broken(UPLOADED, REPACKED)
            found = rules.check(archive, list(trusted_keys))
            at = Step.shipped
            _really_shipped(found["files"])
            at = Step.files
            changed = archive.odd_one_out()
            if changed is not None:
                raise rules.Broken(changed, "its header in the ZIP file was changed.")
        return _verified(found, bool(trusted_keys))
    except rules.Broken as broken:
        where, why = broken.args
    except rules.SHAPE as mistake:  # signed, but not by a program like ours
        where, why = "manifest.json", f"lacks what is needed ({mistake})."
    return Broken(_plain(where), _plain(why), *_how_far(at, archive))


def _verified(found: dict[str, Any], compared: bool) -> Verified:
    return Verified(
        clinic=str(found["clinic"]),
        events=found["events"]["count"],
        first_seq=found["events"]["first_seq"],
        last_seq=found["events"]["last_seq"],
        erased=found["erased"],
        whole=found["whole"],
        made_at=str(found["made_at"]),
        made_by=str(found["made_by"]),
        key_id=str(found["key"]["id"]),
        public_key=found["key"]["public_key"],
        key_compared=compared,
    )


def _how_far(at: Step, archive: Archive | None) -> tuple[Step, tuple[Step, ...]]:
    """Where it broke, and what holds.  The records are read before the other files,
    but after the list of files: which member was opened last tells them apart."""
    order = list(Step)
    held = order[: order.index(at)]
    if at is Step.files and archive is not None:
        if archive.opened[-1] == "events.jsonl":
            at = Step.records
        elif archive.opened[-1] in rules.HEADS:  # the list of files: records unread
            held.remove(Step.records)
    return at, tuple(step for step in held if step is not at)


def shipped() -> dict[str, frozenset[str]]:
    """The SHA-256 of every `verify.py` and `README.txt` that ever went into a pack."""
    with SHIPPED.open(newline="") as table:
        rows = list(csv.DictReader(table))
    names = {row["file"] for row in rows}
    return {
        name: frozenset(row["sha256"] for row in rows if row["file"] == name)
        for name in names
    }


def _really_shipped(files: dict[str, dict[str, str]]) -> None:
    for name, known in sorted(shipped().items()):
        if files[name]["sha256"] not in known:
            raise rules.Broken(
                name,
                "is signed, but no version of Heed ever shipped it. Do not run it.",
            )


def _plain(text: str) -> str:
    """What comes from a pack must play no trick on a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
