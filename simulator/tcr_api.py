"""The Campaign Registry: a campaign's status with each network, and its events.

Networks answer under an id: 10017 AT&T and 10035 T-Mobile are documented; for
Verizon no public list was found, and 10038 is this simulator's own choice.
"""

from hmac import compare_digest

from flask import Blueprint, jsonify, request

from simulator.lab import lab
from simulator.tables import carriers
from simulator.things import GATED, Campaign
from simulator.twilio_answers import Answer

bp = Blueprint("tcr", __name__, url_prefix="/tcr/v2/campaign")


def _refused(status: int, message: str) -> Answer:
    answer = jsonify({"code": status, "description": message})
    answer.status_code = status
    return answer


def _campaign(tcr_id: str) -> Campaign | Answer:
    config, given = lab().config, request.authorization
    if config.tcr_api_key and (
        given is None
        or not compare_digest(given.username or "", config.tcr_api_key)
        or not compare_digest(given.password or "", config.tcr_api_secret)
    ):
        return _refused(401, "Invalid API key or secret")
    found = lab().world.campaign_by("tcr_id", tcr_id)
    return found or _refused(404, "Campaign not found")


@bp.get("/<tcr_id>/operationStatus")
def operation_status(tcr_id: str) -> Answer:
    """{"10017": "APPROVED", …}; a network that reported nothing is absent."""
    found = _campaign(tcr_id)
    if not isinstance(found, Campaign):
        return found
    return jsonify(
        {
            str(carriers()[carrier].mno_id): found.carriers[carrier]
            for carrier in GATED
            if carrier in found.carriers
        }
    )


@bp.get("/<tcr_id>")
def campaign(tcr_id: str) -> Answer:
    """TCR's own status: ACTIVE says that it exists, not that anybody approved it."""
    found = _campaign(tcr_id)
    if not isinstance(found, Campaign):
        return found
    return jsonify(
        campaignId=found.tcr_id,
        referenceId=found.ref,
        status=found.tcr_status,
        usecase=found.texts.get("us_app_to_person_usecase", "ACCOUNT_NOTIFICATION"),
        mock=False,
    )


@bp.get("/<tcr_id>/sharing")
def sharing(tcr_id: str) -> Answer:
    """What the aggregator elected says; one that was put was let through long ago."""
    found = _campaign(tcr_id)
    if not isinstance(found, Campaign):
        return found
    shared = {
        "upstreamCnpId": "SDCA001",
        "sharingStatus": found.dca or "ACCEPTED",
        "sharedDate": found.submitted or found.created,
    }
    if found.dca == "DECLINED":
        texts = [f"{one['error_code']}: {one['description']}" for one in found.errors]
        shared["explanation"] = " ".join(texts)
    return jsonify(sharedByMe=shared)
