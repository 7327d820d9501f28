from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task, TaskKind
from kernel.errors import Conflict, Invalid, NotFound
from registration import drafts, intake
from registration.desk_alarms import ready_since, watch_desk
from registration.desk_models import Item
from registration.intake import State, checklist
from registration.intake_items import lacks_of, name_differs, remarks_of
from registration.models import SubmissionDraft
from registration.submission import Submission
from registration.submitting import obstacles
from tests.conftest import NOW
from tests.registration.at_desk import BY, PARTS, put, ready, submitted, tidewater
from tests.registration.checks.sound import submission


def lines(session, draft):
    return {line.item: line for line in checklist(session, draft)}


def test_the_checklist_has_seven_items(database):
    """R15: R9 to R14, and the policy."""
    with database.writing() as session:
        draft = ready(session, given=Submission(), but=PARTS)
        found = lines(session, draft)
        assert list(found) == list(Item)
        assert len(found) == 7
        assert {line.state for line in found.values()} == {State.missing}
        assert all(line.lacks for line in found.values())


@pytest.mark.parametrize(
    ("item", "change"),
    [
        (Item.legal_name, {"brand__legal_name": " "}),
        (Item.ein, {"brand__ein": "12-345678"}),
        (Item.ein, {"brand__ein": "123-456789"}),
        (Item.ein, {"brand__ein": "12-345678X"}),
        (Item.address, {"brand__address__street": ""}),
        (Item.address, {"brand__address__zip": ""}),
        (Item.contact, {"brand__contact__name": ""}),
        (Item.contact, {"brand__contact__phone": ""}),
        (Item.contact, {"brand__contact__email": ""}),
        (Item.samples, {"campaign__samples": ["One text. Reply STOP to opt out."]}),
        (Item.opt_in_proof, {"opt_in_proof": []}),
        (Item.policy, {"campaign__privacy_policy_url": ""}),
    ],
)
def test_an_item_without_its_facts_is_missing(database, item, change):
    """R9, R10, R11, R12, R13"""
    assert lacks_of(item, submission()) == []
    assert lacks_of(item, submission(**change))
    with database.writing() as session:
        draft = ready(session, given=submission(**change), but=PARTS)
        assert lines(session, draft)[item].state is State.missing
        with pytest.raises(Invalid):
            intake.confirm(session, draft, item, BY, NOW, "Tidewater")


@pytest.mark.parametrize(
    "street", ["PO Box 12", "P.O. Box 12", "p o box 12", "Post Office Box 9"]
)
def test_a_po_box_is_flagged(street):
    """R11"""
    boxed = submission(brand__address__street=street)
    assert "PO box" in " ".join(remarks_of(Item.address, boxed))
    assert remarks_of(Item.address, submission()) == []
    assert remarks_of(Item.address, submission(brand__address__street="9 Boxer")) == []


@pytest.mark.parametrize(
    ("given", "document", "words"),
    [
        ("Tidewater Dental, PLLC", "Tidewater Dental, PLLC", None),
        ("Tidewater  Dental,  PLLC", "Tidewater Dental, PLLC", None),
        ("Tidewater Dental PLLC", "Tidewater Dental, PLLC", "differ in the suffix"),
        ("Tidewater Dental, PLLC", "TIDEWATER DENTAL PLLC", "capital letters"),
        ("Tidewater Dental, PLLC", "TIDEWATER DENTAL, PLLC", "capital letters"),
        ("Tidewater Dental", "Harbor Dental", "is not the name"),
        ("Tidewater Dental", " ", "Type the name as it stands"),
    ],
)
def test_the_legal_name_is_compared_with_the_tax_document(given, document, words):
    """R9: exactly as on the tax document; suffix and punctuation are told."""
    said = name_differs(given, document)
    assert words in said if words else said is None


def test_what_was_confirmed_is_confirmed_only_for_that_value(database):
    with database.writing() as session:
        draft = ready(session, but=set(PARTS) - {"confirmed"})
        assert lines(session, draft)[Item.ein].state is State.confirmed
        assert lines(session, draft)[Item.ein].by == BY
        other = submission(brand__ein="98-7654321")
        drafts.save(session, draft, other, draft.version, BY, NOW)
        found = lines(session, draft)
        assert found[Item.ein].state is State.given
        assert found[Item.address].state is State.confirmed
        drafts.save(session, draft, submission(), draft.version, BY, NOW)
        assert lines(session, draft)[Item.ein].state is State.confirmed


