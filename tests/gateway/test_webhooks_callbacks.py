import secrets

import pytest
import sqlalchemy as sa
from sqlmodel import col
from twilio.request_validator import RequestValidator

from clinics.models import VendorAccount
from consent.standing import Word, line_state
from gateway.models import (
    DeliveryReport,
    InboundMessage,
    Message,
    Quarantine,
)
from tests.forms import BASE, INBOUND, PAT, STATUS, count, inbound_form


def test_status_callbacks_in_any_order_end_alike(database, cast, post, text, accepted):
    message_id, vendor_sid = accepted

    for status in ("sent", "delivered", "sent", "queued", "frobbed"):
        fields = {
            "MessageSid": vendor_sid,
            "MessageStatus": status,
            "AccountSid": cast.maple.account_sid,
            "From": cast.maple.number,
            "To": PAT,
        }
        path = f"{STATUS}/{message_id}"
        assert post(fields, cast.maple.token, path).status_code == 200

    with database.reading() as session:
        row = (
            session.connection()
            .execute(sa.select(Message).where(col(Message.id) == message_id))
            .one()
        )
    assert row.delivery == "delivered"
    assert count(database, DeliveryReport) == 4


def test_a_signed_21610_is_an_opt_out_and_an_unsigned_one_is_nothing(
    database, cast, client, post, accepted
):
    message_id, vendor_sid = accepted
    fields = {
        "MessageSid": vendor_sid,
        "MessageStatus": "failed",
        "ErrorCode": "21610",
        "AccountSid": cast.maple.account_sid,
        "From": cast.maple.number,
    }
    path = f"{STATUS}/{message_id}"

    assert client.post(path, data=fields).status_code == 403
    with database.reading() as session:
        assert line_state(session, cast.maple.clinic_id, PAT).word is Word.opted_in

    assert post(fields, cast.maple.token, path).status_code == 200
    with database.reading() as session:
        assert line_state(session, cast.maple.clinic_id, PAT).word is Word.opted_out


def test_health_tells_what_is_missing(client, cast):
    assert client.get("/healthz").status_code == 200

    ready = client.get("/readyz")

    assert ready.status_code == 503
    assert ready.json["checks"]["clock"] == {
        "ok": False,
        "detail": "has not ticked yet",
    }
    assert ready.json["checks"]["inbound"]["ok"]


@pytest.mark.parametrize("number", ["0", "2147483648", "1" * 30, "-1", "x"])
def test_a_status_of_no_message_is_never_a_500(database, cast, client, post, number):
    path = f"{STATUS}/{number}"
    fields = {
        "MessageSid": "SM" + secrets.token_hex(16),
        "MessageStatus": "sent",
        "AccountSid": cast.maple.account_sid,
        "From": cast.maple.number,
    }

    assert client.post(path, data=fields).status_code in (403, 404)
    assert post(fields, cast.maple.token, path).status_code in (200, 404)


def test_words_cut_into_fields_of_their_own_are_not_taken(database, cast, client):
    victim = "+12065550177"
    said = f"STARTFrom{victim}MessageSidSM{'e' * 32}NumMedia0To{cast.maple.number}ToZip"
    fields = inbound_form(cast.maple, said)
    del fields["SmsSid"]
    signature = RequestValidator(cast.maple.token).compute_signature(
        BASE + INBOUND, fields
    )
    rest = f"From{PAT}MessageSid{fields['MessageSid']}NumMedia0To{cast.maple.number}"
    forged = {
        "AccountSid": cast.maple.account_sid,
        "Body": "START",
        "From": victim,
        "MessageSid": "SM" + "e" * 32,
        "NumMedia": "0",
        "To": cast.maple.number,
        "ToZip": rest,
    }

    answer = client.post(
        INBOUND, data=forged, headers={"X-Twilio-Signature": signature}
    )

    assert answer.status_code == 400  # the signature holds, the cut does not
    assert (count(database, Quarantine), count(database, InboundMessage)) == (1, 0)


def test_a_clinic_without_an_account_of_its_own_still_hears_its_patients(
    database, cast, post
):
    with database.writing() as session:
        session.connection().execute(sa.delete(VendorAccount))
    fields = {**inbound_form(cast.maple), "AccountSid": "AC" + "0" * 32}

    assert post(fields, "parent-token").status_code == 200

    with database.reading() as session:
        assert line_state(session, cast.maple.clinic_id, PAT).word is Word.opted_out


def test_with_foreign_keys_nothing_is_taken_and_nothing_is_lost(
    database, cast, post, keys
):
    with database.writing() as session:
        session.connection().execute(sa.update(VendorAccount).values(token_sealed="x"))

    assert post(inbound_form(cast.maple), cast.maple.token).status_code == 503
