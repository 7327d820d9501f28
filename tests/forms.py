"""Inbound forms as the vendor posts them, signed by its own library."""

import secrets

import sqlalchemy as sa
from twilio.request_validator import RequestValidator

PAT = "+12065550111"
BASE = "https://texts.example"
INBOUND = "/webhooks/twilio/inbound"
STATUS = "/webhooks/twilio/status"


def count(database, table) -> int:
    with database.reading() as session:
        return session.connection().scalar(
            sa.select(sa.func.count()).select_from(table)
        )


def inbound_form(place, body="STOP", **more):
    message = "SM" + secrets.token_hex(16)
    fields = {
        "MessageSid": message,
        "SmsSid": message,
        "AccountSid": place.account_sid,
        "From": PAT,
        "To": place.number,
        "Body": body,
        "NumMedia": "0",
    }
    return {**fields, **more}


def raw_post(client, body: bytes, token: str, pairs=None, path=INBOUND, **headers):
    params = pairs if pairs is not None else {}
    signature = RequestValidator(token).compute_signature(BASE + path, params)
    return client.post(
        path,
        data=body,
        headers={"X-Twilio-Signature": signature, **headers},
        content_type="application/x-www-form-urlencoded",
    )
