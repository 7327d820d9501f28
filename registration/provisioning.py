"""Is a number provisioned for a carrier, and since when may it text (R53, R39).

Pure: it joins what a carrier says of the campaign with what the vendor says of the
number.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registration.board import CampaignLine
from registration.number_limits import first_permitted
from registration.number_list import NumberLine


class Provision(StrEnum):
    provisioned = "provisioned"
    not_connected = "not_connected"
    not_active = "not_active"
    pending = "pending"  # of the number's own registration: errors 30034 and 30035
    not_asked = "not_asked"


WORDS = {
    Provision.provisioned: "provisioned",
    Provision.not_connected: "not connected yet",
    Provision.not_active: "the carrier has not approved the campaign",
    Provision.pending: "the number's own registration is pending: its texts would be "
    "refused (errors 30034 and 30035)",
    Provision.not_asked: "approved; whether the number is registered cannot be asked "
    "without its Messaging Service",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCarrier:
    label: str
    provision: Provision
    first_permitted: datetime | None  # None: texts may not leave yet

    @property
    def words(self) -> str:
        return WORDS[self.provision]


def provision(*, connected: bool, active: bool, registered: bool | None) -> Provision:
    """The nearest obstacle first; `registered` None: nobody can be asked."""
    if not connected:
        return Provision.not_connected
    if not active:
        return Provision.not_active
    if registered is None:
        return Provision.not_asked
    return Provision.provisioned if registered else Provision.pending


def at_carriers(
    number: NumberLine, campaign: CampaignLine | None
) -> tuple[AtCarrier, ...]:
    """Of every carrier that decides for itself; empty without a campaign."""
    if campaign is None:
        return ()
    return tuple(
        AtCarrier(
            label=one.label,
            provision=provision(
                connected=number.connected_at is not None,
                active=one.active and campaign.expired_at is None,
                registered=number.registered,
            ),
            first_permitted=first_permitted(
                one.cell.since if one.active and one.cell else None, number.connected_at
            ),
        )
        for one in campaign.carriers
    )
