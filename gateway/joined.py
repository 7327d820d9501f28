"""The columns and tables from which the gate's facts are read, for a text that waits and
for one that is only foreseen."""

from typing import Any

from sqlmodel import col

from clinics.models import Clinic, VendorAccount
from gateway.models import CarrierLookup, SendingRule
from gateway.pace import SENDER
from registration.models import Brand, Campaign, SenderNumber, Watermark

OF_NUMBER: tuple[Any, ...] = (  # what the gate asks of who sends
    *SENDER,
    col(SenderNumber.connected_at),
    col(SenderNumber.registered),
    col(SenderNumber.phone).label("from_phone"),
    col(Watermark.complete_until),
    col(SendingRule.paused_until),
    col(SendingRule.trial_phones),
    col(Clinic.time_zone),
    col(VendorAccount.account_sid),
    col(VendorAccount.halted_since),
    col(VendorAccount.halted_why),
    col(Campaign.service_sid),
    col(Campaign.sub_use_cases),
    col(Campaign.expired_at),
)
OF_LOOKUP: tuple[Any, ...] = (  # and of the phone
    col(CarrierLookup.carrier),
    col(CarrierLookup.textable),
    col(CarrierLookup.line_type),
    col(CarrierLookup.looked_up_at),
)


def joined_to_number(query: Any, owner: Any) -> Any:
    """With the tables of `OF_NUMBER`; `owner` is the column of the clinic's id."""
    return (
        query.join(Clinic, col(Clinic.id) == owner)
        .outerjoin(Watermark, col(Watermark.number_id) == col(SenderNumber.id))
        .outerjoin(VendorAccount, col(VendorAccount.clinic_id) == owner)
        .outerjoin(SendingRule, col(SendingRule.clinic_id) == owner)
        .outerjoin(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
        .outerjoin(Brand, col(Brand.id) == col(Campaign.brand_id))
    )
