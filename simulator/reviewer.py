"""Lets what is due on the vendor's clock happen: brands, the aggregator, the carriers.

Runs before every call and a few times a second, so that a moved clock shows at once.
Whatever a person decides by a control is not decided again here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.judge import Ticket
from simulator.reviews import Step, carrier_agenda, dca_problems
from simulator.things import Campaign, Resource
from simulator.world import World, as_fields

EVERY_SECONDS = 0.25
SHARED, DECLINED = "CAMPAIGN_SHARE_ACCEPT", "CAMPAIGN_SHARE_DECLINE_NOTICE"
Tell = Callable[[Campaign, str, str], None]  # campaign, carrier or event, status
UNVERIFIED = {
    "error_code": 30799,
    "description": "The EIN, the name and the address do not belong together.",
    "url": "https://www.twilio.com/docs/api/errors/30799",
    "fields": ["business_registration_number"],
}


def settle(world: World, tell: Tell) -> None:
    """Everything that is due by now, in its order."""
    now = world.clock.stamp()
    told: list[tuple[Campaign, str, str]] = []
    with world.lock:
        for brand in [r for r in world.resources.values() if r.kind == "brand"]:
            _settle_brand(world, brand, now)
        for ref in [ref for ref, one in world.campaigns.items() if one.agenda]:
            told += _settle_campaign(world, ref, now)
    for campaign, what, status in told:
        tell(campaign, what, status)


def decide(
    world: World, campaign: Campaign, status: str, problems: list[dict[str, Any]]
) -> None:
    """The aggregator's word, from now on; a later one replaces it."""
    _decide(world, campaign, status, problems, world.clock.now()).wait()


def _settle_campaign(
    world: World, ref: str, now: str
) -> list[tuple[Campaign, str, str]]:
    told = []
    while (agenda := world.campaigns[ref].agenda) and agenda[0]["at"] <= now:
        campaign, step = world.campaigns[ref], agenda[0]
        if step["what"] == "dca":
            problems = dca_problems(campaign.texts)
            status = "DECLINED" if problems else "ACCEPTED"
            _decide(world, campaign, status, problems, _moment(step))
            told.append((world.campaigns[ref], "dca", status))
        else:
            world.commit(
                "carrier_status",
                ref=ref,
                carrier=step["what"],
                status=step["status"],
                was=campaign.carriers.get(step["what"]),
                due=step["at"],
            )
            told.append((world.campaigns[ref], step["what"], step["status"]))
    return told


def _decide(
    world: World,
    campaign: Campaign,
    status: str,
    problems: list[dict[str, Any]],
    moment: datetime,
) -> Ticket:
    agenda: list[Step] = []
    if status == "ACCEPTED":
        planned = carrier_agenda(campaign, industry_of(world, campaign), moment)
        agenda = [step for step in planned if step["what"] not in campaign.carriers]
    decided = replace(
        campaign, dca=status, errors=problems, agenda=agenda, twilio_status=None
    )
    return world.commit("campaign", campaign=as_fields(decided))


def industry_of(world: World, campaign: Campaign) -> str:
    """As the brand's customer profile says it."""
    brand = world.resources.get(campaign.brand_sid or "")
    return str(brand.notes.get("industry", "")) if brand else ""


def _settle_brand(world: World, brand: Resource, now: str) -> None:
    agenda = list(brand.notes.get("agenda", ()))
    while agenda and agenda[0]["at"] <= now:
        step = agenda.pop(0)
        shown = {**brand.shown, **_brand_word(step["status"], brand.notes)}
        brand = replace(
            brand,
            shown=shown,
            notes={**brand.notes, "agenda": agenda},
            updated=step["at"],
        )
        world.commit("resource", resource=as_fields(brand))


def _brand_word(status: str, notes: Mapping[str, Any]) -> dict[str, Any]:
    mistaken = notes.get("unverified", False)
    identity = None if status == "IN_REVIEW" else "VERIFIED"
    return {
        "status": status,
        "identity_status": "UNVERIFIED" if mistaken else identity,
        "errors": [UNVERIFIED] if mistaken else [],
    }


def _moment(step: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(step["at"])
