import hashlib
import hmac
import json
from base64 import b64encode

import pytest
import requests
import rfc8785
from twilio.base.exceptions import TwilioRestException

ACCOUNT = "AC" + "a" * 32
SERVICE, CAMPAIGN_SID = "MG" + "a" * 32, "QE" + "a" * 32
CLINIC, PAT = "+14155550100", "+14155550134"
TCR = ("tcr-key", "tcr-secret")


def registry(simulator, path, auth=TCR):
    address = f"{simulator.base}/tcr/v2/campaign/{path}"
    with requests.get(address, auth=auth, timeout=5) as answer:
        return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("mobile", "Verizon Wireless", "311", "480")),
        ({"carrier": "att"}, ("mobile", "AT&T Wireless", "310", "410")),
        ({"carrier": "tmobile"}, ("mobile", "T-Mobile USA, Inc.", "310", "260")),
        ({"carrier": "uscellular"}, ("mobile", "U.S. Cellular", "311", "580")),
        ({"carrier": "unknown"}, ("mobile", None, None, None)),
        ({"line_type": "voicemail"}, ("voicemail", None, None, None)),
        (
            {"carrier": "other", "carrier_name": "Boost", "mcc": "313", "mnc": "340"},
            ("mobile", "Boost", "313", "340"),
        ),
    ],
)
def test_lookup_tells_line_and_carrier(simulator, fields, expected):
    simulator.put(f"phones/{PAT}", fields)

    numbers = simulator.client().lookups.v2.phone_numbers(PAT)
    found = numbers.fetch(fields="line_type_intelligence")
    line = found.line_type_intelligence

    keys = ("type", "carrier_name", "mobile_country_code", "mobile_network_code")
    assert tuple(line[key] for key in keys) == expected
    assert (found.valid, found.national_format) == (True, "(415) 555-0134")
    assert numbers.fetch().line_type_intelligence is None


@pytest.mark.parametrize(
    ("phone", "error"),
    [("+1415555013", "TOO_SHORT"), ("+141555501345", "TOO_LONG")],
)
def test_lookup_of_no_number_is_no_error(simulator, phone, error):
    found = simulator.client().lookups.v2.phone_numbers(phone).fetch()

    assert (found.valid, found.validation_errors) == (False, [error])


def test_a_number_is_found_bought_and_pointed_elsewhere(simulator, webhook):
    client = simulator.client()
    mine = client.incoming_phone_numbers.list(phone_number=CLINIC)
    bought = client.incoming_phone_numbers.create(
        phone_number="+14155550102", sms_url="https://heed.example/in"
    )

    mine[0].update(sms_url=f"{webhook.url}/moved#rc=1", sms_fallback_url="")
    simulator.text("hello")
    webhook.wait_for(1)

    assert webhook.got[0]["path"] == "/moved"
    assert client.incoming_phone_numbers(mine[0].sid).fetch().sms_url.endswith("#rc=1")
    assert bought.sms_url == "https://heed.example/in"
    assert len(client.incoming_phone_numbers.list()) == 2
    with pytest.raises(TwilioRestException) as taken:
        client.incoming_phone_numbers.create(phone_number=CLINIC)
    assert taken.value.code == 21422
    with pytest.raises(TwilioRestException) as missing:
        client.incoming_phone_numbers("PN" + "0" * 32).fetch()
    assert missing.value.status == 404


def test_a_service_shows_its_campaign_and_its_numbers(simulator):
    simulator.put(f"numbers/{CLINIC}", {"messaging_service_sid": SERVICE})
    service = simulator.client().messaging.v1.services(SERVICE)

    campaign = service.us_app_to_person(CAMPAIGN_SID).fetch()

    assert (campaign.campaign_id, campaign.campaign_status) == ("CMAPLE1", "VERIFIED")
    assert [c.sid for c in service.us_app_to_person.list()] == [CAMPAIGN_SID]
    assert [n.phone_number for n in service.phone_numbers.list()] == [CLINIC]


@pytest.mark.parametrize(
    ("put", "expected"),
    [
        (
            {"carriers": dict.fromkeys(("att", "tmobile", "verizon"), "REVIEW")},
            "IN_PROGRESS",
        ),
        (
            {"carriers": dict.fromkeys(("att", "tmobile", "verizon"), "REJECTED")},
            "FAILED",
        ),
        ({"carriers": {"att": "APPROVED"}}, "VERIFIED"),
        ({"campaign_status": "PONDERING"}, "PONDERING"),
    ],
)
def test_twilio_has_one_word_for_a_campaign(simulator, put, expected):
    simulator.put("campaigns/maple-care", put)

    services = simulator.client().messaging.v1.services(SERVICE)
    campaign = services.us_app_to_person(CAMPAIGN_SID).fetch()

    assert campaign.campaign_status == expected
    assert bool(campaign.errors) == (expected == "FAILED")


