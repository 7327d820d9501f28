import random
import struct
import zipfile

import pytest

from consent.verify import Broken, Verified, verify_pack

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@sqlite_alone
def test_the_same_members_packed_anew_by_an_ordinary_program_still_hold(
    pack, members, packed
):
    assert isinstance(verify_pack(packed(members(pack))), Verified)


@sqlite_alone
def test_a_pack_that_was_unpacked_and_packed_again_with_its_folders_is_told_so(
    pack, members, packed
):
    found = verify_pack(packed({**members(pack), "disclosures/": b""}))

    assert isinstance(found, Broken)
    assert found.where == "The file"
    assert found.why == (
        "is not the ZIP as it was downloaded: it was unpacked and packed again. "
        "Upload the file as you got it."
    )


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

    found = verify_pack(file)
    assert isinstance(found, Broken)
    assert found.where == "readable.csv"
    assert found.why == "its header in the ZIP file was changed."


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
