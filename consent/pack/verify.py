"""Checks an evidence pack of Heed, without Heed.

    python verify.py [PACK.zip, or the folder it was unpacked in] [--key BASE64]

Needs Python 3.8 or newer and the package `cryptography`; README.txt says in words
what is done here.  Exit status 0: everything holds; 1: the first thing that does not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "heed-evidence/1"
PHONE_PREFIX, DETAIL_PREFIX = b"heed/phone/v1\x00", b"heed/detail/v1\x00"
LEAF_PREFIX = b"\x00"
LEAF = {"at", "clinic", "detail", "kind", "phone", "seq"}
EVENT = {"detail", "leaf", "leaf_hash", "phone", "salt"}
SIGNED = ("manifest.json", "manifest.sig")
NAME = re.compile(r"[A-Za-z]+\.[a-z]+|(disclosures|attachments)/[0-9a-f]{64}\.[a-z]+")
LONGEST = 1 << 24  # bytes of one line and of the manifest: memory stays bounded
SHAPE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, *SHAPE)


class Broken(Exception):
    """The first thing that does not hold: `where` is a member or a record."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


class Pack:
    """The members of a ZIP file or of a folder, by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.is_dir():
                found = [file for file in sorted(path.rglob("*")) if not file.is_dir()]
                self.names = [file.relative_to(path).as_posix() for file in found]
            else:
                self.zip = zipfile.ZipFile(path)
                self.names = self.zip.namelist()
        except UNREADABLE as mistake:
            raise Broken(path.name, f"cannot be opened ({mistake}).") from None

    def open(self, name: str) -> IO[bytes]:
        return (
            (self.path / name).open("rb") if self.path.is_dir() else self.zip.open(name)
        )


def canonical(value: Any) -> bytes:
    """RFC 8785 for text, integers, booleans, null, lists and objects."""
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValueError("evidence holds no such number")
    return value


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def check(pack: Any, keys: list[str]) -> dict[str, Any]:
    """The manifest and the number of erased records; raises Broken.

    `pack` has `names` and `open`; `keys` are the public keys to trust (base64); none
    given: the one in the pack is used.
    """
    for name in pack.names:
        if not NAME.fullmatch(name) or pack.names.count(name) > 1:
            raise Broken(ascii(name), "is no name of a member, or is there twice.")
    manifest = read_manifest(pack, keys)
    try:
        files = manifest["files"]
        for name in sorted({*files, *SIGNED} ^ {*pack.names}):
            missing = name not in pack.names
            raise Broken(name, "is missing." if missing else "is not in the manifest.")
        erased = check_events(pack, manifest)
        for name in sorted({*files} - {"events.jsonl"}):
            for _line in read(pack, name, files[name]):
                pass
            if name.startswith("disclosures/") and files[name]["sha256"] != name[12:-4]:
                raise Broken(
                    name, "is not the wording whose SHA-256 it is named after."
                )
    except SHAPE as mistake:
        raise Broken("manifest.json", f"lacks what is needed ({mistake}).") from None
    return {**manifest, "erased": erased}


def read_manifest(pack: Any, keys: list[str]) -> dict[str, Any]:
    """manifest.json, once its signature holds."""
    content = {}
    for name in SIGNED:
        try:
            with pack.open(name) as stream:
                content[name] = stream.read(LONGEST)
        except UNREADABLE as mistake:
            raise Broken(name, f"is missing or cannot be read ({mistake}).") from None
    raw, signature = content["manifest.json"], content["manifest.sig"]
    try:
        manifest: dict[str, Any] = json.loads(raw.decode("utf-8"))
        public = manifest["key"]["public_key"]
        key = Ed25519PublicKey.from_public_bytes(
            base64.b64decode(public, validate=True)
        )
    except SHAPE as mistake:
        raise Broken("manifest.json", f"cannot be read ({mistake}).") from None
    if keys and public not in keys:
        raise Broken("manifest.json", f"its key {public} is not the one to trust.")
    if len(signature) != 64:
        raise Broken("manifest.sig", "is not 64 bytes long.")
    try:
        key.verify(signature, raw)
    except InvalidSignature:
        where = " or ".join(SIGNED)
        raise Broken(where, "was changed: the signature does not match.") from None
    if manifest.get("format") != FORMAT:
        raise Broken("manifest.json", "has a format that this program does not know.")
    return manifest


def read(pack: Any, name: str, signed: dict[str, Any]) -> Iterator[bytes]:
    """The lines of a member; at its end size and SHA-256 must be those signed."""
    digest, size = hashlib.sha256(), 0
    try:
        with pack.open(name) as stream:
            for line in iter(lambda: stream.readline(LONGEST), b""):
                digest.update(line)
                size += len(line)
                if size > signed["bytes"]:
                    break
                yield line
    except UNREADABLE as mistake:
        raise Broken(name, f"cannot be unpacked ({mistake}).") from None
    if (size, digest.hexdigest()) != (signed["bytes"], signed["sha256"]):
        raise Broken(name, "was changed: its SHA-256 is not the one that was signed.")


def check_events(pack: Any, manifest: dict[str, Any]) -> int:
    """How many records are erased; raises Broken with the first bad record."""
    said, whole = manifest["events"], manifest["whole"]
    wordings = {name[12:-4] for name in pack.names if name.startswith("disclosures/")}
    seqs, erased, last = [], 0, 0
    lines = read(pack, "events.jsonl", manifest["files"]["events.jsonl"])
    for number, line in enumerate(lines, 1):
        where = f"line {number} of events.jsonl"
        try:
            event = json.loads(line.decode("utf-8"))
            seq = event["leaf"]["seq"]
            where = f"record {seq} (events.jsonl line {number})"
            why = fault(event, manifest["clinic"], wordings)
            if not why and canonical(event) + b"\n" != line:
                why = "it is not written as canonical JSON."
            if not why and seq <= last:
                why = f"it comes after record {last}: the order was changed."
            if not why and whole and seq != last + 1:
                why = f"record {last + 1} is missing before it."
        except SHAPE as mistake:
            raise Broken(where, f"cannot be read ({mistake}).") from None
        if why:
            raise Broken(where, why)
        seqs = [*seqs[:1], seq]
        last, erased = seq, erased + (event["salt"] is None)
    first, count = (seqs[0], number) if seqs else (None, 0)
    if (count, first, last or None) != (
        said["count"],
        said["first_seq"],
        said["last_seq"],
    ):
        raise Broken(
            "events.jsonl", "does not hold the records that the manifest names."
        )
    if whole and last != said["ledger_last_seq"]:
        missing = f"the ledger went up to {said['ledger_last_seq']}"
        raise Broken(f"record {last + 1}", f"is missing at the end: {missing}.")
    return erased


def fault(event: dict[str, Any], clinic: str, wordings: set[str]) -> str:
    """What is wrong with one record, or an empty text."""
    leaf, salt, detail = event["leaf"], event["salt"], event["detail"]
    if {*event} != EVENT or {*leaf} != LEAF:
        return "it does not have the fields of a record."
    if sha256(LEAF_PREFIX + canonical(leaf)) != event["leaf_hash"]:
        return "its leaf hash is not that of its fields."
    if leaf["clinic"] != clinic:
        return "it belongs to another clinic."
    if salt is None and detail is None and event["phone"] is None:
        return ""  # erased on request; the leaf still proves that and when it happened
    binary = bytes.fromhex(salt)
    if len(binary) != 32 or binary.hex() != salt:
        return "its salt is not 64 hexadecimal digits."
    if sha256(PHONE_PREFIX + binary + canonical(event["phone"])) != leaf["phone"]:
        return "its phone is not the one that was recorded."
    if sha256(DETAIL_PREFIX + binary + canonical(detail)) != leaf["detail"]:
        return "its facts (detail) are not those that were recorded."
    wording = detail.get("disclosure_sha256")
    if wording is not None and wording not in wordings:
        return f"it names the wording {wording}, which is not in the pack."
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an evidence pack of Heed.")
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--key", help="the public key published at /c/<clinic>/keys")
    given = parser.parse_args()
    try:
        found = check(Pack(given.pack), [given.key] if given.key else [])
    except Broken as broken:
        print("BROKEN.", str(broken).encode("unicode_escape").decode())
        return 1
    events, key = found["events"], found["key"]
    part = "all, without a gap" if found["whole"] else "a part, so gaps are normal"
    print(
        f"Everything holds: {events['count']} records of {found['clinic']!a} ({part}),"
    )
    print(
        f"numbers {events['first_seq']} to {events['last_seq']}, {found['erased']} erased."
    )
    print(f"Made {found['made_at']!a} by {found['made_by']!a}; key {key['id']!a}.")
    if not given.key:
        print("The key was taken from the pack itself. Compare it with the one that is")
        print(f"published at /c/{found['clinic']!a}/keys, or give that with --key:")
        print(key["public_key"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
