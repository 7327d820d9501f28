import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
import rfc8785
from flask import Flask

from kernel.clock import FixedClock
from kernel.settings import load
from kernel.web import Heed
from registration.webhooks import bp
from registration.workflow import cells

NOW = datetime(2026, 11, 30, 18, 5, tzinfo=UTC)
URL = "https://heed.example/webhooks/tcr"
MAPLE = "/tcr/v2/campaign/CMAPLE1/operationStatus"
EVENT = {
    "eventType": "MNO_CAMPAIGN_OPERATION_SUSPENDED",
    "campaignId": "CMAPLE1",
    "mnoId": 10017,
}


def sign(fields, secret="tcr-secret", url=URL):
    digest = hmac.new(secret.encode(), url.encode() + rfc8785.dumps(fields), "sha1")
    assert digest.digest_size == hashlib.sha1().digest_size
    return base64.b64encode(digest.digest()).decode()


@pytest.fixture
def post(database, cast, keys, registry):
    def posted(body, signature, secret="tcr-secret"):
        app = Flask("heed")
        settings = load(
            {
                "PUBLIC_BASE_URL": "https://heed.example",
                "TCR_API_BASE": registry.base,
                "TCR_API_SECRET": secret,
            }
        )
        app.extensions["heed"] = Heed(settings, database, keys, FixedClock(NOW))
        app.register_blueprint(bp)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if signature is None else {"X-Registry-Signature": signature}
        return app.test_client().post("/webhooks/tcr", data=data, headers=headers)

    return posted


def statuses(database, cast):
    with database.reading() as session:
        found = cells(session, cast.maple.campaign_id)
    return {carrier.value: cell.status.value for carrier, cell in found.items()}


def test_a_signed_suspension_stops_that_carrier_before_the_answer(
    post, database, cast, registry
):
    answer = post(EVENT, sign(EVENT))

    assert answer.status_code == 200
    assert statuses(database, cast)["att"] == "SUSPENDED"
    assert statuses(database, cast)["tmobile"] == "ACTIVE"
    assert registry.asked == []


def test_any_other_signed_event_asks_at_once(post, database, cast, registry):
    registry.answers[MAPLE] = (200, b'{"10017": "REVIEW"}')
    event = EVENT | {"eventType": "IN_NO_LIST"}

    answer = post(event, sign(event))

    assert answer.status_code == 200
    assert registry.asked[0].path == MAPLE
    assert statuses(database, cast)["att"] == "REVIEW"


@pytest.mark.parametrize(
    ("signature", "secret"),
    [
        (None, "tcr-secret"),
        ("", "tcr-secret"),
        (sign(EVENT, "other"), "tcr-secret"),
        (sign(EVENT, url="http://heed.example/webhooks/tcr"), "tcr-secret"),
        (sign(EVENT, ""), ""),
    ],
)
def test_what_tcr_did_not_sign_changes_nothing(
    post, database, cast, registry, signature, secret
):
    answer = post(EVENT, signature, secret)

    assert answer.status_code == 403
    assert statuses(database, cast)["att"] == "ACTIVE"
    assert registry.asked == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"campaignId": "CMAPLE1", "campaignId": "CMAPLE1"}', 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b'{"a": "' + b"x" * 65_536 + b'"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_never_an_error_of_ours(post, body, status):
    assert post(body, sign(EVENT)).status_code == status
