"""Checks an evidence pack of Heed, without Heed.

    python -I verify.py [PACK.zip, or the folder it was unpacked in] [--key BASE64]

Python 3.8 or newer and `cryptography`.  Exit 0: all holds; 1: what does not, by name."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PHONE_PREFIX, DETAIL_PREFIX = b"heed/phone/v1\x00", b"heed/detail/v1\x00"
NAME = re.compile(r"[A-Za-z]+\.[a-z]+|(disclosures|attachments)/[0-9a-f]{64}\.[a-z]+")
FORMAT, LONGEST = "heed-evidence/1", 1 << 24  # bytes of a line and of the manifest
SCALAR = json.JSONEncoder(ensure_ascii=False).encode
SHAPE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
HEADS = {"manifest.json", "manifest.sig"}
PROOFS = {"disclosure": ["txt"], "attachment": ["pdf", "jpg", "png"]}


class Broken(Exception):
    """The first thing that does not hold: a member or a record, and why."""


class Pack:
    """The members of a ZIP file or of a folder, by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.is_dir():
                found = [file for file in path.rglob("*") if not file.is_dir()]
                self.names = [file.relative_to(path).as_posix() for file in found]
            else:
                self.zip = zipfile.ZipFile(path)
                self.names = self.zip.namelist()
        except Exception as mistake:
            raise Broken(path.name, f"cannot be opened ({mistake}).") from None

    def open(self, name: str) -> IO[bytes]:
        folder = self.path.is_dir()
        return (self.path / name).open("rb") if folder else self.zip.open(name)


def need(holds: bool, where: str, why: str) -> None:
    if not holds:
        raise Broken(where, why)


def canonical(value: Any) -> bytes:
    """RFC 8785 for text, integers, booleans, null, lists and objects."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        pairs = [canonical(key) + b":" + canonical(value[key]) for key in keys]
        return b"{" + b",".join(pairs) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValueError("a number that has no place in evidence")
    return SCALAR(value).encode("utf-8")


def sha256(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()


def check(pack: Any, keys: list[str]) -> dict[str, Any]:
    """The manifest and the number of erased records; raises Broken.  `pack` has `names`
    and `open`; `keys` are the public keys to trust, none: the pack's own is used."""
    seen: set[str] = set()
    for name in pack.names:
        good = NAME.fullmatch(name) and name not in seen
        need(bool(good), name, "is not the name of a member, or is there twice.")
        seen.add(name)
    manifest = read_manifest(pack, keys)
    try:
        files = manifest["files"]
        for name in sorted(seen ^ HEADS.union(files)):
            why = "is not in the manifest." if name in seen else "is missing."
            raise Broken(name, why)
        erased = check_events(pack, manifest)
        for name in sorted({*files} - {"events.jsonl"}):
            for _line in read(pack, name, files[name]):
                pass
            need("/" not in name or files[name]["sha256"] in name, name, "is misnamed.")
    except SHAPE as mistake:
        raise Broken("manifest.json", f"lacks what is needed ({mistake}).") from None
    return {**manifest, "erased": erased}


def read_manifest(pack: Any, keys: list[str]) -> dict[str, Any]:
    """manifest.json, once its signature holds."""
    try:
        with pack.open(name := "manifest.json") as stream:
            raw = stream.read(LONGEST)
        manifest: dict[str, Any] = json.loads(raw.decode("utf-8"))
        public = manifest["key"]["public_key"]
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
        with pack.open(name := "manifest.sig") as stream:
            key.verify(stream.read(LONGEST), raw)
    except InvalidSignature:
        raise Broken("manifest.json or manifest.sig", "was changed.") from None
    except Exception as mistake:
        raise Broken(name, f"is missing or cannot be read ({mistake}).") from None
    name, trusted = "manifest.json", public in (keys or [public])
    need(trusted, name, f"is signed with {public}, which is not the key to trust.")
    need(manifest.get("format") == FORMAT, name, "is newer than this program.")
    return manifest


