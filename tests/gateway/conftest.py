"""A web app over the test's database, and a vendor that signs what it posts."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

import gateway.public
import gateway.webhooks
from gateway.accounts import Accounts
from gateway.health import Kept
from gateway.models import Message, State
from kernel.db import Database
from kernel.keys import Keys
from kernel.settings import load
from kernel.web import Heed
from reminders.replies import on_reply
from tests.gateway.signing_up import open_form, three_topics  # noqa: F401

BASE = "https://texts.example"


@dataclass
class MovableClock:
    """The test moves it."""

    instant: object

    def now(self) -> object:
        return self.instant


@pytest.fixture
def heed(database: Database, keys: Keys, tmp_path: Path, now: object) -> Heed:
    settings = load(
        {
            "DATA_DIR": str(tmp_path),
            "PUBLIC_BASE_URL": BASE,
            "HEED_EMBEDDED": "0",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "parent-token",
        }
    )
    return Heed(settings, database, keys, MovableClock(now))


@pytest.fixture
def accounts(heed: Heed) -> Accounts:
    return Accounts(heed)


@pytest.fixture
def client(heed: Heed, accounts: Accounts) -> FlaskClient:
    app = Flask("heed-under-test")
    app.extensions["heed"] = heed
    app.extensions["health"] = Kept(heed.database)
    app.extensions["inbox"] = gateway.webhooks.Inbox(accounts, on_reply)
    app.register_blueprint(gateway.webhooks.bp)
    app.register_blueprint(gateway.public.bp)
    return app.test_client()


def sid(prefix: str = "SM") -> str:
    return prefix + secrets.token_hex(16)


def form(place: object, phone: str, body: str, **more: str) -> dict[str, str]:
    """An inbound form as the vendor sends it (messaging.md 1.1)."""
    message = sid()
    return {
        "ToCountry": "US",
        "ToState": "WA",
        "SmsMessageSid": message,
        "NumMedia": "0",
        "ToCity": "SEATTLE",
        "FromZip": "98101",
        "SmsSid": message,
        "FromState": "WA",
        "SmsStatus": "received",
        "FromCity": "SEATTLE",
        "Body": body,
        "FromCountry": "US",
        "To": place.number,
        "ToZip": "98101",
        "NumSegments": "1",
        "MessageSid": message,
        "AccountSid": place.account_sid,
        "From": phone,
        "ApiVersion": "2010-04-01",
        **more,
    }


Post = Callable[..., TestResponse]


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """Posts a form to a webhook, signed by the vendor's own library."""

    def send(
        fields: dict[str, str], token: str, path: str = "/webhooks/twilio/inbound"
    ) -> TestResponse:
        signature = RequestValidator(token).compute_signature(BASE + path, fields)
        return client.post(path, data=fields, headers={"X-Twilio-Signature": signature})

    return send


@pytest.fixture
def text(post: Post) -> Callable[..., TestResponse]:
    """A phone texts a clinic."""

    def send(place: object, phone: str, body: str, **more: str) -> TestResponse:
        return post(form(place, phone, body, **more), place.token)

    return send


@pytest.fixture
def accepted(database: Database, cast: object, text: object) -> tuple[int, str]:
    """Pat opted in and her confirmation was taken by the vendor: (id, sid)."""
    text(cast.maple, "+12065550111", "START")
    vendor_sid = sid()
    with database.writing() as session:
        message_id = session.connection().scalar(
            sa.update(Message)
            .values(state=State.accepted, vendor_sid=vendor_sid)
            .returning(col(Message.id))
        )
    return message_id, vendor_sid
