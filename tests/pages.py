"""A visitor of the pages: signed in as somebody, with the cookie and the token that
forms need.  The app is the real one; only its clock stands still."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlmodel import col, select

from app import create_app, heed_of, wire
from clinics.models import Staff
from clinics.signin import open_session
from kernel.clock import FixedClock
from kernel.settings import Settings, load

TAGS = re.compile(r"<[^>]+>")


def pages_app(database_url: str, folder: Path, now: datetime) -> Flask:
    """An app over a database of the cast, its clock at `now`; nothing is sent."""
    app = create_app(_settings(database_url, folder))
    app.extensions["heed"].clock = FixedClock(now)
    return app


@cache
def made() -> tuple[Flask, dict[str, Any]]:
    """One app a process, and how it was configured: its 150 routes take a while."""
    with TemporaryDirectory() as folder:
        app = create_app(_settings(f"sqlite:///{folder}/none.db", Path(folder)))
        app.extensions["heed"].database.close()
    return app, dict(app.config)


def rewired(database_url: str, folder: Path, now: datetime) -> Flask:
    """`pages_app` without making it anew: for one test at a time."""
    app = rewired_to(_settings(database_url, folder))
    app.extensions["heed"].clock = FixedClock(now)
    return app


def rewired_to(settings: Settings) -> Flask:
    """`create_app` likewise, where no setting changes what is registered."""
    assert not settings.production
    assert not settings.heed_proxies
    app, config = made()
    app.config.clear()
    app.config.update(config)
    wire(app, heed_of(settings))
    return app


def _settings(database_url: str, folder: Path) -> Settings:
    return load(
        {
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "HEED_EMBEDDED": "0",
            "TWILIO_API_BASE": "http://127.0.0.1:9",
            "LOG_LEVEL": "ERROR",
        }
    )


@dataclass(frozen=True)
class Visitor:
    client: FlaskClient
    token: str

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, data: Any = None, **more: Any) -> Any:
        return self.client.post(
            path, data={"csrf_token": self.token, **(data or {})}, **more
        )


def visitor(app: Flask, email: str | None = None) -> Visitor:
    """`email` is signed in without the form (its own tests use the form)."""
    client = app.test_client()
    heed = app.extensions["heed"]
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "of this test"
        if email is not None:
            with heed.database.writing() as writing:
                known = select(Staff).where(col(Staff.email) == email)
                cookie["token"] = open_session(
                    writing,
                    writing.exec(known).one(),
                    address="127.0.0.1",
                    browser="test",
                    now=heed.now(),
                )
            cookie["seen"] = int(heed.now().timestamp())
    signer = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
    return Visitor(client, str(signer.dumps("of this test")))


def words(answer: Any) -> str:
    """What a person reads on a page, in one line."""
    return " ".join(TAGS.sub(" ", answer.get_data(as_text=True)).split())
