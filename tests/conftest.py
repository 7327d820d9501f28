"""The fixtures that all tests share: the cast, the databases they play on, the pages,
the vendor and the browser."""

import gc
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from kernel.db import Database, open_database
from kernel.keys import Keys, load_or_make
from tests import browser
from tests.cast import (
    BIRCH_ACCOUNT,
    BIRCH_NUMBER,
    BIRCH_TOKEN,
    MAPLE_ACCOUNT,
    MAPLE_NUMBER,
    MAPLE_TOKEN,
    NOW,
    PAT,
    SAM,
    Cast,
    Place,
    gather,
)
from tests.databases import (
    PostgresServer,
    Reused,
    Rows,
    all_in_the_file,
    compile_once,
    empty_sqlite,
    is_untouched,
    postgres_server,
    put_rows,
    rows_of,
)
from tests.pages import rewired
from tests.scratch import keep_in_memory
from tests.vendor import Simulator, shift_clock

__all__ = [
    "BIRCH_ACCOUNT",
    "BIRCH_NUMBER",
    "BIRCH_TOKEN",
    "MAPLE_ACCOUNT",
    "MAPLE_NUMBER",
    "MAPLE_TOKEN",
    "NOW",
    "PAT",
    "PROJECT",
    "SAM",
    "SHARED",
    "Cast",
    "Place",
    "PostgresServer",
]
PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared"

# Half a test's time went into compiling the same statements and looking for rubbish.
compile_once()
keep_in_memory()
gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    return load_or_make(file, NOW, may_make=True)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_sqlite(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def _reused(postgres: PostgresServer) -> Iterator[Reused]:
    reused = Reused(postgres)
    yield reused
    reused.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, _sqlite_template: Path
) -> str:
    if request.param == "sqlite":
        shutil.copy(_sqlite_template, tmp_path / "heed.db")
        return f"sqlite:///{tmp_path / 'heed.db'}"
    reused: Reused = request.getfixturevalue("_reused")
    return reused.emptied()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _gathered(
    keys: Keys, _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Cast, Rows, Path]:
    """The cast, its rows, and a SQLite file with them."""
    file = tmp_path_factory.mktemp("cast") / "heed.db"
    shutil.copy(_sqlite_template, file)
    database = open_database(f"sqlite:///{file}")
    with database.writing() as session:
        cast = gather(session, keys)
    rows = rows_of(database)
    all_in_the_file(database)
    return cast, rows, file


@pytest.fixture
def cast(
    request: pytest.FixtureRequest,
    database: Database,
    _gathered: tuple[Cast, Rows, Path],
) -> Cast:
    """Both clinics with an account, a connected number and every carrier Active."""
    cast, rows, file = _gathered
    if database.dialect == "postgresql":
        reused: Reused = request.getfixturevalue("_reused")
        reused.put(database, rows)
    elif is_untouched(database):
        shutil.copy(file, str(database.writer.url.database))
    else:
        put_rows(database, rows)
    return cast


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
    app = rewired(database_url, folder, now)
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
# Long, and little of it is the database's: its twin is in `make torture` only.
# What runs the whole program, and single tests that are long on PostgreSQL.
WHOLE = ("site", "stories", "torture", "demo")
ONCE = (
    "test_a_number_that_no_row_can_have_breaks_no_page",
    "test_account.py",
    "test_actions.py",
    "test_answer.py",
    "test_at_desk.py",
    "test_backup.py",
    "test_call_list.py",
    "test_campaign_signals.py",
    "test_cli.py",
    "test_compare_daily.py",
    "test_compared.py",
    "test_coverage.py",
    "test_day_updates.py",
    "test_deactivated.py",
    "test_debt.py",
    "test_deciding.py",
    "test_digest.py",
    "test_evidence.py",
    "test_explain.py",
    "test_feed_order.py",
    "test_feeds.py",
    "test_going_live.py",
    "test_handing_in.py",
    "test_here_already.py",
    "test_history.py",
    "test_import_cut_short.py",
    "test_in_flight.py",
    "test_intake.py",
    "test_invitations.py",
    "test_layers.py",
    "test_morning.py",
    "test_moves.py",
    "test_nobody_is_ever_asked_twice_within_thirty_days",
    "test_numbers_to_mend.py",
    "test_openings.py",
    "test_opt_in_answers.py",
    "test_outcomes.py",
    "test_page_links.py",
    "test_policy.py",
    "test_records.py",
    "test_registering.py",
    "test_rehearse.py",
    "test_rehearse_pace.py",
    "test_rejections.py",
    "test_replay.py",
    "test_restore.py",
    "test_resubmission.py",
    "test_reviews.py",
    "test_signin.py",
    "test_signin_holds.py",
    "test_staff_cli.py",
    "test_staff_lists.py",
    "test_submitting.py",
    "test_tampered_database.py",
    "test_tcr_histories.py",
    "test_twenty_thousand_events_are_written_as_a_stream",
    "test_update_audience.py",
    "test_upload_columns.py",
    "test_upload_work.py",
    "test_vendor_list_rows.py",
    "test_vendor_lists.py",
    "test_vendor_verified.py",
    "test_website_pause.py",
)
# The long ones before the short ones, so that both workers end together.
SLOWER = ("site", "torture", "stories", "test_contract.py", "ways", "demo", "simulator")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:  # a page looks the same on both: twice in `make torture` only
        params = item.callspec.params if hasattr(item, "callspec") else {}
        file, name = item.path.name, item.name.partition("[")[0]
        whole = item.path.parent.name in WHOLE
        twin = whole or file.endswith("_pages.py") or file in ONCE or name in ONCE
        if "postgresql" in params.values() and twin:
            item.add_marker(pytest.mark.slow)

    def rank(item: pytest.Item) -> int:
        part = item.path.relative_to(PROJECT / "tests").parts[0]
        return SLOWER.index(part) + 1 if part in SLOWER else 0

    items.sort(key=rank)
