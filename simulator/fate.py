"""What becomes of an accepted text: registration first, then the phone.  Pure."""

from dataclasses import dataclass

from simulator.tables import behaviours
from simulator.things import GATED, Campaign, Phone

UNREGISTERED = 30034
CAMPAIGN_SUSPENDED = 30033


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One status of a text on its way; `arrives` puts it on the phone's screen."""

    status: str
    error_code: int | None = None
    arrives: bool = False


def fate(campaign: Campaign | None, phone: Phone) -> tuple[Step, ...]:
    """The statuses a text will go through after `queued`, in order."""
    refusal = registration_error(campaign, phone.carrier)
    if refusal is not None:
        return (Step(status="undelivered", error_code=refusal),)
    landline = phone.line_type == "landline"
    behaviour = behaviours()["landline" if landline else phone.behaviour]
    last = behaviour.statuses[-1]
    return tuple(
        Step(
            status=status,
            error_code=behaviour.error_code if status == last else None,
            arrives=status == behaviour.arrives_with,
        )
        for status in behaviour.statuses
    )


def registration_error(campaign: Campaign | None, carrier: str) -> int | None:
    """The error with which a carrier turns away an unapproved campaign, or None.

    A carrier outside the three has no cell of its own: it takes what at least one
    of them has approved and none has suspended.
    """
    if campaign is None or campaign.tcr_status != "ACTIVE":
        return UNREGISTERED
    cells = [campaign.carriers.get(name) for name in GATED]
    if carrier in GATED:
        cells = [campaign.carriers.get(carrier)]
    if "SUSPENDED" in cells:
        return CAMPAIGN_SUSPENDED
    return None if "APPROVED" in cells else UNREGISTERED
