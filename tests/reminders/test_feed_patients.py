import json

import pytest

from gateway.models import State
from tests.reminders.feeding import (
    appointment,
    bundle,
    feed_in,
    patient,
    siu,
)
from tests.reminders.imports import (
    counts,
    patients,
    plan_maple,
    texts,
    visits,
)

EARLIER = "20261129090000-0800"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


LATER = "20261201090000-0800"


def test_the_newest_message_on_a_patient_counts_for_all_her_visits(database, cast):
    new = siu(filler="V2", sent=LATER, control="C2", phone="206-555-0199^PRN^CP")

    feed_in(database, new + siu())

    assert patients(database)["P1"].phone == "+12065550199"
    assert counts(feed_in(database, siu())) == (0, 0, 0, 1, 0)
    assert patients(database)["P1"].phone == "+12065550199"


def test_a_known_patient_keeps_the_number_where_the_feed_names_none(database, cast):
    feed_in(database, siu())

    done = feed_in(database, siu(filler="V2", control="C2", phone=""))

    assert counts(done) == (1, 0, 0, 0, 0)
    assert patients(database)["P1"].phone == "+12065550111"


@pytest.mark.parametrize("how", ["taken", "old"])
def test_a_number_that_the_feed_takes_away_is_not_used(database, cast, how):
    feed_in(database, siu())
    old = [{"system": "phone", "value": "206-555-0111", "use": "old"}]
    content = (
        siu(filler="V2", control="C2", phone='""')
        if how == "taken"
        else bundle(appointment("V2"), patient(telecom=old))
    )

    done = feed_in(database, content)

    assert counts(done) == (0, 0, 0, 0, 1)
    assert "V2" not in visits(database)


def test_patients_and_visits_may_come_in_files_of_their_own(database, cast):
    people = "\n".join(json.dumps(patient(f"P{n}")) for n in (1, 2))

    done = feed_in(database, people)
    assert counts(done) == (2, 0, 0, 0, 0)
    assert counts(feed_in(database, people)) == (0, 0, 0, 2, 0)
    done = feed_in(database, appointment())

    assert counts(done) == (1, 0, 0, 0, 0)
    assert patients(database)["P1"].phone == "+12065550111"


def test_a_patient_with_a_new_number_is_told_again(database, cast):
    feed_in(database, bundle(appointment(), patient()))
    plan_maple(database, cast)
    newer = {"versionId": "2", "lastUpdated": "2026-11-30T17:00:00Z"}
    phone = [{"system": "phone", "value": "206-555-0199", "use": "mobile"}]

    done = feed_in(database, patient(meta=newer, telecom=phone))

    assert counts(done) == (0, 1, 0, 0, 0)
    assert len(texts(database, State.withdrawn)) == 2
    assert counts(feed_in(database, patient())) == (0, 0, 0, 1, 0)
    assert patients(database)["P1"].phone == "+12065550199"


GONE = patient(deceasedBoolean=True)


@pytest.mark.parametrize(
    "content",
    [GONE, bundle(appointment(), GONE), siu(sent=EARLIER, dead="Y")],
    ids=["patient", "visit", "message"],
)
def test_whoever_died_is_not_reminded_of_any_visit(database, cast, content):
    feed_in(database, bundle(appointment(), appointment("V2"), patient()))
    plan_maple(database, cast)

    done = feed_in(database, content)

    assert done.cancelled == 2
    assert "deceased" in done.problems[0].message
    assert texts(database) == []
