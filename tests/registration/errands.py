"""The errands of a registration, as the tests of this folder run them."""

from kernel.settings import load
from registration.brand_poll import poll_brands
from registration.handing_in import hand_in
from registration.registering import Done, register_brand
from registration.tcr_feed import poll_campaigns
from registration.vendor_verified import poll_vendor
from registration.workflow import cells
from tests.vendor import TCR_KEY, TCR_SECRET

VAGUE = (
    "Patients agree to our texts in various ways and may stop at any time they like."
)


def settings(clinic):
    return load(
        {
            "TCR_API_BASE": f"{clinic.simulator.base}/tcr/v2",
            "TCR_API_KEY": TCR_KEY,
            "TCR_API_SECRET": TCR_SECRET,
        }
    )


def register(clinic, at=None):
    return register_brand(
        clinic.database,
        clinic.vendor,
        clinic.clinic_id,
        clinic.draft_id,
        at or clinic.start,
    )


def verified(clinic):
    """The brand is registered and, an hour later, verified."""
    assert isinstance(register(clinic), Done)
    later = clinic.later(hours=1)
    assert poll_brands(clinic.database, clinic.vendor.client_of, later) == {}
    return later


def hand(clinic, submission_id, at):
    return hand_in(clinic.database, clinic.vendor, submission_id, at)


def ask_tcr(clinic, **span):
    poll_campaigns(clinic.database, settings(clinic), clinic.later(**span))


def ask_twilio(clinic, **span):
    poll_vendor(clinic.database, clinic.vendor.client_of, clinic.later(**span))


def statuses(clinic):
    with clinic.database.reading() as session:
        found = cells(session, clinic.campaign_id)
    return {carrier.value: cell.status.value for carrier, cell in found.items()}
