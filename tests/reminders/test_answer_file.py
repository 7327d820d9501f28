"""What patients answered: noted by a person, and as a file that is safe to open."""

import csv
import io
import json
import shutil
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from clinics.models import Patient
from gateway.models import Message, State
from reminders.answer_file import HEADINGS
from reminders.models import Appointment, VisitReply
from tests.pages import visitor, words
from tests.reminders.imports import ANA, BEN, NOW, bring, plan_maple, visits
from tests.texted import actions, texts

DESK = "desk@maple-dental.example"
DAYS = "/desk/maple-dental/appointments"
EXPORT = f"{DAYS}/answers"
LATER = NOW + timedelta(days=5)
OF_DAY = {"first": "2026-12-08", "last": "2026-12-08"}


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.fixture
def booked(database, cast):
    """Ana was texted and has confirmed; Ben waits."""
    texts(database, cast.maple, "START")
    bring(database, ANA, BEN)
    plan_maple(database, cast)
    with database.writing() as session:
        session.connection().execute(
            sa.update(Message)
            .where(
                col(Message.phone) == "+12065550111", col(Message.expects) == "visit"
            )
            .values(state=State.accepted, submitted_at=LATER, delivery="delivered")
        )
    texts(database, cast.maple, "C", at=LATER + timedelta(minutes=5))
    return database


@pytest.fixture
def desk(pages):
    return visitor(pages, DESK)


def rows(answer):
    text = answer.get_data().decode("utf-8-sig")
    return [dict(row) for row in csv.DictReader(io.StringIO(text))]


def visit_id(database, external_id):
    return visits(database)[external_id].id


def test_every_visit_of_the_day_stands_with_its_answer(desk, booked):
    answer = desk.post(EXPORT, OF_DAY)

    ana, ben = rows(answer)
    assert list(ana) == list(HEADINGS)
    assert list(ana.values()) == [
        "2026-12-08 15:00 PST",
        "“Ana Lee”",
        "(206) 555-0111",
        "“Dr. Kim”",
        "“12 Oak St”",
        "booked",
        "comes",
        "2026-12-05 10:05 PST",
        "by text",
        "",
        "delivered",
        "2026-12-05 10:00 PST",
        "",
    ]
    assert (ben["answer"], ben["last text"]) == ("", "due")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="maple-dental-answers-2026-12-08-2026-12-08.csv"'
    )
    told = ("answers exported", "2026-12-08 to 2026-12-08: 2 visits")
    assert actions(booked)[-1] == told


def test_a_cell_is_never_a_formula(desk, booked):
    with booked.writing() as session:
        session.connection().execute(
            sa.update(Patient).values(given_name="=HYPERLINK(1)", family_name="+1")
        )
        session.connection().execute(
            sa.update(Appointment).values(provider="@SUM(A1)", location="-2;3\t4")
        )

    for row in rows(desk.post(EXPORT, OF_DAY)):
        assert not [cell for cell in row.values() if cell[:1] in "=+-@\t\r" and cell]
        assert ";" not in "".join(row.values())


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ({"first": ""}, "Choose the day to begin with."),
        ({"first": "2026-12-09", "last": "2026-12-08"}, "lies before the first"),
        ({"first": "2026-01-01", "last": "2027-12-31"}, "at most 366 days"),
    ],
)
def test_days_that_cannot_be_are_refused(desk, booked, days, why):
    answer = desk.post(EXPORT, days)

    assert answer.status_code == 400
    assert why in words(answer)
    assert "answers exported" not in {action for action, _ in actions(booked)}


def test_another_clinic_gets_none_of_it(pages, booked):
    stranger = visitor(pages, "desk@birch-eye.example")

    assert stranger.post(EXPORT, OF_DAY).status_code == 404
    assert rows(stranger.post("/desk/birch-eye/appointments/answers", OF_DAY)) == []


def test_the_command_writes_the_same_file(pages, booked, tmp_path):
    out = tmp_path / "answers.csv"
    args = ["reminders", "answers", "maple-dental", "--from", "2026-12-08"]
    args += ["--out", str(out), "--by", DESK, "--json"]

    done = pages.test_cli_runner().invoke(args=args)

    said = json.loads(done.output)
    assert (said["visits"], said["answered"], done.exit_code) == (2, 1, 0)
    assert len(out.read_text("utf-8-sig").splitlines()) == 3
    args[args.index(DESK)] = "auditor@maple-dental.example"
    assert pages.test_cli_runner().invoke(args=args).exit_code == 1


def test_what_she_said_on_the_phone_is_noted_at_the_visit(desk, booked):
    ana = visit_id(booked, "A1")
    page = words(desk.get(f"{DAYS}/{ana}"))
    assert "They come, Sat, Dec 5, 2026, 10:05 AM PST" in page

    changed = desk.post(f"{DAYS}/{ana}/answer", {"answer": "cannot_come"})
    again = desk.post(f"{DAYS}/{ana}/answer", {"answer": "cannot_come"})

    page = words(desk.get(again.location))
    assert changed.status_code == 303
    assert f"They can’t come, today, 10:00 AM PST , noted by {DESK}" in page
    assert "That was the answer already" in page
    found = visits(booked)["A1"]
    assert (found.reply, found.reply_noted_by) == (VisitReply.cannot_come, DESK)
    (row, _) = rows(desk.post(EXPORT, OF_DAY))
    assert (row["answer"], row["how"]) == ("cannot come", "to the clinic")
    assert row["noted by"] == f"“{DESK}”"


def test_an_answer_that_was_read_wrong_is_taken_away(desk, booked):
    ana = visit_id(booked, "A1")

    desk.post(f"{DAYS}/{ana}/answer", {"answer": "none"})

    assert visits(booked)["A1"].reply is None
    assert "The answer does not count" in words(desk.get(f"{DAYS}/{ana}"))
    assert desk.post(f"{DAYS}/{ana}/answer", {"answer": "maybe"}).status_code == 400


def test_a_long_list_is_whole_and_in_order(desk, booked, cast):
    with booked.writing() as session:
        patient_id = session.connection().scalar(sa.select(sa.func.min(Patient.id)))
        for number in range(1_050):
            session.add(
                Appointment(
                    clinic_id=cast.maple.clinic_id,
                    patient_id=patient_id,
                    external_id=f"L{number}",
                    starts_at=LATER + timedelta(minutes=number // 3),
                    time_zone="America/Los_Angeles",
                    wall_time="2026-12-05T10:00",
                    status="booked",
                    updated_at=NOW,
                )
            )

    found = rows(desk.post(EXPORT, {"first": "2026-12-05", "last": "2026-12-05"}))

    times = [row["visit at"] for row in found]
    assert len(found) == 1_050
    assert times == sorted(times)


def test_the_file_says_who_has_come(booked, desk):
    bring(booked, ANA.replace("booked", "arrived"))

    ana, ben = rows(desk.post(EXPORT, OF_DAY))

    assert (ana["visit"], ben["visit"]) == ("has come", "booked")
