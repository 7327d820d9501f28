import json
from datetime import UTC, datetime, timedelta

import pytest

from kernel.carriers import Carrier
from kernel.errors import Invalid
from kernel.models import Heartbeat
from kernel.twilio_client import RebasingHttpClient, make_client
from registration.models import Campaign, CarrierCell, SenderNumber
from registration.status import Observation, Source, Status, is_active
from registration.vendor_verified import observations, poll_vendor
from registration.workflow import cells, observe

NOW = datetime(2026, 11, 30, 18, 5, tzinfo=UTC)
SERVICE, CAMPAIGN = "MG" + "1" * 32, "QE" + "1" * 32
USA2P = f"/messaging.twilio.com/v1/Services/{SERVICE}/Compliance/Usa2p/{CAMPAIGN}"
POOL = f"/messaging.twilio.com/v1/Services/{SERVICE}/PhoneNumbers"


@pytest.mark.parametrize(
    ("word", "registered", "expected"),
    [
        ("VERIFIED", True, "ACTIVE"),
        ("VERIFIED", False, "PENDING"),
        ("IN_PROGRESS", True, "PENDING"),
        ("PENDING", True, "PENDING"),
        ("FAILED", True, "REJECTED"),
        ("verified", True, None),
        ("SUSPENDED", True, None),
        ("", True, None),
    ],
)
def test_only_verified_with_its_number_in_the_pool_is_active(
    word, registered, expected
):
    seen = observations(word, registered, NOW)

    assert seen.keys() == {"att", "tmobile", "verizon"}
    assert {one.status for one in seen.values()} == {expected}
    assert {one.source for one in seen.values()} == {Source.vendor_verified}


@pytest.fixture
def http(registry):
    client = RebasingHttpClient(registry.origin)
    yield client
    client.session.close()


@pytest.fixture
def ask(database, cast, registry, http):
    """Maple's campaign at Twilio, with no carrier's word yet; asks as `tick` does."""
    with database.writing() as session:
        campaign = session.get(Campaign, cast.maple.campaign_id)
        campaign.service_sid, campaign.usa2p_sid = SERVICE, CAMPAIGN
        for carrier in cells(session, cast.maple.campaign_id):
            key = (cast.maple.campaign_id, carrier)
            session.delete(session.get(CarrierCell, key))

    def asked(word, pool=(cast.maple.number,), now=NOW, instead=()):
        usa2p = {"sid": CAMPAIGN, "campaign_status": word}
        numbers = [{"sid": f"PN{n}", "phone_number": n} for n in pool]
        page = {"phone_numbers": numbers, "meta": {"key": "phone_numbers"}}
        registry.answers[USA2P] = (200, json.dumps(usa2p).encode())
        registry.answers[POOL] = (200, json.dumps(page).encode())
        registry.answers.update(instead)
        client = make_client(http, cast.maple.account_sid, cast.maple.token)
        polled = poll_vendor(database, {cast.maple.clinic_id: client}.__getitem__, now)
        with database.reading() as session:
            return polled, cells(session, cast.maple.campaign_id)

    return asked


def test_verified_with_the_number_registered_fills_cells_nobody_spoke_for(
    ask, database, cast
):
    polled, found = ask("VERIFIED")

    assert (polled.asked, polled.failed, len(polled.heard)) == (1, [], 3)
    assert {cell.status for cell in found.values()} == {"ACTIVE"}
    assert all(is_active(cell, NOW + timedelta(hours=23)) for cell in found.values())
    assert not any(
        is_active(cell, NOW + timedelta(hours=24)) for cell in found.values()
    )
    with database.reading() as session:
        assert session.get(SenderNumber, cast.maple.number_id).registered
        assert session.get(Heartbeat, "vendor").at == NOW


def test_a_number_that_left_the_pool_ends_its_active(ask, database, cast):
    ask("VERIFIED")

    _, found = ask("VERIFIED", pool=("+12065550177",), now=NOW + timedelta(minutes=5))

    assert {cell.status for cell in found.values()} == {"PENDING"}
    with database.reading() as session:
        assert not session.get(SenderNumber, cast.maple.number_id).registered


def test_a_word_that_twilio_never_had_before_ends_its_active(ask):
    ask("VERIFIED")

    _, found = ask("ON_ICE", now=NOW + timedelta(minutes=5))

    assert {cell.status for cell in found.values()} == {"PENDING"}


@pytest.mark.parametrize(
    ("status", "source", "word"),
    [
        ("REVIEW", "tcr_poll", "VERIFIED"),
        ("SUSPENDED", "tcr_webhook", "VERIFIED"),
        ("PENDING", "operator_entry", "VERIFIED"),
        ("ACTIVE", "tcr_poll", "IN_PROGRESS"),
        ("ACTIVE", "operator_entry", "PENDING"),
    ],
)
def test_twilio_answers_no_word_about_a_carrier(
    ask, database, cast, status, source, word
):
    seen = Observation(
        status=Status(status),
        raw=status,
        source=Source(source),
        at=NOW - timedelta(minutes=1),
        evidence="portal",
    )
    with database.writing() as session:
        campaign_id = cast.maple.campaign_id
        observe(session, campaign_id, Carrier.att, seen, by="operator@heed.example")

    _, found = ask(word)

    assert (found["att"].status, found["att"].source) == (status, source)
    assert found["tmobile"].source == "vendor_verified"


def test_what_a_send_error_took_twilio_does_not_give_back(ask, database, cast):
    ask("VERIFIED")
    error = Observation(
        status=Status.SUSPENDED,
        raw="30033",
        source=Source.send_error,
        at=NOW + timedelta(minutes=1),
        evidence="message 1",
    )
    with database.writing() as session:
        observe(session, cast.maple.campaign_id, Carrier.att, error)

    _, found = ask("VERIFIED", now=NOW + timedelta(minutes=2))

    assert found["att"].status == "SUSPENDED"
    assert found["tmobile"].status == "ACTIVE"


@pytest.mark.parametrize("path", [USA2P, POOL])
@pytest.mark.parametrize("answer", [(500, b"{}"), (404, b"{}"), (200, b"<html>")])
def test_an_answer_that_cannot_be_read_changes_nothing(ask, registry, path, answer):
    _, before = ask("VERIFIED")

    polled, after = ask(
        "VERIFIED", now=NOW + timedelta(minutes=5), instead={path: answer}
    )

    assert len(polled.failed) == 1
    assert after == before


def test_a_clinic_without_an_account_does_not_stop_the_others(database, ask):
    def nobody(clinic_id):
        raise Invalid(f"Clinic {clinic_id} has no Twilio account.")

    polled = poll_vendor(database, nobody, NOW)

    [(target, why)] = polled.failed
    assert target.ref == "maple-care"
    assert "no Twilio account" in why
