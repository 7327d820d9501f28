"""The whole site with people and texts in it."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from tests.cast import NOW
from tests.pages import pages_app, rewired
from tests.site.world import settle


@pytest.fixture(scope="session")
def _settled(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once a process: it takes seconds.  A folder with the database in it."""
    folder = tmp_path_factory.mktemp("settled")
    shutil.copy(_sqlite_template, folder / "heed.db")
    app = pages_app(f"sqlite:///{folder / 'heed.db'}", folder, NOW)
    settle(app, NOW)
    app.extensions["heed"].database.close()
    return folder


@pytest.fixture
def site(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, now: datetime
) -> Iterator[Flask]:
    folder = tmp_path / "site"
    if database_url.startswith("sqlite") and now == NOW:
        shutil.copytree(request.getfixturevalue("_settled"), folder)
        app = rewired(f"sqlite:///{folder / 'heed.db'}", folder, now)
    else:
        folder.mkdir()
        app = pages_app(database_url, folder, now)
        settle(app, now)
    yield app
    app.extensions["heed"].database.close()
