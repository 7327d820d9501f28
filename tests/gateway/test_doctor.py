import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlmodel import select
from werkzeug.serving import make_server

from clinics.models import VendorAccount
from gateway.doctor import examine
from gateway.findings import Answered, Level, Silent, Symptoms
from gateway.health import Check
from gateway.models import DeliveryReport, InboundMessage, Quarantine
from gateway.symptoms import look
from kernel.models import Heartbeat

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
WELL = Symptoms(
    now=NOW,
    production=True,
    public_base_url="https://texts.example",
    dialect="sqlite",
    sqlite_version=(3, 53, 4),
    free_bytes=50_000_000_000,
    secret_key="0123456789abcdef" * 4,
    metrics_token="",
    parent_account=True,
    keys_file="keys.json",
    keys_mode=0o600,
    sealed_shut=(),
    open_files=(),
    health=(Check("database", True, "can be written"),),
    backup_at=NOW - timedelta(hours=3),
    compared=(0, NOW - timedelta(hours=20)),
    webhook=Answered(200, True),
    vendor_clock=0.4,
    mail=True,
    stale=(),
    retype=(),
    halted=(),
    unseen=0,
)


def test_a_well_installation_has_nothing_to_do():
    assert {item.level for item in examine(WELL)} == {Level.ok}


@pytest.mark.parametrize(
    ("seen", "name", "level", "words"),
    [
        ({"production": False}, "settings", "warning", "Set it to production"),
        (
            {"public_base_url": "http://texts.example"},
            "public address",
            "problem",
            "the https:// address Twilio calls",
        ),
        (
            {"secret_key": "short"},
            "secrets",
            "problem",
            "SECRET_KEY is missing or weak",
        ),
        ({"secret_key": "ab" * 40}, "secrets", "problem", "SECRET_KEY"),
        ({"metrics_token": "x" * 15}, "secrets", "problem", "METRICS_TOKEN is short"),
        ({"parent_account": False}, "secrets", "problem", "TWILIO_AUTH_TOKEN"),
        (
            {"health": (Check("database", False, "cannot be written (X)"),)},
            "database",
            "problem",
            "Look at the disk",
        ),
        (
            {"health": (Check("clock", False, "has not ticked yet"),)},
            "clock",
            "problem",
            "Start Heed",
        ),
        (
            {"health": (Check("inbound", False, "2 numbers never compared"),)},
            "inbound",
            "problem",
            "Nothing leaves until",
        ),
        ({"sqlite_version": (3, 45, 1)}, "engine", "warning", "use PostgreSQL"),
        ({"sqlite_version": (3, 51, 2)}, "engine", "warning", "SQLite 3.51.2"),
        ({"sqlite_version": (3, 51, 3)}, "engine", "ok", "WAL"),
        ({"dialect": "postgresql"}, "engine", "ok", "PostgreSQL"),
        ({"free_bytes": 1_999_999_999}, "disk", "warning", "2.0 GB"),
        ({"free_bytes": 199_999_999}, "disk", "problem", "takes no STOP"),
        ({"keys_mode": None}, "keys", "problem", "Put it back"),
        ({"keys_mode": 0o640}, "keys", "problem", "chmod 600 'keys.json'"),
        ({"sealed_shut": ("maple-dental",)}, "keys", "problem", "maple-dental"),
        ({"open_files": ("'heed.db'",)}, "files", "problem", "'heed.db'"),
        ({"webhook": Answered(403, True)}, "webhook", "problem", "as it was signed"),
        ({"webhook": Answered(301, False)}, "webhook", "problem", "another address"),
        ({"webhook": Answered(404, False)}, "webhook", "problem", "something else"),
        ({"webhook": Answered(200, False)}, "webhook", "problem", "something else"),
        ({"webhook": Silent("nobody.")}, "webhook", "problem", "nobody."),
        ({"vendor_clock": -5.1}, "time", "warning", "5 seconds apart"),
        ({"vendor_clock": 61.0}, "time", "problem", "61 seconds apart"),
        ({"vendor_clock": Silent("nobody.")}, "time", "problem", "nobody."),
        ({"compared": (0, None)}, "comparison", "ok", "No number is connected"),
        ({"compared": (2, NOW)}, "comparison", "warning", "2 clinics were never"),
        (
            {"compared": (0, NOW - timedelta(hours=26))},
            "comparison",
            "ok",
            "26 hours ago or later",
        ),
        (
            {"compared": (0, NOW - timedelta(hours=26, seconds=1))},
            "comparison",
            "warning",
            "for the last time",
        ),
        ({"backup_at": None}, "backup", "problem", "No backup was made yet"),
        (
            {"backup_at": NOW - timedelta(hours=26, seconds=1)},
            "backup",
            "problem",
            "26 hours old",
        ),
        ({"backup_at": NOW - timedelta(hours=26)}, "backup", "ok", "26 hours old"),
        ({"mail": False}, "mail", "warning", "SMTP_URL is not set"),
        (
            {"mail": Silent("nobody answers there")},
            "mail",
            "problem",
            "Look at SMTP_URL",
        ),
        ({"stale": ("maple at AT&T",)}, "carriers", "problem", "maple at AT&T"),
        (
            {"retype": tuple("abcdefg")},
            "carriers",
            "warning",
            "a, b, c, d, e and 2 more",
        ),
        ({"halted": ("birch-eye (error 20003)",)}, "accounts", "problem", "20003"),
        ({"unseen": 3}, "quarantine", "warning", "3 signed calls"),
    ],
)
def test_each_ill_has_its_sentence(seen, name, level, words):
    findings = {item.name: item for item in examine(replace(WELL, **seen))}

    assert findings[name].level.value == level
    assert words in findings[name].sentence
    others = [item for item in findings.values() if item.name != name]
    assert {item.level for item in others} == {Level.ok}


