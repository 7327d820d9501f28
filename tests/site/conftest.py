"""The whole site with people and texts in it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from kernel.keys import Keys
from tests.pages import pages_app
from tests.site.world import settle


@pytest.fixture
def site(
    database_url: str, keys: Keys, tmp_path: Path, now: datetime
) -> Iterator[Flask]:
    folder = tmp_path / "site"
    folder.mkdir()
    app = pages_app(database_url, folder, now)
    settle(app, now)
    yield app
    app.extensions["heed"].database.close()
