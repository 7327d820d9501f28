"""The Campaign Registry's letters: what happened to a campaign, to its subscriber."""

from typing import Any

from simulator.posting import Letter, Postman, registry_event
from simulator.reviewer import DECLINED, SHARED, Tell
from simulator.tables import carriers
from simulator.things import Campaign

SUSPENDED_EVENT = "MNO_CAMPAIGN_OPERATION_SUSPENDED"
# In no list of event names, as TCR may send any day.
MOVED_EVENT = "CAMPAIGN_OPERATION_STATUS_MOVED"


def announcer(postman: Postman, url: str, secret: str) -> Tell:
    """Tells the subscriber at `url` that a network, or the aggregator, said a word."""

    def tell(found: Campaign, what: str, status: str) -> None:
        body: dict[str, Any] = {
            "eventType": _name(what, status),
            "cspId": "SHEED01",
            "cspName": "Simulated CSP",
            "brandId": "B" + found.tcr_id[1:],
            "campaignId": found.tcr_id,
            "campaignReferenceId": found.ref,
            **_who(what, status),
            "mock": False,
        }
        letter = Letter(
            kind="tcr",
            sid=None,
            requests=(registry_event(secret, url, body),),
            noted={"body": body},
        )
        postman.post(letter)

    return tell


def _name(what: str, status: str) -> str:
    if what == "dca":
        return SHARED if status == "ACCEPTED" else DECLINED
    return SUSPENDED_EVENT if status == "SUSPENDED" else MOVED_EVENT


def _who(what: str, status: str) -> dict[str, Any]:
    if what == "dca":
        said = f"The aggregator said {status}."
        return {"dcaId": "SDCA001", "dcaName": "Simulated DCA", "description": said}
    network = carriers()[what]
    said = f"{network.mno_name} set the campaign to {status}."
    named = {"mnoId": network.mno_id, "mnoName": network.mno_name}
    return {**named, "description": said}
