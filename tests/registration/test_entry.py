from datetime import UTC, datetime
from hashlib import sha256

import pytest

from kernel.errors import Invalid
from registration.entry import operator_entry, read_evidence

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)


def test_a_file_is_recorded_with_its_hash(tmp_path):
    file = tmp_path / "portal.png"
    file.write_bytes(b"what the portal showed")

    recorded = read_evidence(str(file))

    assert recorded == f"{file} sha256:{sha256(b'what the portal showed').hexdigest()}"


def test_a_web_address_is_recorded_as_it_is():
    address = "https://portal.example/campaign/CMAPLE1"

    assert read_evidence(address) == address


@pytest.mark.parametrize(
    "given",
    [
        "",
        "no-such-file.png",
        "ftp://portal.example/x",
        "file:///etc/hostname",
        "http://",
        "https://[",
        "javascript://alert",
        "\0",
        ".",
    ],
)
def test_evidence_that_nobody_can_open_is_refused(given):
    with pytest.raises(Invalid):
        read_evidence(given)


def test_an_empty_file_shows_nothing(tmp_path):
    file = tmp_path / "empty.png"
    file.touch()

    with pytest.raises(Invalid, match="is empty"):
        read_evidence(str(file))


@pytest.mark.parametrize(("evidence", "note"), [("", "seen"), ("x", ""), (" ", " ")])
def test_a_typed_status_needs_evidence_and_a_note(evidence, note):
    with pytest.raises(Invalid, match="evidence"):
        operator_entry("ACTIVE", evidence=evidence, note=note, now=NOW)
