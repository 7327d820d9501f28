"""A number that was given up: consent from before is void, consent from after stands."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from clinics.models import TaskKind
from consent.models import Attachment, Grade, ImportAttestation, ListKind, Topic
from consent.record import opt_in, record_asserted
from consent.standing import Word, lock_line
from gateway.lists import deactivated
from gateway.lists.reading import Unusable
from gateway.lists.standing import Verdict
from gateway.lists.taking import Brought
from kernel.errors import Invalid
from tests.conftest import NOW, PAT
from tests.gateway.listing import ANN, BEA, agree, standing
from tests.texted import actions, ledger, tasks_of

BY = "operator@heed.example"
DAY = timedelta(days=1)
GIVEN_UP = date(2026, 11, 25)


def take(database, text, made_on=GIVEN_UP, now=NOW):
    content = text if isinstance(text, bytes) else text.encode()
    brought = Brought(
        kind=ListKind.deactivations,
        content=content,
        name="gone.txt",
        made_on=made_on,
        by=BY,
    )
    return deactivated.take(database, brought, now)


def test_consent_from_before_is_void_at_every_clinic(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    agree(database, cast, at=NOW - 9 * DAY, place=cast.birch)

    taken = take(database, f"{ANN}\n{PAT}\n")

    assert taken.count(Verdict.stop) == 2
    assert standing(database, cast.maple).word is Word.opted_out
    assert standing(database, cast.birch).word is Word.opted_out
    assert standing(database, cast.maple, ANN).word is Word.none
    _, facts = ledger(database, cast)[-1]
    assert facts["method"] == "number deactivated"
    assert (facts["list"], facts["line"]) == ("gone.txt", 2)
    assert facts["listed_at"] == "2026-11-25"
    assert len(facts["list_hash"]) == 64
    assert [act for act, _ in actions(database)] == ["deactivation list brought"] * 2


def test_consent_from_after_stands(database, cast):
    agree(database, cast, at=NOW - 2 * DAY)

    taken = take(database, f"{PAT}\n")

    assert taken.count(Verdict.leave) == 1
    assert standing(database, cast.maple).word is Word.opted_in
    assert len(ledger(database, cast)) == 1


@pytest.mark.parametrize(
    ("agreed", "verdict"),
    [
        (timedelta(hours=-1), Verdict.stop),
        (timedelta(hours=30), Verdict.stop),  # still that day in Los Angeles
        (timedelta(hours=33), Verdict.leave),
    ],
)
def test_the_day_itself_belongs_to_who_gave_the_number_up(
    database, cast, agreed, verdict
):
    midnight_utc = NOW.replace(day=25, hour=0)
    agree(database, cast, at=midnight_utc + agreed)

    assert take(database, f"phone,deactivated on\n{PAT},2026-11-25\n", None).count(
        verdict
    )


def test_where_part_is_older_and_part_is_newer_a_person_decides(database, cast):
    agree(database, cast, at=NOW - 9 * DAY, topic=Topic.reviews)
    agree(database, cast, at=NOW - DAY, topic=Topic.care)

    take(database, f"{PAT}\n")
    take(database, f"{PAT}\n")

    line = standing(database, cast.maple)
    assert (line.word, line.held, line.held_why) == (Word.opted_in, True, "deactivated")
    (task,) = tasks_of(database, cast.maple)
    assert task.kind is TaskKind.reassigned
    assert len(ledger(database, cast)) == 3


def test_a_later_import_does_not_say_who_agreed(database, cast):
    clinic_id = cast.maple.clinic_id
    with database.writing() as session:
        session.add(
            ImportAttestation(
                clinic_id=clinic_id, signed_by=BY, told="The form.", signed_at=NOW
            )
        )
        session.flush()
        record_asserted(session, clinic_id, PAT, Topic.care, {"row": 2}, NOW)

    take(database, f"{PAT}\n")

    assert standing(database, cast.maple).held


def test_the_same_list_twice_voids_nothing_that_was_given_since(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    take(database, f"{PAT}\n")
    agree(database, cast, at=NOW + DAY)

    again = take(database, f"{PAT}\n", now=NOW + 2 * DAY)

    assert again.count(Verdict.stop) == 0
    assert standing(database, cast.maple).word is Word.opted_in


def test_a_bad_line_costs_itself_only(database, cast):
    agree(database, cast, BEA, at=NOW - 9 * DAY)

    taken = take(database, f"{PAT}\nnobody\n(206) 555-0113\n12\n")

    assert taken.count(Verdict.stop) == 1
    assert [one.line for one in taken.listed.problems] == [2, 4]


def test_no_word_of_a_row_takes_it_out_of_the_list(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)

    taken = take(database, f"phone,status,body\n{PAT},subscribed,hello\n")

    assert taken.count(Verdict.stop) == 1


@pytest.mark.parametrize("file", [b"", b"Name\nAnn\n", b"%PDF-1.7", b"phone\x00"])
def test_a_file_that_cannot_be_read_changes_nothing(database, cast, file):
    agree(database, cast, at=NOW - 9 * DAY)

    assert isinstance(take(database, file), Unusable)

    assert standing(database, cast.maple).word is Word.opted_in
    assert actions(database) == []


@pytest.mark.parametrize("made_on", [None, date(2026, 12, 1)])
def test_the_day_must_be_known_before_any_clinic_is_touched(database, cast, made_on):
    agree(database, cast, at=NOW - 9 * DAY)

    with pytest.raises(Invalid):
        take(database, f"{PAT}\n", made_on)

    assert actions(database) == []


def test_a_long_list_meets_many_lines(database, cast):
    numbers = [f"+1206555{number:04}" for number in range(1000, 3000)]
    with database.writing() as session:
        for phone in numbers[::17]:
            lock_line(session, cast.maple.clinic_id, phone)
            facts = {"method": "text message"}
            opt_in(
                session,
                cast.maple.clinic_id,
                phone,
                Topic.care,
                Grade.proven,
                facts,
                NOW - 9 * DAY,
            )

    taken = take(database, "\n".join(numbers))

    assert taken.count(Verdict.stop) == len(numbers[::17])
    with database.reading() as session:
        assert session.exec(select(Attachment)).all() == []
