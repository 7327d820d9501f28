"""A small ledger with everything in it, and what a test does to a pack."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent import disclosures, record
from consent.attest import attest
from consent.evidence import Exported, export
from consent.models import Grade, Topic
from consent.standing import lock_line

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
PAT, ANN, KIM = "+12065550111", "+12065550112", "+12065550113"
ODD = "=cmd|'/c calc'!A1"  # a sender that is no number
HOSTILE = (
    '=HYPERLINK("http://e","x")',
    "+1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    "＝1+1",
    "\u200b=1",
    "1;=1+1",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "\ud83d STOP \udc00",
    "line one\nline two",
    "+12065550111",
    "007",
    "מה שלומך 🙂",
)


@pytest.fixture
def ledger(database, cast):
    """16 records of Maple: Pat in and out, Ann held, Kim imported, an odd sender, and
    every hostile text; one record of Birch."""
    with database.writing() as session:
        maple = cast.maple.clinic_id
        wording = disclosures.publish(
            session, maple, "keyword", "en", "Text START to get reminders.", NOW
        )
        lock_line(session, maple, PAT)
        shown = {
            "method": "text message",
            "words": "START",
            "campaign": "maple-care",
            "disclosure_sha256": wording.sha256,
        }
        record.opt_in(session, maple, PAT, Topic.care, Grade.proven, shown, NOW)
        stop = {"method": "text message", "words": "stop please"}
        record.opt_out(session, maple, PAT, stop, NOW + timedelta(days=1))
        lock_line(session, maple, ANN)
        other = {**shown, "campaign": "maple-recall", "disclosure_sha256": None}
        record.opt_in(session, maple, ANN, Topic.reviews, Grade.recorded, other, NOW)
        record.hold(session, maple, ANN, "unsure", {"words": "who?"}, NOW)
        attest(session, maple, "admin@maple-dental.example", "Told at the desk.", NOW)
        record.record_asserted(session, maple, KIM, Topic.care, {"row": 7}, NOW)
        for words in HOSTILE:
            lock_line(session, maple, ODD)
            odd = {"words": words, "method": "text message"}
            record.opt_out(session, maple, ODD, odd, NOW + timedelta(days=2))
        birch = cast.birch.clinic_id
        lock_line(session, birch, PAT)
        record.opt_in(session, birch, PAT, Topic.care, Grade.proven, {}, NOW)
    return cast


@pytest.fixture
def make_pack(database, keys, tmp_path) -> Callable[..., Exported]:
    def make(name: str = "pack.zip", now: datetime = NOW, **wanted: object) -> Exported:
        return export(
            database,
            keys,
            slug="maple-dental",
            out=tmp_path / name,
            made_by="auditor@maple-dental.example",
            now=now,
            **wanted,
        )

    return make


@pytest.fixture
def pack(ledger, make_pack) -> Path:
    return make_pack().file


@pytest.fixture
def members() -> Callable[[Path], dict[str, bytes]]:
    def read(file: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(file) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    return read


@pytest.fixture
def packed(tmp_path) -> Callable[[dict[str, bytes]], Path]:
    """Any members as a ZIP file, packed by an ordinary program."""

    def write(content: dict[str, bytes]) -> Path:
        file = tmp_path / "anew.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, member in content.items():
                archive.writestr(name, member)
        return file

    return write


@pytest.fixture
def now() -> datetime:
    return NOW
