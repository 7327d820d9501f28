import json
import random
import struct
import zipfile

import pytest
import sqlalchemy as sa

from consent.verify import Broken, Verified, verify_pack
from kernel.hashing import sha256_hex

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TEN = "record 10 (events.jsonl line 10)"


def lines_of(content):
    return content["events.jsonl"].splitlines(keepends=True)


def with_lines(content, lines):
    return {**content, "events.jsonl": b"".join(lines)}


@sqlite_alone
def test_the_same_members_packed_anew_by_an_ordinary_program_still_hold(
    pack, members, packed
):
    assert isinstance(verify_pack(packed(members(pack))), Verified)


@sqlite_alone
def test_one_changed_byte_of_any_member_names_it(pack, members, packed):
    content, chance = members(pack), random.Random(1)

    for name, member in content.items():
        places = {0, len(member) - 1, *chance.sample(range(len(member)), 12)}
        for place in places:
            bad = bytearray(member)
            bad[place] ^= 1 << chance.randrange(8)
            found = verify_pack(packed({**content, name: bytes(bad)}))
            assert isinstance(found, Broken), (name, place)
            assert name in found.sentence, (name, place, found)


@sqlite_alone
def test_one_changed_byte_anywhere_in_the_file_ends_in_a_plain_answer(pack, tmp_path):
    good, chance = pack.read_bytes(), random.Random(2)
    with zipfile.ZipFile(pack) as archive:
        table, infos = archive.start_dir, archive.infolist()
    headers = [*range(table, len(good))]
    names = {}
    for info in infos:
        size = 30 + len(info.filename)
        headers += range(info.header_offset, info.header_offset + size)
        data = range(
            info.header_offset + size, info.header_offset + size + info.compress_size
        )
        for place in {data[0], data[-1], *chance.choices(data, k=12)}:
            names[place] = info.filename
    file = tmp_path / "flipped.zip"

    for place in (*headers, *names):
        bad = bytearray(good)
        bad[place] ^= 1 << chance.randrange(8)
        file.write_bytes(bad)
        found = verify_pack(file)
        assert isinstance(found, Broken), place
        assert names.get(place, "") in found.sentence, (place, found)


@sqlite_alone
def test_an_unused_bit_of_a_packed_member_counts_too(pack, members, packed, tmp_path):
    anew = packed(members(pack))  # there all members are packed: some bit is unused
    good, unseen = anew.read_bytes(), 0
    with zipfile.ZipFile(anew) as archive:
        infos = archive.infolist()
    file = tmp_path / "flipped.zip"

    for info in infos:
        last = info.header_offset + 29 + len(info.filename) + info.compress_size
        for bit in range(8):
            bad = bytearray(good)
            bad[last] ^= 1 << bit
            file.write_bytes(bad)
            with zipfile.ZipFile(file) as archive:
                unseen += archive.testzip() is None  # zipfile sees nothing wrong
            found = verify_pack(file)
            assert isinstance(found, Broken), (info.filename, bit)
            assert info.filename in found.sentence

    assert unseen


@sqlite_alone
def test_a_header_that_is_changed_in_both_places_is_named(pack, tmp_path):
    good = bytearray(pack.read_bytes())
    with zipfile.ZipFile(pack) as archive:
        info = archive.getinfo("readable.csv")
        table = archive.start_dir
    central = good.index(b"readable.csv", table) - 46
    for place in (info.header_offset + 10, central + 12):
        good[place] ^= 1  # the time
    file = tmp_path / "flipped.zip"
    file.write_bytes(good)

    assert verify_pack(file) == Broken(
        "readable.csv", "its header in the ZIP file was changed."
    )


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


DAMAGES = [
    ("consentevent", "seq", "99", "record 11"),
    ("consentevent", "clinic_id", "2", "record 11"),
    ("consentevent", "at", "'2026-11-30 18:00:00.000001'", "record 10"),
    ("consentevent", "kind", "'opt_in'", "record 10"),
    ("consentevent", "phone_commitment", "upper(phone_commitment)", "record 10"),
    ("consentevent", "detail_commitment", "'x\"y'", "record 10"),
    ("consentevent", "leaf_hash", "upper(leaf_hash)", "record 10"),
    ("consentdetail", "seq", "99", None),  # moved to nothing: as if it were erased
    ("consentdetail", "salt", "upper(salt)", "record 10"),
    ("consentdetail", "salt", "'no salt'", "record 10"),
    ("consentdetail", "phone", "'+12065550199'", "record 10"),
    ("consentdetail", "detail", "replace(detail, '=1', '=2')", "record 10"),
    ("consentdetail", "detail", "detail || ' '", "record 10"),
    ("consentdetail", "detail", "'no json'", "record 10"),
    ("consentdetail", "detail", "'5'", "record 10"),
    ("ledgerhead", "name", "'birch-eye'", "record 1"),
    ("ledgerhead", "next_seq", "next_seq + 1", "record 22"),
]


def run_as_owner(database, *statements):
    """As somebody with the database's password would: no trigger, no foreign key."""
    with database.writer.connect() as connection:
        if database.dialect == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for verb in ("update", "delete"):
                trigger = f"consentevent_no_{verb}"
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(sa.text(statement))
        connection.exec_driver_sql("COMMIT")
        connection.invalidate()


TABLES = ("consentevent", "consentdetail", "ledgerhead", "disclosure")
KEEP = [f"CREATE TABLE kept_{name} AS SELECT * FROM {name}" for name in TABLES]
MEND = [
    step
    for name in TABLES
    for step in (f"DELETE FROM {name}", f"INSERT INTO {name} SELECT * FROM kept_{name}")
]


