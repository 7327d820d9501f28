import json

import pytest
from flask import Flask
from sqlmodel import col, select

from clinics.models import StaffAction
from kernel.clock import FixedClock
from kernel.web import Heed, add_commands
from reminders.cli import COMMANDS
from reminders.models import ReminderPolicy

ADMIN, STRANGER = "admin@maple-dental.example", "admin@birch-eye.example"


@pytest.fixture
def policy(database, keys, cast, now):
    app = Flask("heed")
    app.extensions["heed"] = Heed(
        settings=None, database=database, keys=keys, clock=FixedClock(now)
    )
    add_commands(app, *COMMANDS)

    def run(*words):
        words = ["reminders", "policy", "maple-dental", *words, "--json"]
        return app.test_cli_runner().invoke(args=words)

    return run


def stored(database, cast):
    with database.reading() as session:
        return session.get(ReminderPolicy, cast.maple.clinic_id)


def test_it_shows_the_usual_times_and_what_they_do(policy, database, cast):
    shown = json.loads(policy("--visit", "2026-12-08T15:00").output)

    (example,) = shown.pop("examples")
    assert shown == {
        "clinic": "maple-dental",
        "enabled": False,
        "saved": True,
        "offsets": [4320, 1440],
        "window": "09:00-20:00",
        "sunday": None,
        "holidays": False,
        "same_day": False,
    }
    assert [text["at"] for text in example["texts"]] == [
        "2026-12-05T23:00:00.000000Z",
        "2026-12-07T23:00:00.000000Z",
    ]
    assert stored(database, cast) is None


def test_without_a_name_a_change_is_tried_and_with_one_it_is_saved(
    policy, database, cast
):
    words = ("--step", "7d", "--step", "2h", "--sunday", "closed", "--same-day")

    tried = json.loads(policy(*words).output)
    nothing = stored(database, cast)
    saved = json.loads(policy(*words, "--by", ADMIN).output)

    assert (tried["saved"], saved["saved"], nothing) == (False, True, None)
    assert tried["offsets"] == saved["offsets"] == [10080, 120]
    row = stored(database, cast)
    assert (row.offsets, row.sunday, row.same_day) == ([10080, 120], "closed", True)
    assert row.on_holidays is False
    with database.reading() as session:
        actions = session.exec(select(StaffAction).order_by(col(StaffAction.id)))
        assert [one.action for one in actions][-1] == "reminder times"
    kept = json.loads(policy("--hours", "10:00-18:00", "--by", ADMIN).output)
    assert (kept["sunday"], kept["window"]) == ("closed", "10:00-18:00")


@pytest.mark.parametrize(
    "words",
    [
        ("--step", "3"),
        ("--step", "xd"),
        ("--hours", "9 to 5"),
        ("--hours", "07:00-20:00", "--by", ADMIN),
        ("--sunday", "10:00-14:00", "--by", ADMIN),
        ("--step", "20d", "--by", ADMIN),
        ("--visit", "soon"),
        ("--step", "3d", "--by", STRANGER),
    ],
)
def test_what_cannot_be_is_refused_in_words(policy, database, cast, words):
    refused = policy(*words)

    assert refused.exit_code != 0
    assert stored(database, cast) is None
