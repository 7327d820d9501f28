"""What refuses a number refuses it before it costs anything."""

from dataclasses import replace

import pytest

from registration.buying import buy_number
from registration.models import Brand, SenderNumber, WhoReplies
from registration.numbers import add_number, attach
from registration.registering import Done
from registration.twilio import Refused
from tests.registration.errands import hand, verified

PHONE = "+15035550108"


@pytest.fixture
def ready(tidewater):
    at = verified(tidewater)
    hand(tidewater, tidewater.prepare(), at)
    return tidewater


def buy(clinic, phone):
    return buy_number(
        clinic.database, clinic.vendor, clinic.campaign_id, phone, clinic.start
    )


def fill(clinic):
    """The one number that a sole proprietor's campaign has room for."""
    with clinic.database.writing() as session:
        session.get_one(Brand, clinic.brand.id).entity_type = "SOLE_PROPRIETOR"
        number = add_number(
            session, clinic.clinic_id, "+15035550107", WhoReplies.vendor_default
        )
        attach(session, clinic.clinic_id, number.id, clinic.campaign_id)


def test_a_number_without_room_or_that_is_the_offices_is_not_bought(ready):
    fill(ready)
    full, office = buy(ready, PHONE), buy(ready, "+15033250199")

    assert isinstance(full, Refused)
    assert "Detach a number" in full.sentence
    assert isinstance(office, Refused)
    assert "number that patients call" in office.sentence
    assert ready.simulator.get("numbers") == []


def test_a_number_that_found_no_place_any_more_is_said_to_be_bought(
    ready,
):
    """The last place went between the look and the purchase."""
    client_of = ready.vendor.client_of

    def meanwhile(clinic_id):
        if not ready.all(SenderNumber):
            fill(ready)
        return client_of(clinic_id)

    said = buy(replace(ready, vendor=replace(ready.vendor, client_of=meanwhile)), PHONE)

    assert isinstance(said, Refused)
    assert "(503) 555-0108 is bought" in said.sentence
    assert "Phone Numbers" in said.sentence
    with ready.database.writing() as session:
        session.get_one(Brand, ready.brand.id).entity_type = "PRIVATE_PROFIT"
    assert isinstance(buy(ready, PHONE), Done)
    assert len(ready.simulator.get("numbers")) == 1