def test_only_what_was_seen_is_confirmed(database):
    """The clinic saved another number while the operator's page was open."""
    with database.writing() as session:
        draft = ready(session, but=PARTS)
        seen = lines(session, draft)[Item.ein].value_sha256
        other = submission(brand__ein="98-7654321")
        drafts.save(session, draft, other, draft.version, BY, NOW)
        with pytest.raises(Conflict, match="somebody changed it"):
            intake.confirm(session, draft, Item.ein, BY, NOW, value_sha256=seen)
        assert lines(session, draft)[Item.ein].state is State.given


def test_what_is_prepared_and_lies_there_alarms(database):
    """R28: written down, and no provider has it."""
    with database.writing() as session:
        submitted(session, ready(session), handed=False)
    watch_desk(database, NOW + timedelta(days=1))
    assert tasks(database, TaskKind.ready_unsent) == []
    for days in (2, 3):
        watch_desk(database, NOW + timedelta(days=days))
    (task,) = tasks(database, TaskKind.ready_unsent)
    assert "no provider has it yet" in task.sentence


def test_who_gave_an_item_is_kept(database):
    with database.writing() as session:
        draft = ready(session, but=PARTS)
        intake.note_given(session, draft, "Ines Vega", NOW)
        later = NOW + timedelta(hours=1)
        intake.note_given(session, draft, BY, later)
        line = lines(session, draft)[Item.address]
        assert (line.state, line.by, line.at) == (State.given, "Ines Vega", NOW)


def test_a_question_has_a_day_and_holds_the_submission(database):
    """R42: due date; an open question stands in the way."""
    with database.writing() as session:
        draft = ready(session)
        asked = intake.ask(session, draft, Item.ein, "Is it 93?", BY, NOW)
        assert asked.due_on == date(2026, 12, 2)  # two business days
        assert "1 question is not answered yet." in [
            one.sentence for one in obstacles(session, draft)
        ]
        intake.answer(session, draft, asked.id, "Yes", "Ines Vega", NOW)
        assert obstacles(session, draft) == ()
        with pytest.raises(Invalid, match="already"):
            intake.answer(session, draft, asked.id, "No", BY, NOW)


@pytest.mark.parametrize("question", ["", "  ", "\0", "x" * 1_001])
def test_an_empty_or_endless_question_is_refused(database, question):
    with database.writing() as session:
        draft = ready(session, but=PARTS)
        with pytest.raises(Invalid):
            intake.ask(session, draft, None, question, BY, NOW)
        with pytest.raises(NotFound):
            intake.answer(session, draft, 99, "Yes", BY, NOW)


def tasks(database, kind):
    with database.reading() as session:
        return session.exec(select(Task).where(col(Task.kind) == kind)).all()


def test_a_question_that_grows_old_alarms_once(database):
    """R42: ageing alert."""
    with database.writing() as session:
        draft = ready(session, but=PARTS)
        intake.ask(session, draft, None, "Which form do you use?", BY, NOW)
    watch_desk(database, NOW + timedelta(days=2))
    assert tasks(database, TaskKind.intake_question) == []
    for days in (3, 4):
        watch_desk(database, NOW + timedelta(days=days))
    found = tasks(database, TaskKind.intake_question)
    assert len(found) == 1
    assert "Which form do you use?" in found[0].sentence


def test_what_is_ready_and_unsent_for_a_business_day_alarms(database):
    """R28: ready since, and an alert once more than a business day has passed."""
    with database.writing() as session:
        draft = ready(session)
        assert ready_since(session, draft) == NOW  # Monday morning
    watch_desk(database, NOW + timedelta(days=1))
    assert tasks(database, TaskKind.ready_unsent) == []
    watch_desk(database, NOW + timedelta(days=2))
    assert len(tasks(database, TaskKind.ready_unsent)) == 1
    watch_desk(database, NOW + timedelta(days=3))
    assert len(tasks(database, TaskKind.ready_unsent)) == 1


def test_what_lacks_something_or_was_sent_is_not_ready(database):
    with database.writing() as session:
        draft = ready(session, but={"check"})
        assert ready_since(session, draft) is None
        put(session, draft, "check")
        assert ready_since(session, draft) == NOW
        submitted(session, draft)
        assert ready_since(session, draft) is None
    assert watch_desk(database, NOW + timedelta(days=9)) == 0
    assert tasks(database, TaskKind.ready_unsent) == []


def test_two_clinics_drafts_are_apart(database, cast):
    with database.writing() as session:
        tidewater(session)
        ready(session, clinic_id=cast.birch.clinic_id, but=PARTS)
        draft = session.exec(select(SubmissionDraft)).one()
        with pytest.raises(NotFound):
            drafts.draft_of(session, cast.maple.clinic_id, draft.id)