def test_an_expired_campaign_is_gone_at_twilio_and_expired_at_tcr(simulator):
    simulator.put("campaigns/maple-care", {"campaign_status": "EXPIRED"})

    service = simulator.client().messaging.v1.services(SERVICE)

    with pytest.raises(TwilioRestException) as gone:
        service.us_app_to_person(CAMPAIGN_SID).fetch()
    assert gone.value.status == 404
    assert registry(simulator, "CMAPLE1")[1]["status"] == "EXPIRED"


def test_tcr_answers_per_network_and_asks_for_its_key(simulator):
    simulator.put("campaigns/maple-care", {"carriers": {"att": "REVIEW"}})

    assert registry(simulator, "CMAPLE1/operationStatus") == (200, {"10017": "REVIEW"})
    assert registry(simulator, "CMAPLE1")[1]["status"] == "ACTIVE"
    assert registry(simulator, "CNONE/operationStatus")[0] == 404
    assert registry(simulator, "CMAPLE1/operationStatus", ("tcr-key", "no"))[0] == 401
    assert registry(simulator, "CMAPLE1/operationStatus", None)[0] == 401


@pytest.mark.parametrize(
    ("carrier", "status", "event", "mno"),
    [
        ("att", "SUSPENDED", "MNO_CAMPAIGN_OPERATION_SUSPENDED", 10017),
        ("tmobile", "REVIEW", "CAMPAIGN_OPERATION_STATUS_MOVED", 10035),
        ("verizon", "APPROVED", "CAMPAIGN_OPERATION_STATUS_MOVED", 10038),
    ],
)
def test_moving_a_carrier_is_told_to_the_subscriber_signed(
    simulator, webhook, carrier, status, event, mno
):
    simulator.put(f"campaigns/maple-care/carriers/{carrier}", {"status": status})
    webhook.wait_for(1)

    got = webhook.got[0]
    body = json.loads(got["body"])
    assert got["path"] == "/webhooks/tcr"
    assert (body["eventType"], body["mnoId"]) == (event, mno)
    assert (body["campaignId"], body["campaignReferenceId"]) == (
        "CMAPLE1",
        "maple-care",
    )
    signed = f"{webhook.url}/webhooks/tcr".encode() + rfc8785.dumps(body)
    digest = hmac.new(b"tcr-secret", signed, hashlib.sha1).digest()
    assert got["headers"]["X-Registry-Signature"] == b64encode(digest).decode()
    assert registry(simulator, "CMAPLE1/operationStatus")[1][str(mno)] == status


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"phones/{PAT}", {"carrier": "sprint"}, 400),
        (f"phones/{PAT}", {"behaviour": "dance"}, 400),
        (f"phones/{PAT}", {"colour": "red"}, 400),
        ("phones", [], 400),
        ("phones/4155550134", {"carrier": "att"}, 400),
        (f"accounts/{ACCOUNT}", {}, 400),
        ("numbers/+14155550103", {"account_sid": "AC" + "e" * 32}, 400),
        (f"numbers/{CLINIC}", {"keyword_mode": "nobody"}, 400),
        ("campaigns/new", {"account_sid": "ACnone"}, 400),
        ("campaigns/maple-care", {"carriers": {"att": "PERHAPS"}}, 400),
        ("campaigns/maple-care/carriers/att", {"status": "PERHAPS"}, 400),
        ("campaigns/maple-care/carriers/sprint", {"status": "REVIEW"}, 404),
        ("campaigns/none/carriers/att", {"status": "REVIEW"}, 404),
        ("faults", {"http_500": 7}, 400),
    ],
)
def test_a_wrong_control_is_refused_with_a_sentence(simulator, path, body, status):
    refused = simulator.put(path, body, status)

    assert refused["error"].endswith(".")


def test_many_phones_are_put_at_once(simulator):
    phones = [
        {"phone": f"+141555501{n:02}", "carrier": "att", "label": f"Phone {n}"}
        for n in range(30)
    ]

    simulator.put("phones", phones)

    assert len(simulator.ask("GET", "/sim/phones")) == 30
    assert simulator.judge("phones")[-1]["phones"][0]["label"] == "Phone 0"


def test_a_text_to_nobody_is_refused(simulator):
    path, body = f"/sim/phones/{PAT}/texts", {"to": "+19995550100", "body": "hi"}

    assert "Nobody" in simulator.ask("POST", path, body, status=404)["error"]
    assert simulator.ask("POST", path, {"body": "hi"}, status=400)["error"]
