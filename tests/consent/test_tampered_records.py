import json

import pytest

from consent.verify import Broken, Verified, verify_pack
from kernel.hashing import sha256_hex

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TEN = "record 10 (events.jsonl line 10)"


def lines_of(content):
    return content["events.jsonl"].splitlines(keepends=True)


def with_lines(content, lines):
    return {**content, "events.jsonl": b"".join(lines)}


@sqlite_alone
@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda lines: lines[:9] + lines[10:], "record 11 (events.jsonl line 10)"),
        (lambda lines: lines[:10] + lines[9:], "record 10 (events.jsonl line 11)"),
        (
            lambda lines: [*lines[:9], lines[10], lines[9], *lines[11:]],
            "record 11 (events.jsonl line 10)",
        ),
        (lambda lines: lines[:-1], "events.jsonl"),
        (
            lambda lines: [*lines[:-1], lines[-1][:-1]],
            "record 21 (events.jsonl line 21)",
        ),
        (lambda lines: [*lines[:9], b"{}\n", *lines[9:]], "line 10 of events.jsonl"),
        (lambda lines: [*lines, b"\n"], "line 22 of events.jsonl"),
        (
            lambda lines: [*lines[:9], b"[" * 9999, *lines[9:]],
            "line 10 of events.jsonl",
        ),
        (
            lambda lines: [*lines[:9], lines[9].replace(b":", b": ", 1), *lines[10:]],
            TEN,
        ),
        (lambda lines: [], "events.jsonl"),
    ],
)
def test_lines_deleted_inserted_swapped_or_cut_are_named(
    pack, members, packed, change, where
):
    content = members(pack)

    found = verify_pack(packed(with_lines(content, change(lines_of(content)))))

    assert isinstance(found, Broken)
    assert found.where == where


@sqlite_alone
@pytest.mark.parametrize(
    "field",
    [
        ("leaf", "at"),
        ("leaf", "kind"),
        ("leaf", "clinic"),
        ("leaf", "phone"),
        ("leaf", "detail"),
        ("leaf_hash",),
        ("phone",),
        ("salt",),
        ("detail", "words"),
        ("detail", "phone"),
    ],
)
def test_every_changed_field_of_a_record_names_the_record(pack, members, packed, field):
    content = members(pack)
    lines = lines_of(content)
    event = json.loads(lines[9])
    inner = event
    for name in field[:-1]:
        inner = inner[name]
    inner[field[-1]] = ("0" if inner[field[-1]][0] != "0" else "1") + inner[field[-1]][
        1:
    ]
    text = json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    lines[9] = text.encode() + b"\n"

    found = verify_pack(packed(with_lines(content, lines)))

    assert isinstance(found, Broken)
    assert found.where == TEN


@sqlite_alone
def test_a_pack_signed_by_another_key_is_not_trusted(ledger, make_pack, keys, tmp_path):
    own = keys.current().public_base64
    other = "A" * 43 + "="

    assert isinstance(verify_pack(make_pack().file, [other, own]), Verified)
    found = verify_pack(make_pack().file, [other])
    assert isinstance(found, Broken)
    assert found.where == "manifest.json"
    assert own in found.why


def forged(keys, content, **manifest):
    """The members with a manifest that their own key holder signs."""
    hashes = {
        name: entry(member)
        for name, member in content.items()
        if not name.startswith("manifest")
    }
    said = {**json.loads(content["manifest.json"]), "files": hashes, **manifest}
    raw = json.dumps(said).encode()
    return {**content, "manifest.json": raw, "manifest.sig": keys.sign(raw)[1]}


def entry(member):
    return {"sha256": sha256_hex(member), "bytes": len(member)}


@sqlite_alone
@pytest.mark.parametrize(
    ("name", "member", "where"),
    [
        ("verify.py", b"print('Everything holds')", "verify.py"),
        ("README.txt", b"Trust us.", "README.txt"),
        ("disclosures/" + "0" * 64 + ".txt", b"Not that.", "disclosures/" + "0" * 64),
        ("events.jsonl", b"", "record 1"),
    ],
)
def test_even_a_signed_pack_is_not_believed_blindly(
    pack, members, packed, keys, name, member, where
):
    content = {**members(pack), name: member}

    found = verify_pack(packed(forged(keys, content)))

    assert isinstance(found, Broken)
    assert found.where.startswith(where)


@sqlite_alone
@pytest.mark.parametrize(
    "manifest",
    [
        {"format": "heed-evidence/2"},
        {"files": []},
        {"files": {"events.jsonl": 5}},
        {"events": None},
        {"clinic": None},
        {"whole": None, "events": {}},
        {"made_at": None, "key": {}},
    ],
)
def test_a_signed_manifest_of_another_shape_ends_in_a_plain_answer(
    pack, members, packed, keys, manifest
):
    found = verify_pack(packed(forged(keys, members(pack), **manifest)))

    assert isinstance(found, Broken)
