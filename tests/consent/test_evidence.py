import contextlib
import json
import stat
import tracemalloc
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from consent.archive import Archive
from consent.evidence import export
from consent.models import ConsentDetail, ConsentEvent, EventKind, LedgerHead
from consent.pack import verify as rules
from consent.verify import Verified, verify_pack
from kernel.clock import rfc3339
from kernel.errors import Invalid, NotFound
from kernel.hashing import (
    DETAIL_PREFIX,
    PHONE_PREFIX,
    canonical,
    commitment,
    leaf_hash,
    sha256_hex,
)


def events(content):
    return [json.loads(line) for line in content["events.jsonl"].splitlines()]


def test_a_pack_holds_the_whole_ledger_and_verifies(ledger, make_pack, members, keys):
    made = make_pack()
    content = members(made.file)

    assert [*content] == [
        "events.jsonl",
        "readable.csv",
        next(name for name in content if name.startswith("disclosures/")),
        "README.txt",
        "verify.py",
        "manifest.json",
        "manifest.sig",
    ]
    assert [event["leaf"]["seq"] for event in events(content)] == [*range(1, 22)]
    found = verify_pack(made.file, [keys.current().public_base64])
    assert isinstance(found, Verified)
    assert (found.events, found.whole, found.erased) == (21, True, 0)
    assert (made.events, made.sha256) == (21, sha256_hex(made.file.read_bytes()))


def test_the_manifest_says_what_when_by_whom_and_for_what(ledger, make_pack, members):
    content = members(make_pack(campaign="maple-care").file)
    manifest = json.loads(content["manifest.json"])

    assert manifest["origin"] == "heed/maple-dental"
    assert manifest["made_by"] == "auditor@maple-dental.example"
    assert manifest["made_at"] == "2026-11-30T18:00:00.000000Z"
    assert manifest["made_for"]["campaign"] == "maple-care"
    assert not manifest["whole"]
    assert manifest["files"] == {
        name: {"sha256": sha256_hex(member), "bytes": len(member)}
        for name, member in content.items()
        if not name.startswith("manifest")
    }


def test_every_line_is_canonical_json_of_what_was_appended(pack, members):
    content = members(pack)

    for line, event in zip(
        content["events.jsonl"].splitlines(keepends=True), events(content), strict=True
    ):
        assert canonical(event) + b"\n" == line
        assert event["phone"] == event["detail"]["phone"]


def test_the_same_data_and_clock_give_the_same_bytes(ledger, make_pack, now):
    first, again = make_pack("one.zip"), make_pack("two.zip")
    later = make_pack("three.zip", now=now + timedelta(seconds=1))

    assert first.file.read_bytes() == again.file.read_bytes()
    assert later.sha256 != first.sha256


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        ({"phone": "+12065550111"}, [1, 2]),
        ({"campaign": "maple-care"}, [1, 2]),  # the STOP after it, though it names none
        ({"campaign": "maple-recall"}, [3, 4]),
        ({"campaign": "Maple-Care"}, []),
        ({"campaign": "maple"}, []),
        ({"campaign": '"%_'}, []),
        ({"phone": "+12065550112", "campaign": "maple-care"}, []),
        ({"phone": "+12125550122"}, []),
    ],
)
def test_a_pack_for_something_holds_that_only(ledger, make_pack, members, wanted, seqs):
    made = make_pack(**wanted)

    assert [event["leaf"]["seq"] for event in events(members(made.file))] == seqs
    found = verify_pack(made.file)
    assert isinstance(found, Verified), found
    assert (found.events, found.whole) == (len(seqs), False)


def test_days_are_from_the_first_moment_to_before_the_last(
    ledger, make_pack, members, now
):
    made = make_pack(since=now + timedelta(days=1), until=now + timedelta(days=2))

    assert [event["leaf"]["seq"] for event in events(members(made.file))] == [2]


def test_only_the_wordings_that_events_name_are_in_the_pack(ledger, make_pack, members):
    named = f"disclosures/{sha256_hex(b'Text START to get reminders.')}.txt"

    assert members(make_pack(phone="+12065550111").file)[named].startswith(b"Text STA")
    assert named not in members(make_pack(phone="+12065550112").file)


def test_a_pack_still_verifies_after_facts_were_erased(
    ledger, database, make_pack, members
):
    with database.writing() as session:
        session.connection().execute(
            sa.delete(ConsentDetail).where(col(ConsentDetail.phone) == "+12065550111")
        )

    made = make_pack()

    found = verify_pack(made.file)
    assert isinstance(found, Verified), found
    assert (found.events, found.erased) == (21, 2)
    content = members(made.file)
    gone = events(content)[0]
    assert (gone["detail"], gone["phone"], gone["salt"]) == (None, None, None)
    assert b"+12065550111" not in content["events.jsonl"].splitlines()[0]
    assert b"the facts were erased" in content["readable.csv"]