def read(pack: Any, name: str, signed: dict[str, Any]) -> Iterator[bytes]:
    """The lines of a member; at its end size and SHA-256 must be those signed."""
    digest, size = hashlib.sha256(), 0
    try:
        with pack.open(name) as stream:
            while size <= signed["bytes"] and (line := stream.readline(LONGEST)):
                digest.update(line)
                size += len(line)
                yield line
    except Exception as mistake:
        raise Broken(name, f"cannot be unpacked ({mistake}).") from None
    same = (size, digest.hexdigest()) == (signed["bytes"], signed["sha256"])
    need(same, name, "was changed: its SHA-256 is not the one that was signed.")


def check_events(pack: Any, manifest: dict[str, Any]) -> int:
    """How many records are erased; raises Broken with the first bad record."""
    said, last, count, erased = manifest["events"], 0, 0, 0
    for line in read(pack, "events.jsonl", manifest["files"]["events.jsonl"]):
        count += 1
        where = f"line {count} of events.jsonl"
        try:
            event = json.loads(line.decode("utf-8"))
            seq = event["leaf"]["seq"]
            where = f"record {seq} (events.jsonl line {count})"
            check_event(event, where, manifest)
            need(canonical(event) + b"\n" == line, where, "it is not canonical JSON.")
            need(seq > last, where, f"it comes after record {last}: not in order.")
            gap = manifest["whole"] and seq > last + 1
            need(not gap, where, f"record {last + 1} is missing before it.")
        except SHAPE as mistake:
            raise Broken(where, f"cannot be read ({mistake}).") from None
        last, erased = seq, erased + (event["salt"] is None)
    cut = manifest["whole"] and last != said["ledger_last_seq"]
    need(not cut, f"record {last + 1}", "is missing at the end of the ledger.")
    need(count == said["count"], "events.jsonl", "does not hold all records.")
    return erased


def check_event(event: dict[str, Any], where: str, manifest: dict[str, Any]) -> None:
    leaf, salt, detail = event["leaf"], event["salt"], event["detail"]
    good = sha256(b"\x00", canonical(leaf)) == event["leaf_hash"]
    need(good, where, "its leaf hash is not that of its fields.")
    need(leaf["clinic"] == manifest["clinic"], where, "it is another clinic's.")
    if salt is None and detail is None and event["phone"] is None:
        return  # erased on request: the leaf still proves that it was, and when
    binary = bytes.fromhex(salt)
    need(len(salt) == 64 and binary.hex() == salt, where, "its salt was changed.")
    good = sha256(PHONE_PREFIX, binary, canonical(event["phone"])) == leaf["phone"]
    need(good, where, "its phone is not the one that was recorded.")
    good = sha256(DETAIL_PREFIX, binary, canonical(detail)) == leaf["detail"]
    need(good, where, "its facts (detail) are not those that were recorded.")
    for kind, ends in PROOFS.items():
        named, files = detail.get(f"{kind}_sha256"), manifest["files"]
        good = named is None or any(f"{kind}s/{named}.{end}" in files for end in ends)
        need(good, where, f"it names the {kind} {named}, which is not in the pack.")


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an evidence pack of Heed.")
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--key", help="the public key published at /c/<clinic>/keys")
    given = parser.parse_args()
    try:
        found = check(Pack(given.pack), [] if given.key is None else [given.key])
    except Broken as broken:
        print("BROKEN.", ": ".join(broken.args).encode("unicode_escape").decode())
        return 1
    part, count = "all" if found["whole"] else "a part", found["events"]["count"]
    print(f"Everything holds: {count} records, of which {found['erased']} are erased;")
    print(f"{part} of the ledger of {found['clinic']!a}, made {found['made_at']!a}.")
    if given.key is None:
        print("Its own key was used. Compare it with the one at /c/<clinic>/keys:")
        print(found["key"]["public_key"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
