"""Why did the patient not get the text?  The answer comes first, and one box leads to it."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.access import clinic_by_slug
from gateway.models import Message, State
from kernel.carriers import Carrier
from registration.status import Status
from reminders.answer import NO_VISIT, answers
from reminders.models import Appointment
from tests.conftest import NOW
from tests.pages import words
from tests.reminders.booked import run, switch_on
from tests.reminders.queries import queries_of
from tests.reminders.rehearsing import patient, phone_of, said, town, visit

WHY = "/desk/maple-dental/why"


def whose(database, visit_id):
    with database.reading() as session:
        return session.get_one(Appointment, visit_id).patient_id


def answer(database, visit_id, now=NOW):
    patient_id = whose(database, visit_id)
    with database.reading() as session:
        maple = clinic_by_slug(session, "maple-dental")
        return answers(session, maple, [patient_id], now)[patient_id]


@pytest.mark.parametrize(
    ("change", "word", "sentence"),
    [
        (
            {"state": State.accepted, "submitted_at": NOW, "delivery": "delivered"},
            "delivered",
            "It arrived: the reminder 1 day before the visit of Tue, Dec 1, 2026, "
            "10:00 AM PST left on Mon, Nov 30, 2026, 10:00 AM PST",
        ),
        (
            {"state": State.accepted, "submitted_at": NOW, "delivery": "sent"},
            "sent",
            "It left",
        ),
        (
            {
                "state": State.accepted,
                "submitted_at": NOW,
                "delivery": "undelivered",
                "outcome": "It found no phone.",
            },
            "not delivered",
            "It did not arrive",
        ),
        (
            {"state": State.failed, "finished_at": NOW, "outcome": "No such number."},
            "failed",
            "No such number.",
        ),
        (
            {"state": State.expired, "finished_at": NOW, "outcome": "Not sent."},
            "expired",
            "It was not sent",
        ),
    ],
)
def test_of_a_text_that_left_the_answer_says_what_became_of_it(
    database, cast, change, word, sentence
):
    visit_id = patient(database, cast.maple, "Tina", visit(1, 10))
    switch_on(database, cast.maple, offsets=(1440,))
    run(database, cast.maple)
    with database.writing() as session:
        text = session.exec(select(Message)).one()
        for name, value in change.items():
            setattr(text, name, value)
        session.add(text)

    found = answer(database, visit_id)

    assert found.word == word
    assert sentence in found.sentence


def test_of_a_text_that_waits_the_answer_says_when_or_why_not(database, cast):
    ahead = patient(database, cast.maple, "Tina", visit(8, 15))
    held = patient(database, cast.maple, "Alma", visit(1, 15), Carrier.att)
    nora = patient(database, cast.maple, "Nora", visit(1, 15), agreed=False)
    off = answer(database, ahead)
    switch_on(database, cast.maple)
    said(database, cast.maple, Carrier.att, Status.REVIEW)

    assert "Reminders are switched off." in off.sentence
    assert answer(database, ahead).sentence == (
        "It is still to come: the reminder 3 days before the visit of Tue, Dec 8, 2026, "
        "3:00 PM PST leaves on Sat, Dec 5, 2026, 3:00 PM PST."
    )
    assert answer(database, held).word == "held"
    assert "AT&T has not yet approved" in answer(database, held).sentence
    assert "The patient has not agreed to texts." in answer(database, nora).sentence


def test_of_a_patient_without_a_visit_it_says_so(database, cast):
    long_ago = patient(database, cast.maple, "Old", NOW - timedelta(days=40))

    assert answer(database, long_ago).sentence == NO_VISIT


def test_one_box_leads_straight_to_the_answer(desk, database, cast):
    visit_id = patient(database, cast.maple, "Alma", visit(1, 15))
    switch_on(database, cast.maple)
    patient_id = whose(database, visit_id)
    there = f"/desk/maple-dental/patients/{patient_id}?from=why#answer"

    by_name = desk.get(f"{WHY}?q=alma")
    by_phone = desk.get(f"{WHY}?q={phone_of(database, visit_id)[2:]}")

    assert by_name.location == by_phone.location == there
    assert "Did the text arrive?" in words(desk.get(by_name.location))
    assert f'action="{WHY}"' in desk.get("/desk/maple-dental/").get_data(as_text=True)
    patients = desk.get("/desk/maple-dental/patients").get_data(as_text=True)
    assert f'action="{WHY}"' in patients


def test_of_several_each_has_the_answer_beside_the_name(desk, database, cast):
    patient(database, cast.maple, "Alma", visit(1, 15))
    patient(database, cast.maple, "Alba", visit(1, 15), agreed=False)
    switch_on(database, cast.maple)

    page = words(desk.get(f"{WHY}?q=al"))

    assert "Who is meant?" in page
    assert "It is still to come" in page
    assert "The patient has not agreed to texts." in page
    assert "Nobody is found" in words(desk.get(f"{WHY}?q=zzz"))
    unknown = desk.get(f"{WHY}?q=2065559999").location
    assert "/patients/by-phone/" in unknown


def test_many_patients_ask_no_more_of_the_database(database, cast):
    class Heed:
        pass

    heed, counts = Heed(), []
    heed.database = database
    switch_on(database, cast.maple)
    for _ in range(2):
        town(database, cast.maple)
        with database.reading() as session:
            everybody = session.exec(
                select(Appointment.patient_id).where(col(Appointment.clinic_id) == 1)
            ).all()

        def look(everybody=everybody):
            with database.reading() as session:
                maple = clinic_by_slug(session, "maple-dental")
                return answers(session, maple, everybody, NOW)

        counts.append(queries_of(heed, look))

    assert counts[0] == counts[1]
