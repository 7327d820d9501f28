import json

import pytest

from clinics.models import VendorAccount
from kernel.carriers import Carrier
from kernel.settings import load
from registration.brand_poll import poll_brands
from registration.buying import buy_number, free_numbers
from registration.handing_in import hand_in
from registration.models import SenderNumber, SubmissionVersion
from registration.registering import Done, register_brand
from registration.tcr_feed import poll_campaigns
from registration.vendor_verified import poll_vendor
from registration.workflow import cells
from tests.registration.registering import settle_in
from tests.vendor import TCR_KEY, TCR_SECRET


@pytest.fixture
def clinic(database, simulator, keys, now):
    return settle_in(database, simulator, keys, now)


def settings(clinic):
    return load(
        {
            "TCR_API_BASE": f"{clinic.simulator.base}/tcr/v2",
            "TCR_API_KEY": TCR_KEY,
            "TCR_API_SECRET": TCR_SECRET,
        }
    )


def statuses(clinic):
    with clinic.database.reading() as session:
        found = cells(session, clinic.campaign_id)
    return {carrier.value: cell.status.value for carrier, cell in found.items()}


def verified(clinic, now):
    """The brand is registered and verified."""
    assert isinstance(
        register_brand(clinic.database, clinic.vendor, clinic.clinic_id, now), Done
    )
    later = clinic.later(hours=1)
    assert poll_brands(clinic.database, clinic.vendor.client_of, later) == {}
    return later


def test_from_nothing_to_a_number_in_the_pool(clinic, now):
    at = verified(clinic, now)
    assert (clinic.brand.vendor_status, clinic.brand.identity.value) == (
        "APPROVED",
        "VERIFIED",
    )
    assert clinic.one_account().account_sid.startswith("AC")
    submission_id = clinic.prepare()

    handed = hand_in(clinic.database, clinic.vendor, submission_id, at)

    assert isinstance(handed, Done), handed
    assert clinic.campaign.usa2p_sid == handed.sid
    assert clinic.campaign.tcr_id.startswith("C")
    assert clinic.layers() == [("dca", "waiting", "vendor_verified")] or clinic.layers()
    asked = settings(clinic)
    poll_campaigns(clinic.database, asked, clinic.later(days=1))
    assert statuses(clinic) == {}
    poll_campaigns(clinic.database, asked, clinic.later(days=4.5))
    assert ("dca", "cleared", "tcr_poll") in clinic.layers()
    poll_campaigns(clinic.database, asked, clinic.later(days=7))
    assert statuses(clinic)["att"] == "REVIEW"
    free = free_numbers(clinic.vendor, clinic.clinic_id, "503")
    bought = buy_number(clinic.database, clinic.vendor, clinic.campaign_id, free[0], at)
    assert isinstance(bought, Done), bought
    done = clinic.later(days=30)
    poll_campaigns(clinic.database, asked, done)
    poll_vendor(clinic.database, clinic.vendor.client_of, done)
    assert set(statuses(clinic).values()) == {"ACTIVE"}
    assert clinic.campaign.status.value == "ACTIVE"
