from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import note_action
from clinics.models import Role
from consent import opened, records
from consent.models import (
    Attachment,
    ConsentDetail,
    ConsentEvent,
    Disclosure,
    EventKind,
    Grade,
    LedgerHead,
    Topic,
)
from consent.record import opt_in
from consent.records import Asked
from consent.scope import scope_at
from kernel.errors import NotFound
from kernel.hashing import sha256_hex
from tests.consent.conftest import ANN, HOSTILE, NOW, PAT

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AUDITOR = "auditor@maple-dental.example"


@pytest.fixture
def reading(database, ledger):
    with database.reading() as session:
        yield session


def seqs(page):
    return [row.seq for row in page.rows]


def test_the_list_is_the_clinics_own_newest_first_and_masked(reading, ledger):
    page = records.ledger(reading, ledger.maple.clinic_id, Asked())

    assert seqs(page) == [*range(21, 0, -1)]
    assert page.older is None
    first = page.rows[-1]
    assert (first.what, first.how) == (
        "Opted in: appointments and care",
        "text message",
    )
    assert (first.grade, first.phone) == ("proven", "…11")
    assert seqs(records.ledger(reading, ledger.birch.clinic_id, Asked())) == [1]


def test_each_filter_keeps_what_it_says(reading, ledger, now):
    def found(**asked):
        return seqs(records.ledger(reading, ledger.maple.clinic_id, Asked(**asked)))

    assert found(kind="held") == [4]
    assert found(number=4) == [4]
    assert found(number=400) == []
    assert found(same_as=4) == [4, 3]
    assert found(same_as=4, kind="opt_in") == [3]
    assert found(since=now + timedelta(days=1), until=now + timedelta(days=2)) == [2]
    with pytest.raises(NotFound, match="Record 99 tells no phone"):
        found(same_as=99)


TYPED = (
    ("+12065550111", 2),
    (" 206 555 0111", 2),
    ("(206) 555-0112", 4),
    ("=cmd|'/c calc'!A1", 21),
    ("2065550199", None),
    ("", None),
    ("nothing", None),
    ("\x00", None),
)


def test_a_number_is_found_however_it_is_typed(reading, ledger):
    for typed, newest in TYPED:
        found = records.newest_of(reading, ledger.maple.clinic_id, typed)

        assert found == newest, typed


def test_one_record_has_its_words_wording_neighbours_and_a_proof_that_holds(
    reading, ledger
):
    found = opened.record(reading, ledger.maple.clinic_id, 1)

    said = {fact.label: fact.value for fact in found.facts}
    assert found.phone == PAT
    assert said["The patient's words"] == "START"
    assert said["How well it is proven"].startswith("Proven: ")
    assert found.wording.text == "Text START to get reminders."
    assert found.wording.check.holds
    assert found.wording.check.stored == sha256_hex(found.wording.text.encode())
    assert [row.seq for row in found.others] == [2]
    assert found.proof.holds


@sqlite_alone
def test_no_fact_of_any_record_is_left_out(reading, ledger):
    for seq, words in zip(range(6, 22), HOSTILE, strict=True):
        found = opened.record(reading, ledger.maple.clinic_id, seq)

        values = [fact.value for fact in found.facts]
        plain = words.encode("utf-8", "replace").decode()
        rule = scope_at(NOW)
        assert values == ["text message", plain, rule.covers, rule.law]
        assert found.proof.holds


DAMAGE = {
    "the phone": ({"phone": "+12065550199"}, (False, True)),
    "a fact": ({"detail": '{"words":"yes"}'}, (True, False)),
    "the salt": ({"salt": "00" * 32}, (False, False)),
    "a salt that is none": ({"salt": "no salt"}, (False, False)),
}


@sqlite_alone
@pytest.mark.parametrize("damage", DAMAGE)
def test_what_was_changed_is_named(database, ledger, damage):
    changed, (phone, facts) = DAMAGE[damage]
    with database.writing() as session:
        session.connection().execute(
            sa.update(ConsentDetail)
            .where(col(ConsentDetail.seq) == 1)
            .values(**changed)
        )

    with database.reading() as session:
        found = opened.record(session, ledger.maple.clinic_id, 1)
        listed = records.ledger(session, ledger.maple.clinic_id, Asked(number=1))

    proof = found.proof
    assert (proof.phone.holds, proof.facts.holds) == (phone, facts)
    assert proof.whole.holds
    assert not proof.holds
    assert listed.rows[0].damaged is not facts


@sqlite_alone
def test_another_ledger_name_breaks_the_leaf(database, ledger):
    with database.writing() as session:
        head = session.get_one(LedgerHead, ledger.maple.clinic_id)
        head.name = "birch-eye"
        session.add(head)

    with database.reading() as session:
        proof = opened.record(session, ledger.maple.clinic_id, 1).proof

    assert (proof.phone.holds, proof.facts.holds, proof.whole.holds) == (
        True,
        True,
        False,
    )