def test_a_clinic_without_any_event_gets_an_empty_pack_that_holds(
    cast, make_pack, keys
):
    made = make_pack()

    found = verify_pack(made.file)
    assert isinstance(found, Verified), found
    assert (found.events, found.whole, found.first_seq) == (0, True, None)


def test_a_pack_is_for_its_maker_alone_and_appears_whole_or_not_at_all(
    ledger, database, keys, tmp_path, now
):
    out = tmp_path / "there" / "pack.zip"
    rest = {"out": out, "made_by": "a@b.example", "now": now}

    with pytest.raises(Invalid, match="cannot be written"):
        export(database, keys, slug="maple-dental", **rest)
    out.parent.mkdir()
    with pytest.raises(NotFound):
        export(database, keys, slug="no-such-clinic", **rest)
    assert not [*out.parent.iterdir()]
    export(database, keys, slug="maple-dental", **rest)
    assert [*out.parent.iterdir()] == [out]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_no_other_clinics_record_is_in_a_pack(ledger, database, make_pack, members):
    with database.reading() as session:
        theirs = session.get(ConsentEvent, (ledger.birch.clinic_id, 1)).leaf_hash

    for wanted in ({}, {"phone": "+12065550111"}, {"campaign": "maple-care"}):
        content = members(make_pack(**wanted).file)
        assert theirs.encode() not in content["events.jsonl"]
        assert theirs.encode() not in content["readable.csv"]


@pytest.mark.slow
def test_twenty_thousand_events_are_written_as_a_stream(cast, database, make_pack, now):
    grow(database, cast.maple.clinic_id, 20_000, now)

    made, peak = peak_of(make_pack)

    assert made.events == 20_000
    assert peak < 4 * 2**20  # the lines alone are 14 MB


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_keeps_the_events_until_they_are_asked_for(
    ledger, database, make_pack
):
    cursors = {}  # the client's memory of another cursor is not seen by tracemalloc

    @sa.event.listens_for(database.writer, "before_cursor_execute")
    def note(_connection, cursor, statement, *_rest):
        cursors[statement.partition("FROM")[2].split()[0]] = type(cursor).__name__

    make_pack()

    assert cursors["consentevent"] == "ServerCursor"


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_five_thousand_events_are_checked_as_a_stream(cast, database, make_pack, now):
    grow(database, cast.maple.clinic_id, 5_000, now)
    with contextlib.closing(Archive(make_pack().file)) as archive:
        manifest = rules.read_manifest(archive, [])
        erased, peak = peak_of(lambda: rules.check_events(archive, manifest))

    assert erased == 0
    assert peak < 2**20  # the lines alone are 3.5 MB


def peak_of(work):
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def grow(database, clinic_id, size, now):
    """As `ledger.append` does it, but many rows a statement."""
    with database.writing() as session:
        head = session.get(LedgerHead, clinic_id)
        if head is None:
            head = LedgerHead(clinic_id=clinic_id, name="maple-dental", next_seq=1)
            session.add(head)
        new = [
            appended(clinic_id, seq, now + timedelta(seconds=seq))
            for seq in range(head.next_seq, size + 1)
        ]
        head.next_seq = size + 1
        session.flush()
        session.connection().execute(sa.insert(ConsentEvent), [one for one, _ in new])
        session.connection().execute(sa.insert(ConsentDetail), [two for _, two in new])


def appended(clinic_id, seq, at):
    salt = sha256_hex(str(seq).encode())
    phone = f"+1206555{seq % 10_000:04}"
    clear = canonical(
        {"phone": phone, "words": f"START {seq}", "method": "text message"}
    )
    proofs = {
        "phone": commitment(PHONE_PREFIX, salt, canonical(phone)),
        "detail": commitment(DETAIL_PREFIX, salt, clear),
    }
    leaf = leaf_hash(
        clinic="maple-dental", seq=seq, at=rfc3339(at), kind="opt_in", **proofs
    )
    key = {"clinic_id": clinic_id, "seq": seq}
    event = {
        **key,
        "at": at,
        "kind": EventKind.opt_in,
        "phone_commitment": proofs["phone"],
        "detail_commitment": proofs["detail"],
        "leaf_hash": leaf,
    }
    return event, {**key, "salt": salt, "phone": phone, "detail": clear.decode()}