@pytest.mark.parametrize(
    "seen",
    [
        {"public_base_url": "http://127.0.0.1:5000"},
        {"backup_at": None},
        {"webhook": Silent("nobody.")},
        {"secret_key": ""},
    ],
)
def test_in_development_it_is_a_warning(seen):
    findings = examine(replace(WELL, production=False, **seen))

    assert {item.level for item in findings} == {Level.ok, Level.warning}


class Elsewhere(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_):
        pass


def kept(database):
    with database.reading() as session:
        return [
            session.connection().scalar(sa.select(sa.func.count()).select_from(table))
            for table in (Quarantine, InboundMessage, DeliveryReport)
        ]


@pytest.fixture
def served(pages, cast, keys):
    """The real program at its public address; the cast's tokens are the cast's."""
    heed = pages.extensions["heed"]
    heed.keys = keys
    server = make_server("127.0.0.1", 0, pages, threaded=True)
    base = f"http://127.0.0.1:{server.server_port}"
    heed.settings = heed.settings.model_copy(update={"public_base_url": base})
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield pages
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_signed_call_through_the_public_address_keeps_nothing(served, database):
    heed, accounts = served.extensions["heed"], served.extensions["inbox"].accounts

    seen = look(heed, accounts)

    assert seen.webhook == Answered(200, True)
    assert kept(database) == [0, 0, 0]
    assert seen.sealed_shut == ()


def test_a_changed_path_a_wrong_token_and_a_stranger_are_told_apart(served, database):
    heed, accounts = served.extensions["heed"], served.extensions["inbox"].accounts
    base = heed.settings.public_base_url
    stranger = HTTPServer(("127.0.0.1", 0), Elsewhere)
    Thread(target=stranger.serve_forever, daemon=True).start()

    found = []
    for url in (
        base.replace("127.0.0.1", "localhost"),
        f"http://127.0.0.1:{stranger.server_port}",
        "http://127.0.0.1:9",
    ):
        other = heed.settings.model_copy(update={"public_base_url": url})
        found.append(look(replace(heed, settings=other), accounts).webhook)
    stranger.shutdown()
    stranger.server_close()

    assert found[:2] == [Answered(403, True), Answered(200, False)]
    assert isinstance(found[2], Silent)
    assert kept(database) == [0, 0, 0]


def test_the_command_names_each_thing_and_fails_on_a_problem(pages, database, now):
    with database.writing() as session:
        account = session.exec(select(VendorAccount)).first()
        account.halted_since, account.halted_why = now, "error 20003"
        session.add(Heartbeat(name="clock", at=now))

    done = pages.test_cli_runner().invoke(args=["doctor", "--json"])

    told = json.loads(done.stdout)
    levels = {check["name"]: check["level"] for check in told["checks"]}
    assert (done.exit_code, told["well"]) == (1, False)
    assert levels["accounts"] == "problem"
    assert levels["keys"] == "problem"  # of the cast's tokens, which others sealed
    assert levels["clock"] == levels["database"] == "ok"
    assert levels["settings"] == "warning"