def test_every_column_that_is_changed_in_the_database_is_found(
    ledger, database, make_pack
):
    run_as_owner(database, *KEEP)

    for table, column, value, where in DAMAGES:
        which = "" if table == "ledgerhead" else "AND seq = 10"
        change = f"UPDATE {table} SET {column} = {value} WHERE clinic_id = 1 {which}"
        run_as_owner(database, *MEND)
        assert isinstance(verify_pack(make_pack().file), Verified), change
        run_as_owner(database, change)
        found = verify_pack(make_pack().file)
        if where is None:
            assert isinstance(found, Verified), change
            assert found.erased == 1
        else:
            assert isinstance(found, Broken), change
            assert found.where.split(" (")[0] == where, (change, found)


ROWS = [
    (["DELETE FROM consentevent WHERE clinic_id = 1 AND seq = 10"], "record 11"),
    (["DELETE FROM consentevent WHERE clinic_id = 1 AND seq = 21"], "record 21"),
    (["DELETE FROM consentevent WHERE clinic_id = 1 AND seq = 1"], "record 2"),
    (
        [
            "INSERT INTO consentevent SELECT clinic_id, 22, at, kind, phone_commitment,"
            " detail_commitment, leaf_hash FROM consentevent WHERE seq = 10"
        ],
        "record 22",
    ),
    (
        [
            "UPDATE consentevent SET seq = 99 WHERE clinic_id = 1 AND seq = 9",
            "UPDATE consentevent SET seq = 9 WHERE clinic_id = 1 AND seq = 10",
            "UPDATE consentevent SET seq = 10 WHERE clinic_id = 1 AND seq = 99",
        ],
        "record 9",
    ),
    (["UPDATE disclosure SET text = 'You agreed to all.'"], "disclosures/"),
    (["DELETE FROM disclosure"], "record 1"),
]


def test_rows_deleted_inserted_or_swapped_in_the_database_are_found(
    ledger, database, make_pack
):
    run_as_owner(database, *KEEP)

    for statements, where in ROWS:
        run_as_owner(database, *MEND, *statements)
        found = verify_pack(make_pack().file)
        assert isinstance(found, Broken), statements
        assert found.where.startswith(where), (statements, found)


@sqlite_alone
def test_an_older_database_file_with_a_newer_head_is_found(
    ledger, database, make_pack, keys
):
    run_as_owner(database, "UPDATE ledgerhead SET next_seq = 30 WHERE clinic_id = 1")

    assert verify_pack(make_pack().file).where == "record 22"


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


@sqlite_alone
@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/etc/passwd", "a\\b.txt", "folder/", "É.txt", "x" * 999],
)
def test_a_member_with_a_name_of_another_kind_is_refused(pack, members, packed, name):
    found = verify_pack(packed({**members(pack), name: b"x"}))

    assert isinstance(found, Broken)
    assert "member" in found.why or "never used" in found.why


@sqlite_alone
def test_two_members_of_one_name_are_refused(pack, members, packed):
    file = packed(members(pack))
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(file, "a") as archive,
    ):
        archive.writestr("readable.csv", b"another")

    assert verify_pack(file).where == "readable.csv"


@sqlite_alone
def test_an_encrypted_member_and_an_unknown_way_of_packing_are_refused(pack, tmp_path):
    file = tmp_path / "changed.zip"
    with zipfile.ZipFile(pack) as archive:
        info, table = archive.getinfo("readable.csv"), archive.start_dir
    for offset, bits, why in (
        (6, 1, "encrypted"),
        (8, 12, "never used"),
        (6, 8, "never"),
    ):
        bad = bytearray(pack.read_bytes())
        central = bad.index(b"readable.csv", table) - 46
        for place in (info.header_offset + offset, central + offset + 2):
            struct.pack_into("<H", bad, place, bits)
        file.write_bytes(bad)
        found = verify_pack(file)
        assert (found.where, why in found.why) == ("readable.csv", True)


@sqlite_alone
def test_a_bomb_is_refused_before_it_is_unpacked(pack, members, packed):
    found = verify_pack(packed({**members(pack), "readable.csv": b"\0" * 2**26}))

    assert isinstance(found, Broken)
    assert (found.where, "unpack to 67108864" in found.why) == ("readable.csv", True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"PK\x05\x06" + b"\0" * 18,
        b"PK\x05\x06" + b"\xff" * 18,
        b"MZ" * 999,
        b"PK\x05\x06\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\0\0",
    ],
)
def test_what_is_no_pack_at_all_is_said_plainly(tmp_path, content):
    file = tmp_path / "some.zip"
    file.write_bytes(content)

    assert isinstance(verify_pack(file), Broken)


def test_a_file_that_is_not_there_is_said_plainly(tmp_path):
    assert verify_pack(tmp_path / "none.zip").where == "none.zip"
    assert verify_pack(tmp_path).where == tmp_path.name


@sqlite_alone
@pytest.mark.parametrize("at", [1, 10, 1000, -1, -22, -100])
def test_a_pack_that_was_cut_off_or_prefixed_is_said_plainly(pack, tmp_path, at):
    file = tmp_path / "cut.zip"
    for bad in (pack.read_bytes()[:at], b"#!/bin/sh\n" + pack.read_bytes()):
        file.write_bytes(bad)
        assert isinstance(verify_pack(file), Broken)