def test_erased_facts_leave_a_proof_that_holds(database, ledger):
    with database.writing() as session:
        session.connection().execute(
            sa.delete(ConsentDetail).where(col(ConsentDetail.seq) == 1)
        )

    with database.reading() as session:
        found = opened.record(session, ledger.maple.clinic_id, 1)
        page = records.ledger(session, ledger.maple.clinic_id, Asked(number=1))

    assert found.proof.erased
    assert found.proof.holds
    assert (found.phone, found.facts, found.others) == (None, (), ())
    assert (page.rows[0].how, page.rows[0].phone) == (records.ERASED, None)


@sqlite_alone
def test_a_changed_or_missing_wording_is_seen(database, ledger):
    with database.writing() as session:
        wording = session.exec(select(Disclosure)).one()
        wording.text = "Text START to get offers."
        session.add(wording)

    with database.reading() as session:
        changed = opened.record(session, ledger.maple.clinic_id, 1).wording
    with database.writing() as session:
        session.delete(session.exec(select(Disclosure)).one())
    with database.reading() as session:
        missing = opened.record(session, ledger.maple.clinic_id, 1).wording

    assert not changed.check.holds
    assert changed.text == "Text START to get offers."
    assert (missing.text, missing.check) == (None, None)


def test_staff_and_scans_stand_beside_the_record(database, ledger, now):
    content, maple = b"%PDF-1.4 a signed form", ledger.maple.clinic_id
    sha256, desk = sha256_hex(content), "desk@maple-dental.example"
    with database.writing() as session:
        session.add(
            Attachment(
                clinic_id=maple,
                sha256=sha256,
                name="form.pdf",
                media_type="application/pdf",
                content=content,
                added_by=desk,
                added_at=now,
            )
        )
        paper = {"by": desk, "attachment_sha256": sha256, "recorded_by": "gone@x.y"}
        seq = opt_in(session, maple, ANN, Topic.care, Grade.recorded, paper, now)

    with database.reading() as session:
        found = opened.record(session, maple, seq)
        kept = opened.scan(session, maple, seq, sha256)
        with pytest.raises(NotFound, match="Record 1 has no such file"):
            opened.scan(session, maple, 1, sha256)

    assert [(one.email, one.role) for one in found.staff] == [
        (desk, Role.front_desk),
        ("gone@x.y", None),
    ]
    assert [(one.sha256, one.name) for one in found.scans] == [(sha256, "form.pdf")]
    assert kept.content == content


def test_a_record_is_open_for_an_hour_and_for_one_person(database, ledger, now):
    maple = ledger.maple.clinic_id
    with database.writing() as session:
        said = (opened.OPENED, opened.subject(1), now)
        note_action(session, maple, AUDITOR, *said)

    def is_open(email=AUDITOR, seq=1, at=now, clinic=maple):
        with database.reading() as session:
            return opened.is_open(session, clinic, email, seq, at)

    assert is_open(at=now + timedelta(minutes=59))
    assert not is_open(at=now + timedelta(minutes=60))
    assert not is_open(email="admin@maple-dental.example")
    assert not is_open(seq=11)
    assert not is_open(clinic=ledger.birch.clinic_id)


def test_a_record_that_is_not_there_is_said_so(reading, ledger):
    for seq in (0, 22, 10**9):
        with pytest.raises(NotFound, match=f"no record {seq} in"):
            opened.record(reading, ledger.maple.clinic_id, seq)


def fill(session: Session, clinic_id: int, count: int, now) -> None:
    """More records, without the time that hashing them takes."""
    place = session.get_one(LedgerHead, clinic_id)
    seqs = range(place.next_seq, place.next_seq + count)
    same = {"at": now, "kind": EventKind.opt_in}
    hashes = dict.fromkeys(("phone_commitment", "detail_commitment", "leaf_hash"), "0")
    session.connection().execute(
        sa.insert(ConsentEvent),
        [{"clinic_id": clinic_id, "seq": seq, **same, **hashes} for seq in seqs],
    )
    session.connection().execute(
        sa.insert(ConsentDetail),
        [
            {
                "clinic_id": clinic_id,
                "seq": seq,
                "salt": "00" * 32,
                "phone": PAT,
                "detail": "{}",
            }
            for seq in seqs
        ],
    )
    place.next_seq += count
    session.add(place)


def test_pages_of_fifty_lead_through_the_ledger(database, ledger, now):
    maple = ledger.maple.clinic_id
    with database.writing() as session:
        fill(session, maple, 100, now)

    before, seen = None, []
    with database.reading() as session:
        while True:
            page = records.ledger(session, maple, Asked(), before)
            seen.append(seqs(page))
            before = page.older
            if before is None:
                break

    assert [len(part) for part in seen] == [50, 50, 21]
    assert [seq for part in seen for seq in part] == [*range(121, 0, -1)]
