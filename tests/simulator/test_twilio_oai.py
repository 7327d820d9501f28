import pytest

from tests import twilio_oai
from tests.twilio_oai import validate_request, validate_response

pytestmark = pytest.mark.skipif(not twilio_oai.available(), reason=twilio_oai.MISSING)
API = "api.twilio.com"
ACCOUNT = "AC" + "a" * 32
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TEXT = [("To", "+14155550134"), ("From", "+14155550100"), ("Body", "Hi")]
# Of numbers for sale the example breaks its own schema: a latitude that is a text.
USED = (
    ("api.twilio.com", "/2010-04-01/Accounts/{AccountSid}/Messages.json"),
    ("api.twilio.com", "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"),
    ("lookups.twilio.com", "/v2/PhoneNumbers/{PhoneNumber}"),
    (
        "messaging.twilio.com",
        "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}",
    ),
    ("messaging.twilio.com", "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p"),
    ("messaging.twilio.com", "/v1/Services/{ServiceSid}/PhoneNumbers"),
    ("messaging.twilio.com", "/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}"),
    ("messaging.twilio.com", "/v1/Services"),
    ("messaging.twilio.com", "/v1/a2p/BrandRegistrations"),
    ("messaging.twilio.com", "/v1/a2p/BrandRegistrations/{Sid}"),
    ("api.twilio.com", "/2010-04-01/Accounts.json"),
    ("api.twilio.com", "/2010-04-01/Accounts/{AccountSid}/Addresses.json"),
    ("trusthub.twilio.com", "/v1/CustomerProfiles"),
    ("trusthub.twilio.com", "/v1/CustomerProfiles/{Sid}"),
    (
        "trusthub.twilio.com",
        "/v1/CustomerProfiles/{CustomerProfileSid}/EntityAssignments",
    ),
    ("trusthub.twilio.com", "/v1/CustomerProfiles/{CustomerProfileSid}/Evaluations"),
    ("trusthub.twilio.com", "/v1/TrustProducts"),
    ("trusthub.twilio.com", "/v1/TrustProducts/{Sid}"),
    ("trusthub.twilio.com", "/v1/TrustProducts/{TrustProductSid}/EntityAssignments"),
    ("trusthub.twilio.com", "/v1/TrustProducts/{TrustProductSid}/Evaluations"),
    ("trusthub.twilio.com", "/v1/EndUsers"),
    ("trusthub.twilio.com", "/v1/SupportingDocuments"),
)


def examples():
    for host, template in USED if twilio_oai.available() else ():
        for spec in twilio_oai._specs()[host]:
            for method, operation in spec["paths"].get(template, {}).items():
                if method not in ("get", "post"):
                    continue
                for status, answer in operation["responses"].items():
                    content = answer.get("content", {}).get("application/json", {})
                    for name, example in content.get("examples", {}).items():
                        path = template.replace("{AccountSid}", ACCOUNT)
                        yield pytest.param(
                            (method.upper(), host, path, int(status), example["value"]),
                            id=f"{method} {template} {name}",
                        )


@pytest.mark.parametrize("answer", list(examples()))
def test_twilios_own_examples_have_no_problems(answer):
    assert validate_response(*answer) == []


@pytest.mark.parametrize(
    ("method", "path", "given", "problem"),
    [
        ("POST", MESSAGES, {"form": TEXT}, None),
        ("POST", MESSAGES, {"form": [*TEXT, ("SmartEncoded", "true")]}, None),
        (
            "POST",
            MESSAGES,
            {
                "form": [
                    *TEXT,
                    ("MediaUrl", "https://a.b/1"),
                    ("MediaUrl", "https://a.b/2"),
                ]
            },
            None,
        ),
        ("GET", MESSAGES, {"query": [("DateSent>", "2026-11-21T00:00:00Z")]}, None),
        ("POST", MESSAGES, {"form": TEXT[1:]}, "form To is missing"),
        ("POST", MESSAGES, {"form": [*TEXT, ("Bdoy", "x")]}, "Bdoy is not described"),
        ("POST", MESSAGES, {"form": [*TEXT, ("Body", "x")]}, "Body is given 2 times"),
        ("POST", MESSAGES, {"form": [*TEXT, ("Attempt", "one")]}, "not of type"),
        ("POST", MESSAGES, {"form": [*TEXT, ("RiskCheck", "maybe")]}, "not one of"),
        ("POST", MESSAGES, {"form": [*TEXT, ("MessagingServiceSid", "MG1")]}, "short"),
        ("POST", MESSAGES, {"form": [*TEXT, ("SendAt", "tomorrow")]}, "date-time"),
        ("POST", MESSAGES, {"form": TEXT, "query": [("x", "1")]}, "query x is not"),
        ("GET", MESSAGES, {"query": [("PageSize", "5000")]}, "maximum"),
        ("GET", MESSAGES, {"query": [("DateSent>=", "2026-11-21")]}, "not described"),
        ("GET", MESSAGES, {"form": TEXT}, "not described"),
        ("PATCH", MESSAGES, {}, "PATCH is not described"),
        ("GET", "/2010-04-01/Accounts/ACx/Messages.json", {}, "path AccountSid"),
        ("GET", "/2010-04-01/Massages.json", {}, "is not described"),
    ],
)
def test_a_request_is_held_against_the_description(method, path, given, problem):
    problems = validate_request(method, API, path, **given)

    if problem is None:
        assert problems == []
    else:
        assert any(problem in one for one in problems), problems


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (200, {"messages": [], "page": 0, "next_page_uri": None}, None),
        (200, {"messages": [], "pages": 0}, "'pages' was unexpected"),
        (200, {"messages": [{"status": "flying"}]}, "not one of"),
        (200, {"messages": [{"num_segments": 1}]}, "not of type"),
        (200, {"messages": [{"date_sent": "soon"}]}, "date-time-rfc-2822"),
        (418, {}, "error body"),
        (204, None, "status 204 is not described"),
        (404, {"code": 20404, "message": "", "more_info": "", "status": 404}, None),
        (404, {"code": 20404, "message": "", "more_info": "", "status": 400}, "HTTP"),
    ],
)
def test_an_answer_is_held_against_the_description(status, body, problem):
    problems = validate_response("GET", API, MESSAGES, status, body)

    if problem is None:
        assert problems == []
    else:
        assert any(problem in one for one in problems), problems
