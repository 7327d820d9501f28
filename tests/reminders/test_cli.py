import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from consent.attest import attest
from kernel.clock import FixedClock
from kernel.web import Heed, add_commands
from reminders.cli import COMMANDS
from reminders.models import Appointment, ReminderPolicy

ADMIN, STRANGER = "admin@maple-dental.example", "admin@birch-eye.example"
VISITS = (
    "appointment_id,patient_id,given_name,phone,starts_at\n"
    "A1,P1,Ana,206-555-0111,2026-12-08T15:00\n"
)


@pytest.fixture
def flask(database, keys, cast, now):
    app = Flask("heed")
    app.extensions["heed"] = Heed(
        settings=None, database=database, keys=keys, clock=FixedClock(now)
    )
    add_commands(app, *COMMANDS)

    def run(*words):
        return app.test_cli_runner().invoke(args=["reminders", *map(str, words)])

    return run


@pytest.fixture
def file(tmp_path: Path):
    path = tmp_path / "visits.csv"
    path.write_text(VISITS)
    return path


def count(database):
    with database.reading() as session:
        return len(session.exec(select(Appointment)).all())


def test_an_import_answers_in_the_shape_of_the_contract(flask, file, database):
    done = flask("import", "maple-dental", file, "--by", ADMIN, "--json")

    assert done.exit_code == 0
    assert json.loads(done.output) == {
        "added": 1,
        "changed": 0,
        "cancelled": 0,
        "unchanged": 0,
        "refused": 0,
        "problems": [],
    }
    assert count(database) == 1


def test_a_rehearsal_writes_nothing(flask, file, database):
    done = flask("import", "maple-dental", file, "--dry-run")

    assert done.exit_code == 0
    assert "1 added" in done.output
    assert "Nothing was written." in done.output
    assert count(database) == 0


def test_a_refused_row_is_exit_1_and_names_its_place(flask, file, database):
    file.write_text(VISITS + "A2,P2,Ben,12,2026-12-08T15:00\n")

    done = flask("import", "maple-dental", file, "--json")

    assert done.exit_code == 1
    answer = json.loads(done.output)
    assert (answer["added"], answer["refused"]) == (1, 1)
    (problem,) = answer["problems"]
    assert (problem["line"], problem["column"]) == (3, "phone")
    assert count(database) == 1


def test_a_wrong_header_is_exit_1_and_says_what_is_missing(flask, file, database):
    file.write_text("Name,Reason\nAna,checkup\n")

    done = flask("import", "maple-dental", file)

    assert done.exit_code == 1
    assert "line 1: There is no column for the phone" in done.output
    assert "Nothing was imported." in done.output
    assert count(database) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("import", "no-such-clinic", "FILE"),
        ("import", "maple-dental", "FILE", "--by", STRANGER),
        ("import", "maple-dental", "FILE", "--map", "none"),
        ("enable", "maple-dental", "--by", STRANGER),
        ("enable", "maple-dental", "--by", "auditor@maple-dental.example"),
        ("disable", "maple-dental", "--by", ADMIN),  # never set up
        ("map", "maple-dental", "chart", "Tel=fax", "--by", ADMIN),
        ("forget-map", "maple-dental", "chart", "--by", ADMIN),
        ("maps", "no-such-clinic"),
    ],
)
def test_what_may_not_be_done_is_a_sentence_and_exit_1(flask, file, database, words):
    done = flask(*(file if word == "FILE" else word for word in words))

    assert done.exit_code == 1
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.output.strip().endswith(".")
    assert count(database) == 0


@pytest.fixture
def transactions(database):
    # For each transaction of the writer: how many visits and events it added.
    found, now = [], {}

    def executed(_connection, _cursor, statement, parameters, _context, many):
        for table in ("appointment", "consentevent"):
            if statement.startswith(f"INSERT INTO {table} "):
                added = len(parameters) if many else 1
                now[table] = now.get(table, 0) + added

    def committed(_connection):
        found.append(dict(now))
        now.clear()

    sa.event.listen(database.writer, "after_cursor_execute", executed)
    sa.event.listen(database.writer, "commit", committed)
    return found


def test_consent_is_asserted_in_small_transactions_before_the_visits_of_its_part(
    flask, file, database, cast, transactions, now
):
    headings = VISITS.splitlines()[0] + ",consent"
    rows = [
        f"A{number},P{number},Ana,206-555-{number:04},2026-12-08T15:00,asserted"
        for number in range(120)
    ]
    file.write_text("\n".join([headings, *rows]))
    with database.writing() as session:
        attest(session, cast.maple.clinic_id, ADMIN, "They signed our form.", now)
    transactions.clear()

    done = flask("import", "maple-dental", file)

    assert done.exit_code == 0
    asserting = [
        each["consentevent"] for each in transactions if "consentevent" in each
    ]
    assert asserting == [50, 50, 20]
    assert not any("appointment" in each for each in transactions[:2])
    both = [each for each in transactions if {"appointment", "consentevent"} <= {*each}]
    assert both == []
    assert sum(each.get("appointment", 0) for each in transactions) == 120


def test_a_saved_map_is_used_by_its_name(flask, file, database):
    file.write_text("Tel,When\n206-555-0111,2026-12-08T15:00\n")
    pairs = ("Tel=phone", "When=starts_at")

    saved = flask("map", "maple-dental", "chart", *pairs, "--by", ADMIN)
    done = flask("import", "maple-dental", file, "--map", "chart")

    assert saved.exit_code == 0
    assert done.exit_code == 0
    assert "a visit that moves looks like a new one" in done.output
    assert count(database) == 1


def test_a_saved_map_is_recognised_by_the_headings_until_it_is_forgotten(flask, file):
    file.write_text("Tel,When\n206-555-0111,2026-12-08T15:00\n")
    flask("map", "maple-dental", "chart", "Tel=phone", "When=starts_at", "--by", ADMIN)

    told = flask("import", "maple-dental", file, "--dry-run")
    answer = json.loads(flask("import", "maple-dental", file, "--json").output)
    listed = flask("maps", "maple-dental")
    forgotten = flask("forget-map", "maple-dental", "chart", "--by", ADMIN)

    assert told.output.startswith("The columns are read as remembered under 'chart'.")
    assert (answer["map"], answer["added"]) == ("chart", 1)
    assert listed.output == "chart: Tel=phone, When=starts_at\n"
    assert forgotten.exit_code == 0
    assert flask("import", "maple-dental", file).exit_code == 1
    assert flask("maps", "maple-dental").output.startswith("Nothing is remembered")


def test_a_pair_that_is_none_is_misuse(flask):
    assert flask("map", "maple-dental", "chart", "Tel", "--by", ADMIN).exit_code == 2


def test_reminders_are_switched_on_and_off_by_a_named_person(flask, database, cast):
    on = flask("enable", "maple-dental", "--by", ADMIN, "--json")

    with database.reading() as session:
        policy = session.get(ReminderPolicy, cast.maple.clinic_id)
    assert json.loads(on.output) == {
        "clinic": "maple-dental",
        "enabled": True,
        "offsets": [4320, 1440],
    }
    assert (policy.enabled, policy.enabled_by) == (True, ADMIN)

    off = flask("disable", "maple-dental", "--by", ADMIN, "--json")
    assert json.loads(off.output)["withdrawn"] == 0
    with database.reading() as session:
        assert not session.get(ReminderPolicy, cast.maple.clinic_id).enabled
