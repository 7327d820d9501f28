import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlmodel import col, select

from clinics.models import StaffAction
from kernel.clock import FixedClock
from kernel.settings import load
from kernel.web import Heed, add_commands
from registration.cli import COMMANDS
from registration.models import StatusEvent
from registration.workflow import cells

NOW = datetime(2026, 11, 30, 18, 5, tzinfo=UTC)
PORTAL = "https://portal.example/CMAPLE1"


@pytest.fixture
def run(database, cast, keys, registry):
    def ran(*words, now=NOW, **environment):
        app = Flask("heed")
        settings = load(environment)
        app.extensions["heed"] = Heed(settings, database, keys, FixedClock(now))
        add_commands(app, *COMMANDS)
        return app.test_cli_runner().invoke(args=["registration", *words])

    return ran


def type_status(run, carrier, status, *more, campaign="maple-care", **changes):
    given = {"evidence": PORTAL, "note": "seen there", "by": "operator@heed.example"}
    options = [
        part for name, text in (given | changes).items() for part in (f"--{name}", text)
    ]
    place = ["maple-dental", "--campaign", campaign, carrier, status]
    return run("carrier-status", *place, *options, *more)


def att(database, cast):
    with database.reading() as session:
        return cells(session, cast.maple.campaign_id)["att"]


def test_an_operator_records_what_the_portal_shows(run, database, cast):
    done = type_status(run, "att", "REVIEW")

    assert done.exit_code == 0
    assert done.output.startswith("AT&T is now REVIEW.")
    assert (att(database, cast).status, att(database, cast).since) == ("REVIEW", NOW)
    with database.reading() as session:
        event = session.exec(
            select(StatusEvent).order_by(col(StatusEvent.id).desc()).limit(1)
        ).one()
        [action] = session.exec(select(StaffAction)).all()
    assert (event.by, event.evidence) == ("operator@heed.example", PORTAL)
    assert event.raw == "REVIEW: seen there"
    assert action.subject == "maple-care att REVIEW"


def test_a_refused_status_says_why_and_stays_in_the_history(run, database, cast):
    type_status(run, "att", "SUSPENDED")

    refused = type_status(run, "att", "REVIEW", "--json")

    assert refused.exit_code == 1
    assert json.loads(refused.output) == {
        "clinic": "maple-dental",
        "campaign": "maple-care",
        "carrier": "att",
        "result": "refused",
        "why": "SUSPENDED does not become REVIEW.",
    }
    with database.reading() as session:
        newest = session.exec(
            select(StatusEvent).order_by(col(StatusEvent.id).desc()).limit(1)
        ).one()
    assert (newest.after, newest.applied) == ("REVIEW", False)


@pytest.mark.parametrize(
    ("status", "exit_code", "outcome"),
    [
        ("SUSPENDED", 0, {"result": "changed", "status": "SUSPENDED"}),
        ("ACTIVE", 0, {"result": "confirmed", "status": "ACTIVE"}),
        ("REVIEW", 1, {"result": "refused"}),
    ],
)
def test_each_outcome_has_its_exit_status_and_the_written_shape(
    run, status, exit_code, outcome
):
    if outcome["result"] == "refused":
        type_status(run, "att", "REJECTED")

    done = type_status(run, "att", status, "--json")

    told = json.loads(done.output)
    assert done.exit_code == exit_code
    assert told.pop("why")
    place = {"clinic": "maple-dental", "campaign": "maple-care", "carrier": "att"}
    assert told == place | outcome
    assert list(told)[:4] == ["clinic", "campaign", "carrier", "result"]


def test_a_refusal_is_told_to_people_with_its_reason(run):
    type_status(run, "att", "REJECTED")

    refused = type_status(run, "att", "REVIEW")

    assert refused.exit_code == 1
    assert refused.output == (
        "AT&T: not recorded as its status. REJECTED does not become REVIEW.\n"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"evidence": "no-such-file"}, "cannot be read"),
        ({"evidence": "ftp://x"}, "is no web address"),
        ({"note": " "}, "needs evidence"),
        ({"by": "nobody@heed.example"}, "is not on the staff"),
        ({"by": "admin@maple-dental.example"}, "may not do this"),
        ({"campaign": "birch-care"}, "has no campaign 'birch-care'"),
    ],
)
def test_a_status_that_nobody_vouches_for_is_refused(
    run, database, cast, changes, sentence
):
    refused = type_status(run, "att", "REVIEW", **changes)

    assert refused.exit_code == 1
    assert sentence in refused.output
    assert att(database, cast).status == "ACTIVE"


