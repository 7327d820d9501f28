import json
from pathlib import Path

import pytest
from flask import Flask

from kernel.clock import FixedClock
from kernel.web import Heed, add_commands
from reminders.cli import COMMANDS
from tests.reminders.feeding import (
    appointment,
    bundle,
    event,
    ics,
    patient,
    raw_of,
    siu,
)

ADMIN, DESK = "admin@maple-dental.example", "desk@maple-dental.example"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def flask(database, keys, cast, now):
    app = Flask("heed")
    app.extensions["heed"] = Heed(
        settings=None, database=database, keys=keys, clock=FixedClock(now)
    )
    add_commands(app, *COMMANDS)

    def run(*said):
        return app.test_cli_runner().invoke(args=["reminders", *map(str, said)])

    return run


@pytest.mark.parametrize(
    "content",
    [siu(), bundle(appointment(), patient()), ics(event())],
    ids=["hl7", "fhir", "ical"],
)
def test_a_feed_is_imported_whatever_its_name_is(flask, tmp_path: Path, content):
    file = tmp_path / "visits.csv"
    file.write_bytes(raw_of(content))

    rehearsed = flask("import", "maple-dental", file, "--dry-run", "--json")
    done = flask("import", "maple-dental", file, "--by", DESK, "--json")

    assert done.exit_code == 0
    assert json.loads(rehearsed.output) == json.loads(done.output)
    assert json.loads(done.output) == {
        **{"added": 1, "changed": 0, "cancelled": 0, "unchanged": 0, "refused": 0},
        "problems": [],
    }


def test_problems_are_told_by_message(flask, tmp_path: Path):
    file = tmp_path / "feed"
    file.write_bytes(raw_of(siu() + siu(filler="V2", start="")))

    done = flask("import", "maple-dental", file, "--dry-run")

    assert done.exit_code == 1
    assert "message 2, TQ1-7: No time of the visit is named." in done.output


def test_a_field_map_is_shown_and_changed(flask):
    shown = json.loads(flask("field-map", "maple-dental", "hl7", "--json").output)
    change = ("field-map", "maple-dental", "hl7", "start=AIS-4", "--by", ADMIN)
    changed = json.loads(flask(*change, "--json").output)
    back = flask("field-map", "maple-dental", "hl7", "start=", "--by", ADMIN)

    assert shown["fields"]["visit"] == "SCH-2, SCH-1"
    assert shown["changed"] == []
    assert (changed["fields"]["start"], changed["changed"]) == ("AIS-4", ["start"])
    assert "start: TQ1-7, SCH-11.4" in back.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("start=AIS-4",), "needs --by"),
        (("start",), "not FIELD=PLACES"),
        (("start=AIS-4", "--by", DESK), ""),
        (("stop=AIS-4", "--by", ADMIN), "no field of hl7"),
    ],
)
def test_a_change_that_may_not_be_is_refused(flask, words, said):
    done = flask("field-map", "maple-dental", "hl7", *words)

    assert done.exit_code != 0
    assert said in done.output
