"""What staff write down of a patient's word, and what it may not undo."""

import json
import sys
from dataclasses import replace
from datetime import date, timedelta
from subprocess import run

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from consent import at_desk, attachments
from consent.at_desk import Recorded, Refused
from consent.disclosures import publish
from consent.fact_words import in_words
from consent.guardian import Guardian
from consent.models import Attachment, ConsentDetail, Grade, Topic
from consent.readable import other_facts
from consent.standing import Word
from consent.verify import Broken, Verified, verify_pack
from kernel.errors import Invalid, NotFound
from kernel.hashing import sha256_hex
from tests.consent.conftest import NOW, PAT
from tests.consent.desk import DESK, JPEG, PDF, PNG, TODAY, Desk


@pytest.fixture
def desk(database, cast):
    """Maple with a form and a script."""
    return Desk(database, cast.maple.clinic_id)


def test_a_signed_form_is_recorded_with_its_scan_its_words_and_who_took_it(desk):
    done = desk.sign(topics=[Topic.reviews, Topic.care])

    assert isinstance(done, Recorded)
    assert [desk.line(topic).word.value for topic in Topic] == [
        "opted_in",
        "opted_in",
        "none",
    ]
    assert desk.line().grade is Grade.recorded
    first, second = desk.events()
    assert (first.facts["topic"], second.facts["topic"]) == ("care", "reviews")
    assert first.facts == {
        "topic": "care",
        "grade": "recorded",
        "method": "signed form",
        "signed_on": "2026-11-30",
        "attachment_sha256": sha256_hex(PDF),
        "attachment_type": "application/pdf",
        "recorded_by": DESK,
        "patient": "M-1",
        "disclosure_sha256": desk.form,
        "disclosure_version": "paper en 1",
        "phone": PAT,
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"topics": []}, "topics"),
        ({"signed_on": None}, "signed_on"),
        ({"signed_on": date(2026, 12, 1)}, "signed_on"),
        ({"signed_on": date(1066, 10, 14)}, "signed_on"),
        ({"scan": b""}, "scan"),
        ({"scan": b"<svg onload=alert(1)>", "scan_name": "form.pdf"}, "scan"),
        ({"scan": b"GIF89a"}, "scan"),
        ({"scan": PDF + b" " * attachments.LARGEST}, "scan"),
        ({"wording": "0" * 64}, "wording"),
        ({"guardian": Guardian(True, " ", "parent")}, "guardian"),
        ({"guardian": Guardian(True, "x" * 121, "parent")}, "guardian"),
        ({"guardian": Guardian(True, "Kim Alder", "neighbor")}, "relation"),
        ({"guardian": Guardian(False, "Kim Alder", "parent")}, "for_patient"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_form_that_proves_nothing_is_refused_and_nothing_is_kept(desk, wrong, field):
    done = desk.sign(**wrong)

    assert isinstance(done, Refused)
    assert done.field == field
    assert desk.line().word is Word.none
    with desk.database.reading() as session:
        assert not session.exec(select(Attachment)).all()
        assert not session.exec(select(ConsentDetail)).all()


def test_a_parent_or_guardian_is_named_in_the_evidence(desk):
    mother = Guardian(True, " Kim Alder ", "parent")

    desk.sign(guardian=mother)
    desk.say(guardian=replace(mother, relation="legal_guardian"))

    paper, spoken = desk.events()
    for event, relation in ((paper, "parent"), (spoken, "legal guardian")):
        facts = event.facts
        assert (facts["guardian"], facts["relation"]) == ("Kim Alder", relation)
        assert facts["signed_for"] == "the patient"
        assert facts["patient"] == "M-1"
    assert "for the patient by “Kim Alder” (parent)" in paper.sentence
    labels = {fact.label: fact.value for fact in in_words(paper.facts)}
    assert labels["By the parent or guardian"] == "Kim Alder"
    assert "guardian: “Kim Alder”" in other_facts(paper.facts)


def test_a_guardian_without_a_name_makes_no_yes(desk):
    refused = desk.say(guardian=Guardian(True, "", "parent"))

    assert refused.field == "guardian"
    assert desk.events() == []


def test_the_day_of_the_signature_is_that_of_the_clinic(desk):
    evening = NOW + timedelta(hours=9)  # 3:00 of the next day in UTC, 19:00 at Maple

    assert isinstance(desk.sign(evening, signed_on=date(2026, 12, 1)), Refused)
    assert isinstance(desk.sign(evening), Recorded)


@pytest.mark.parametrize("doubt", [Desk.stop, Desk.hold])
@pytest.mark.parametrize(
    ("signed_on", "after", "field"),
    [
        (date(2026, 11, 29), False, "signed_on"),
        (date(2026, 11, 29), True, "signed_on"),
        (TODAY, False, "after_stop"),
        (TODAY, True, None),
        (date(2026, 12, 1), False, None),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_a_form_signed_later_undoes_a_stop_or_a_hold(
    desk, doubt, signed_on, after, field
):
    doubt(desk)

    done = desk.sign(NOW + timedelta(days=2), signed_on=signed_on, after_stop=after)

    if field is None:
        assert isinstance(done, Recorded)
        assert (desk.line().word, desk.line().held) == (Word.opted_in, False)
    else:
        assert isinstance(done, Refused)
        assert done.field == field
        assert (desk.line().word is not Word.opted_in, len(desk.events())) == (True, 1)


def test_a_spoken_yes_names_the_script_and_covers_appointments_only(desk):
    assert isinstance(desk.say(), Recorded)

    (event,) = desk.events()
    assert event.facts["disclosure_sha256"] == desk.script
    assert event.facts["recorded_by"] == DESK
    assert event.facts["method"] == "said yes to staff"
    assert [desk.line(topic).word is Word.opted_in for topic in Topic] == [
        True,
        False,
        False,
    ]


def test_a_script_that_was_not_read_or_is_another_by_now_is_no_yes(desk):
    assert desk.say(said_yes=False) == Refused("said_yes", at_desk.NOT_READ)
    with desk.database.writing() as session:
        publish(session, desk.clinic_id, "verbal", "en", "May we text at all?", NOW)

    assert desk.say() == Refused("said_yes", at_desk.NEW_SCRIPT)
    assert desk.line().word is Word.none


def test_a_stop_that_came_while_the_script_was_read_wins(desk):
    seen = desk.stop()

    assert desk.say() == Refused("", at_desk.NEW_STOP)
    assert desk.line().word is Word.opted_out
    assert isinstance(desk.say(seen_stop=seen), Recorded)
    assert desk.line().word is Word.opted_in


def test_a_spoken_stop_ends_every_topic_and_names_who_heard_it(desk):
    desk.sign(topics=[*Topic])

    with desk.database.writing() as session:
        at_desk.record_stop(
            session,
            desk.clinic_id,
            PAT,
            how="no more",
            by=DESK,
            now=NOW,
            where="phone",
        )

    assert {desk.line(topic).word for topic in Topic} == {Word.opted_out}
    facts = desk.events()[-1].facts
    assert (facts["recorded_by"], facts["how"], facts["where"]) == (
        DESK,
        "no more",
        "on the phone",
    )


@pytest.mark.parametrize("content", [PDF, JPEG, PNG])
def test_a_file_is_what_it_holds_whatever_it_is_called(content):
    form = attachments.form_of(content)

    assert attachments.problem(content) is None
    assert form is not None
    assert form.ending == {PDF: "pdf", JPEG: "jpg", PNG: "png"}[content]


def test_a_scan_is_kept_once_and_for_its_clinic_alone(desk, cast):
    with desk.database.writing() as session:
        for name in ("C:\\scans\\a\x00b\u202e.pdf", "again.pdf"):
            place = (session, desk.clinic_id)
            sha256, _ = attachments.keep(*place, PDF, name, DESK, NOW)
        with pytest.raises(Invalid):
            attachments.keep(session, desk.clinic_id, b"text", "a.pdf", DESK, NOW)

    with desk.database.reading() as session:
        kept = attachments.kept(session, desk.clinic_id, sha256)
        assert (kept.name, kept.content) == ("ab.pdf", PDF)
        with pytest.raises(NotFound):
            attachments.kept(session, cast.birch.clinic_id, sha256)


def test_the_scan_goes_into_the_pack_which_proves_it_by_itself(
    desk, make_pack, members, tmp_path
):
    desk.sign(scan=JPEG)
    first, again = make_pack("one.zip"), make_pack("two.zip")

    content = members(first.file)
    name = f"attachments/{sha256_hex(JPEG)}.jpg"
    assert content[name] == JPEG
    assert first.file.read_bytes() == again.file.read_bytes()
    assert isinstance(verify_pack(first.file), Verified)
    (tmp_path / "verify.py").write_bytes(content["verify.py"])
    done = run([sys.executable, "-I", tmp_path / "verify.py", first.file], check=False)
    assert done.returncode == 0


def test_a_pack_without_a_scan_that_a_record_names_does_not_hold(desk, make_pack):
    desk.sign()
    with desk.database.writing() as session:
        session.connection().execute(sa.delete(Attachment))

    found = verify_pack(make_pack().file)

    assert isinstance(found, Broken)
    assert found.where == "record 1 (events.jsonl line 1)"
    assert "names the attachment" in found.why


def test_a_pack_for_another_phone_holds_no_scan_of_this_one(desk, make_pack, members):
    desk.sign()

    content = members(make_pack(phone="+12065550112").file)

    assert not [name for name in content if name.startswith("attachments/")]


def test_a_changed_scan_is_found_out(desk, make_pack, members):
    desk.sign()
    with desk.database.writing() as session:
        session.connection().execute(
            sa.update(Attachment)
            .where(col(Attachment.clinic_id) == desk.clinic_id)
            .values(content=PDF + b"changed")
        )

    made = make_pack()

    assert json.loads(members(made.file)["manifest.json"])["events"]["count"] == 1
    found = verify_pack(made.file)
    assert isinstance(found, Broken)
    assert "is misnamed" in found.why