@pytest.mark.parametrize(
    ("carrier", "status"),
    [("uscellular", "ACTIVE"), ("att", "EXPIRED"), ("att", "active")],
)
def test_a_word_outside_the_tables_is_misuse(run, carrier, status):
    assert type_status(run, carrier, status).exit_code == 2


def test_a_file_is_recorded_with_its_hash(run, database, cast, tmp_path):
    file = tmp_path / "portal.png"
    file.write_bytes(b"shown")

    done = type_status(run, "att", "REVIEW", evidence=str(file))
    shown = json.loads(run("status", "maple-dental", "--json").output)

    assert done.exit_code == 0
    evidence = shown["campaigns"][0]["carriers"]["att"]["evidence"]
    assert evidence.startswith(f"{file} sha256:")


def test_the_board_tells_each_carrier_apart_in_local_time(run, database, cast):
    type_status(run, "att", "REVIEW")

    told = run("status", "maple-dental")

    assert told.exit_code == 0
    assert told.output.splitlines()[:2] == [
        "maple-care  REVIEW  ACCOUNT_NOTIFICATION",
        "  AT&T has not yet approved this clinic's texts (REVIEW since Mon, Nov 30, 2026)."
        f" Source: operator_entry, {PORTAL}",
    ]
    assert "T-Mobile lets this clinic's texts through (ACTIVE since" in told.output
    assert "birch" not in told.output


def test_the_board_as_json_has_one_entry_for_every_carrier(run):
    told = json.loads(run("status", "maple-dental", "--json").output)

    [campaign] = told["campaigns"]
    assert campaign["carriers"].keys() == {"att", "tmobile", "verizon"}
    assert campaign["carriers"]["tmobile"] == {
        "status": "ACTIVE",
        "active": True,
        "since": "2026-11-30T18:00:00.000000Z",
        "source": "operator_entry",
        "observed_at": "2026-11-30T18:00:00.000000Z",
        "evidence": "https://portal.example/screenshot",
        "stale": False,
        "sentence": "T-Mobile lets this clinic's texts through (ACTIVE since "
        "Mon, Nov 30, 2026, 10:00 AM PST).",
        "next_action": "Nothing. It can still be suspended later.",
    }


def test_a_clinic_that_is_not_there_is_refused(run):
    assert run("status", "nowhere").exit_code == 1


def test_poll_asks_the_registry_and_tells_what_failed(run, registry, database, cast):
    path = "/tcr/v2/campaign/CMAPLE1/operationStatus"
    registry.answers[path] = (200, b'{"10017": "REVIEW"}')

    asked = run("poll", "--json", TCR_API_BASE=registry.base)

    told = json.loads(asked.output)
    assert asked.exit_code == 1
    assert told["asked"] == 2
    assert told["failed"] == [{"campaign": "birch-care", "why": "TCR answered 404."}]
    [heard] = told["heard"]
    assert (heard["carrier"], heard["status"]) == ("att", "REVIEW")
    assert att(database, cast).source == "tcr_poll"


def test_a_stale_board_says_since_when(run, registry, database, cast):
    for place in ("CMAPLE1", "CBIRCH1"):
        path = f"/tcr/v2/campaign/{place}/operationStatus"
        registry.answers[path] = (200, b'{"10017": "APPROVED"}')
    assert run("poll", TCR_API_BASE=registry.base).exit_code == 0

    told = run("status", "maple-dental", now=NOW + timedelta(hours=25))

    assert "has not been confirmed since Mon, Nov 30, 2026, 10:05 AM PST" in told.output


def test_poll_tells_of_a_campaign_that_expired(run, registry):
    for place in ("CMAPLE1", "CBIRCH1"):
        path = f"/tcr/v2/campaign/{place}/operationStatus"
        registry.answers[path] = (200, b"{}")
    registry.answers["/tcr/v2/campaign/CMAPLE1"] = (200, b'{"status": "EXPIRED"}')

    asked = run("poll", TCR_API_BASE=registry.base)

    assert asked.exit_code == 0
    assert "maple-care: EXPIRED at TCR, for good." in asked.output
    assert "EXPIRED, for good" in run("status", "maple-dental").output


def test_poll_without_a_registry_is_misuse(run):
    asked = run("poll")

    assert asked.exit_code == 2
    assert "TCR_API_BASE" in asked.output
