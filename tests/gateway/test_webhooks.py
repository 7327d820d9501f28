import json
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from twilio.request_validator import RequestValidator

from consent.models import ConsentEvent
from consent.standing import Word, line_state
from gateway.models import (
    InboundMessage,
    Message,
    MessageKind,
    Permit,
    Quarantine,
)
from tests.forms import BASE, INBOUND, PAT, count, inbound_form, raw_post


def test_a_signed_stop_is_kept_acted_on_and_answered_with_empty_twiml(
    database, cast, text
):
    answer = text(cast.maple, PAT, "STOP")

    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text.endswith("<Response></Response>")
    with database.reading() as session:
        assert line_state(session, cast.maple.clinic_id, PAT).word is Word.opted_out
        reply = session.connection().execute(sa.select(Message)).one()
    assert reply.kind is MessageKind.stop_confirmation
    assert reply.permit is Permit.stop_confirmation
    assert count(database, InboundMessage) == 1


def test_the_same_message_twice_changes_nothing_more(database, cast, post):
    fields = inbound_form(cast.maple)

    assert post(fields, cast.maple.token).status_code == 200
    assert post(fields, cast.maple.token).status_code == 200

    counts = [count(database, t) for t in (InboundMessage, ConsentEvent, Message)]
    assert counts == [1, 1, 1]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "AAAA"},
        {"X-Twilio-Signature": "é" * 28},
        {"X-Twilio-Signature": "A" * 20_000},
        {"X-Twilio-Signature": "QUFB", "Host": "gw:99999"},
        {"X-Twilio-Signature": "QUFB", "X-Forwarded-Proto": "http"},
        {"X-Twilio-Webhooks-Signature-Settings": "algorithm=NONE"},
    ],
)
def test_an_unsigned_call_is_403_and_leaves_no_row(database, cast, client, headers):
    answer = client.post(INBOUND, data=inbound_form(cast.maple), headers=headers)

    assert answer.status_code == 403
    assert count(database, InboundMessage) == count(database, Quarantine) == 0


def test_another_clinic_cannot_speak_for_this_one(database, cast, post):
    for_maple = inbound_form(cast.maple)

    signed_by_birch = post(for_maple, cast.birch.token)
    birchs_account = post(
        {**for_maple, "AccountSid": cast.birch.account_sid}, cast.maple.token
    )

    assert (signed_by_birch.status_code, birchs_account.status_code) == (403, 403)
    assert count(database, InboundMessage) == 0


def test_a_number_that_is_not_ours_is_kept_and_answered(database, cast, post):
    fields = {
        **inbound_form(cast.maple),
        "To": "+12065559999",
        "AccountSid": "AC" + "0" * 32,
    }

    assert post(fields, "parent-token").status_code == 200
    with database.reading() as session:
        kept = session.connection().execute(sa.select(Quarantine)).one()
    assert dict(json.loads(kept.raw))["Body"] == "STOP"


@pytest.mark.parametrize(
    "repeated", [("Body", "HI"), ("From", "+12065550123"), ("MessageSid", "SMx")]
)
def test_a_field_that_comes_twice_is_400_and_kept(database, cast, client, repeated):
    fields = inbound_form(cast.maple)
    pairs = [*fields.items(), repeated]
    # Signed as the vendor's libraries do: each distinct value once, sorted.
    from werkzeug.datastructures import MultiDict

    answer = raw_post(
        client, urlencode(pairs).encode(), cast.maple.token, MultiDict(pairs)
    )

    assert answer.status_code == 400
    assert (count(database, Quarantine), count(database, InboundMessage)) == (1, 0)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"MessageSid": "SM123"},
        {"MessageSid": "XX" + "0" * 32},
        {"From": None},
        {"Body": None},
    ],
)
def test_a_signed_but_malformed_form_is_400_and_kept(database, cast, post, spoiled):
    fields = {**inbound_form(cast.maple), **spoiled}
    fields = {name: value for name, value in fields.items() if value is not None}

    assert post(fields, cast.maple.token).status_code == 400
    assert count(database, Quarantine) == 1


def test_fields_split_anew_under_the_same_signature_are_not_taken(
    database, cast, client
):
    fields = inbound_form(cast.maple)
    split = {name: value for name, value in fields.items() if name != "Body"}
    split["BodyS"] = "TOP"
    signature = RequestValidator(cast.maple.token).compute_signature(
        BASE + INBOUND, fields
    )

    answer = client.post(INBOUND, data=split, headers={"X-Twilio-Signature": signature})

    assert answer.status_code == 400
    assert count(database, InboundMessage) == 0


def test_no_body_too_much_body_and_odd_bytes(database, cast, client):
    empty = raw_post(client, b"", cast.maple.token)
    huge = raw_post(client, b"Body=" + b"x" * 20_000_000, cast.maple.token)
    many = raw_post(client, b"&".join(b"a%d=1" % n for n in range(5000)), "x")
    odd = client.post(
        INBOUND,
        data=b"\xff\xfe\x00%ff%00=%zz&&&===",
        headers={"X-Twilio-Signature": "QUFB"},
        content_type="text/plain; charset=\xff",
    )

    assert empty.status_code == 403  # signed by the wrong account: it names no number
    assert (huge.status_code, many.status_code, odd.status_code) == (413, 403, 403)


@pytest.mark.parametrize(
    "body",
    ["", "\x00STOP\x00", "\\", "😀" * 400, "STOP\r\n2026 INFO ok\x1b[2J", "\u202eSTOP"],
)
def test_any_words_are_kept(database, cast, text, body):
    assert text(cast.maple, PAT, body).status_code == 200
    assert count(database, InboundMessage) == 1


@pytest.mark.parametrize(
    "sender", ["12345", "STOP", "whatsapp:+12065550111", "+44", ""]
)
def test_a_stop_from_an_odd_sender_still_stops_that_sender(
    database, cast, text, sender
):
    assert text(cast.maple, sender, "STOP").status_code == 200

    with database.reading() as session:
        clinic_id = cast.maple.clinic_id
        kept = session.connection().execute(sa.select(InboundMessage)).one()
        assert line_state(session, clinic_id, kept.phone).word is Word.opted_out
