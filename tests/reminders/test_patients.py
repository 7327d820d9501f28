"""The rules behind the pages: finding, adding, and what a changed number takes along."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Language, Patient
from consent.history import history
from consent.models import Standing, Topic
from consent.record import opt_out
from consent.standing import Word, line_state, lock_line
from gateway.models import State
from kernel.errors import Conflict, Invalid, NotFound
from reminders import patients
from tests.reminders.booked import NOW, due, rows, run, switch_on
from tests.reminders.desk import DESK, OLD, agreed, person, stored
from tests.reminders.imports import ANA, BEN, bring, texts

NEW = "+12065550119"


def word(database, place, phone, topic=Topic.care):
    with database.reading() as session:
        return line_state(session, place.clinic_id, phone, topic).word


def details(**changes):
    said = {
        "given_name": "Ana",
        "family_name": "Lee",
        "phone": OLD,
        "language": Language.en,
        "own_number": "M-1",
        **changes,
    }
    return patients.Details(**said)


def change(database, place, patient_id, seen=NOW, now=NOW, **changes):
    def work(session):
        return patients.edit(
            session,
            place.clinic_id,
            patient_id,
            details(**changes),
            seen=seen.isoformat(),
            by=DESK,
            now=now,
        )

    return database.retrying(work)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"given_name": "  "}, "given_name"),
        ({"given_name": "x" * 81}, "given_name"),
        ({"phone": "555-0134"}, "phone"),
        ({"phone": "+44 20 7946 0958"}, "phone"),
        ({"own_number": "~made"}, "own_number"),
        ({"own_number": "9" * 65}, "own_number"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(typed, problem):
    given = {"given_name": "Ana", "phone": "206-555-0111", **typed}

    assert [*patients.read_details(given)] == [problem]


def test_a_patient_without_a_number_of_the_clinics_is_found_by_the_next_list(
    database, cast
):
    with database.writing() as session:
        made = patients.add(session, cast.maple.clinic_id, details(own_number=""), NOW)

    headings = "given_name,family_name,phone,starts_at\n"
    bring(database, "Ana,Lee,206-555-0111,2026-12-08T15:00\n", headings=headings)

    (only,) = rows(database, Patient)
    assert (only.id, patients.own_number(only.external_id)) == (made, "")


def test_the_same_patient_is_not_added_twice(database, cast):
    with database.writing() as session:
        patients.add(session, cast.maple.clinic_id, details(own_number=""), NOW)
        patients.add(session, cast.birch.clinic_id, details(own_number=""), NOW)

    for own_number in ("", "M-1"):
        with database.writing() as session:
            again = details(own_number=own_number)
            if own_number:
                patients.add(session, cast.maple.clinic_id, again, NOW)
            with pytest.raises(Invalid, match="Ana Lee"):
                patients.add(session, cast.maple.clinic_id, again, NOW)


def by_page(database, cast):
    (found,) = rows(database, Patient, col(Patient.external_id) == "P1")
    change(
        database,
        cast.maple,
        found.id,
        seen=found.updated_at,
        phone=NEW,
        own_number="P1",
    )


def by_list(database, cast):
    bring(database, ANA.replace("0111", "0119"))


@pytest.mark.parametrize("changed", [by_page, by_list])
def test_a_changed_number_takes_no_consent_along(database, cast, changed):
    bring(database, ANA)
    agreed(database, cast.maple, OLD, Topic.care, Topic.reviews)
    switch_on(database, cast.maple)
    run(database, cast.maple)
    assert {text.phone for text in due(database)} == {OLD}

    changed(database, cast)

    assert word(database, cast.maple, OLD) is Word.opted_out
    assert word(database, cast.maple, OLD, Topic.reviews) is Word.opted_out
    assert word(database, cast.maple, NEW) is Word.none
    assert not due(database)
    assert {text.phone for text in texts(database, State.withdrawn)} == {OLD}
    run(database, cast.maple)
    assert {text.phone for text in due(database)} == {NEW}
    with database.reading() as session:
        ended = history(session, cast.maple.clinic_id, OLD)[-1]
    assert ended.facts["method"] == "number changed"
    assert ended.facts["recorded_by"] == DESK


@pytest.mark.parametrize("changed", [by_page, by_list])
def test_a_number_that_another_patient_still_has_keeps_its_consent(
    database, cast, changed
):
    bring(database, ANA, BEN.replace("0112", "0111"))
    agreed(database, cast.maple, OLD)

    changed(database, cast)

    assert word(database, cast.maple, OLD) is Word.opted_in


@pytest.mark.parametrize("changed", [by_page, by_list])
def test_a_number_without_consent_gets_no_record_when_it_is_left(
    database, cast, changed
):
    bring(database, ANA)
    with database.writing() as session:
        lock_line(session, cast.maple.clinic_id, OLD)
        opt_out(session, cast.maple.clinic_id, OLD, {"method": "text message"}, NOW)

    changed(database, cast)

    with database.reading() as session:
        assert len(history(session, cast.maple.clinic_id, OLD)) == 1


def test_a_changed_name_alone_leaves_consent_and_writes_texts_anew(database, cast):
    bring(database, ANA)
    agreed(database, cast.maple, OLD)
    switch_on(database, cast.maple)
    run(database, cast.maple)
    (found,) = rows(database, Patient)

    said = change(
        database,
        cast.maple,
        found.id,
        seen=found.updated_at,
        given_name="Anne",
        own_number="P1",
    )
    run(database, cast.maple)

    assert said == ["given_name"]
    assert word(database, cast.maple, OLD) is Word.opted_in
    assert all("Anne" in text.body for text in due(database))


def test_who_was_slower_is_told_and_changes_nothing(database, cast):
    (patient_id,) = stored(database, person(cast.maple, 1, "Ana", "Lee", OLD))
    change(database, cast.maple, patient_id, now=NOW + timedelta(1), given_name="Anne")

    with pytest.raises(Conflict, match="while the page was open"):
        change(database, cast.maple, patient_id, phone=NEW)

    (after,) = rows(database, Patient)
    assert (after.given_name, after.phone) == ("Anne", OLD)


def test_no_patient_of_another_clinic_is_read_or_changed(database, cast):
    (patient_id,) = stored(database, person(cast.birch, 1, "Sam", "Ash"))

    with pytest.raises(NotFound), database.reading() as session:
        patients.one_patient(session, cast.maple.clinic_id, patient_id)
    with pytest.raises(NotFound):
        change(database, cast.maple, patient_id)


def test_a_number_left_at_one_clinic_keeps_its_consent_at_the_other(database, cast):
    bring(database, ANA)
    agreed(database, cast.maple, OLD)
    agreed(database, cast.birch, OLD)

    by_list(database, cast)

    assert word(database, cast.birch, OLD) is Word.opted_in
    with database.reading() as session:
        assert len(session.exec(select(Standing)).all()) == 2
