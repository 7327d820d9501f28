"""Is this evidence pack what was signed?  A plain answer for any file whatsoever.

The rules are those of `pack/verify.py`, the very file that goes into each pack; here a
strict reader of ZIP files stands in front, and the two files that a person would run
or believe must be ones that were really shipped.
"""

import csv
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from consent.archive import Archive
from consent.pack import verify as rules

SHIPPED = Path(__file__).parent / "data" / "pack_files.csv"


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

    def fields(self) -> dict[str, Any]:
        return {"holds": False, **asdict(self)}

    @property
    def sentence(self) -> str:
        return f"{self.where}: {self.why}"


def verify_pack(file: Path, trusted_keys: Sequence[str] = ()) -> Verified | Broken:
    """`trusted_keys` are public keys in base64; none: the pack's own is used.  Never
    raises, whatever the file holds."""
    try:
        with closing(Archive(file)) as archive:
            found = rules.check(archive, list(trusted_keys))
            _really_shipped(found["files"])
            changed = archive.odd_one_out()
            if changed is not None:
                raise rules.Broken(changed, "its header in the ZIP file was changed.")
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
            key_compared=bool(trusted_keys),
        )
    except rules.Broken as broken:
        where, why = broken.args
        return Broken(_plain(where), _plain(why))
    except rules.SHAPE as mistake:  # signed, but not by a program like ours
        return Broken("manifest.json", _plain(f"lacks what is needed ({mistake})."))


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
