import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
import requests

from registration.status import Source, Status
from registration.tcr import (
    BadWebhook,
    Expired,
    NotExpired,
    Nothing,
    PollAnswer,
    PollCampaign,
    PollFailed,
    Suspend,
    TcrEvent,
    consequence,
    expiry,
    observations,
    operation_status,
    parse_webhook,
    signature_ok,
)

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
SECRET, URL = "tcr-secret", "https://heed.example/webhooks/tcr"
SUSPENDED = {
    "eventType": "MNO_CAMPAIGN_OPERATION_SUSPENDED",
    "campaignId": "CMAPLE1",
    "mnoId": 10017,
    "mnoName": "AT&T",
    "description": 'Réclamations "consommateurs" €\n',
    "mock": False,
    "evpId": None,
}
# The canonical form of the above by hand: keys in order, no blanks, UTF-8.
CANONICAL = (
    '{"campaignId":"CMAPLE1","description":"Réclamations \\"consommateurs\\" €\\n",'
    '"eventType":"MNO_CAMPAIGN_OPERATION_SUSPENDED","evpId":null,"mnoId":10017,'
    '"mnoName":"AT&T","mock":false}'
)


def hmac_sha1(key, message):
    # RFC 2104, written out, so that the two sides share no code.
    key = key.ljust(64, b"\0")
    inner = hashlib.sha1(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return hashlib.sha1(bytes(byte ^ 0x5C for byte in key) + inner).digest()


def signed(secret=SECRET, url=URL, canonical=CANONICAL):
    digest = hmac_sha1(secret.encode(), (url + canonical).encode())
    return base64.b64encode(digest).decode()


def event(**changes):
    return parse_webhook(json.dumps({**SUSPENDED, **changes}).encode())


def test_the_signature_covers_the_url_and_the_canonical_body():
    shuffled = dict(sorted(SUSPENDED.items(), reverse=True))

    assert len(signed()) == 28
    assert signature_ok(SECRET, URL, SUSPENDED, signed())
    assert signature_ok(SECRET, URL, shuffled, signed())


@pytest.mark.parametrize(
    ("secret", "url", "changes", "signature"),
    [
        ("other", URL, {}, signed()),
        ("", URL, {}, signed(secret="")),
        (SECRET, URL + "/", {}, signed()),
        (SECRET, URL, {"mnoId": "10017"}, signed()),
        (SECRET, URL, {"mnoId": 10035}, signed()),
        (SECRET, URL, {"more": 1}, signed()),
        (SECRET, URL, {}, ""),
        (SECRET, URL, {}, signed()[:-1]),
        (SECRET, URL, {}, signed() + "\n"),
        (SECRET, URL, {}, signed().swapcase()),
        (SECRET, URL, {}, "é\ud800" * 14),
        (SECRET, URL, {"lone": "\ud800"}, signed()),
        (SECRET, URL, {"huge": 2**80}, signed()),
        (SECRET, URL, {"endless": float("inf")}, signed()),
    ],
)
def test_any_other_signature_is_false_and_never_an_error(
    secret, url, changes, signature
):
    assert signature_ok(secret, url, SUSPENDED | changes, signature) is False


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"eventType=x",
        b"[]",
        b'"text"',
        b"null",
        b'{"eventType": "A", "eventType": "A"}',
        b'{"brandName": "a", "x": 1, "brandName": "b"}',
        b'{"campaignId": {"id": "CMAPLE1"}}',
        b'{"campaignId": ["CMAPLE1"]}',
        b'{"mnoId": NaN}',
        b'{"mnoId": Infinity}',
        b'{"a": "\xff"}',
        b"{" * 100_000,
        b"[" * 100_000,
        b'{"a": 1} {"a": 2}',
    ],
)
def test_a_body_that_is_not_one_flat_object_is_refused(body):
    assert isinstance(parse_webhook(body), BadWebhook)


def test_an_event_is_read_with_its_ids_as_text_and_kept_raw():
    body = json.dumps(SUSPENDED).encode()

    read = parse_webhook(body)

    assert isinstance(read, TcrEvent)
    assert (read.name, read.tcr_id, read.mno_id) == (
        "MNO_CAMPAIGN_OPERATION_SUSPENDED",
        "CMAPLE1",
        "10017",
    )
    assert read.raw == body.decode()
    assert read.body == SUSPENDED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Suspend("CMAPLE1", frozenset({"att"}))),
        ({"mnoId": "10035"}, Suspend("CMAPLE1", frozenset({"tmobile"}))),
        ({"mnoId": None}, Suspend("CMAPLE1", frozenset({"att", "tmobile", "verizon"}))),
        ({"mnoId": 99999}, PollCampaign("CMAPLE1")),
        ({"eventType": "CAMPAIGN_SHARE_ACCEPT"}, PollCampaign("CMAPLE1")),
        ({"eventType": "A_NAME_IN_NO_LIST"}, PollCampaign("CMAPLE1")),
        ({"eventType": "mno_campaign_operation_suspended"}, PollCampaign("CMAPLE1")),
        ({"eventType": None}, PollCampaign("CMAPLE1")),
        ({"eventType": "MNO_CAMPAIGN_OPERATION_APPROVED"}, PollCampaign("CMAPLE1")),
        (
            {"campaignId": None},
            Nothing("'MNO_CAMPAIGN_OPERATION_SUSPENDED' names no campaign."),
        ),
        ({"campaignId": "", "eventType": "X"}, Nothing("'X' names no campaign.")),
        ({"campaignId": True, "eventType": "X"}, Nothing("'X' names no campaign.")),
    ],
)
def test_only_a_suspension_acts_and_all_else_about_a_campaign_asks(changes, expected):
    assert consequence(event(**changes)) == expected


def test_a_poll_speaks_of_our_carriers_only_and_keeps_the_answer():
    raw = '{"10017": "REVIEW", "10035": "APPROVED", "10037": "APPROVED"}'

    seen = observations(PollAnswer(json.loads(raw), raw), NOW)

    assert {carrier: one.status for carrier, one in seen.items()} == {
        "att": Status.REVIEW,
        "tmobile": Status.ACTIVE,
    }
    assert {one.source for one in seen.values()} == {Source.tcr_poll}
    assert {one.evidence for one in seen.values()} == {raw}


def test_an_unknown_word_of_a_poll_has_no_status_and_is_kept():
    seen = observations(PollAnswer({"10017": "PAUSED"}, "{}"), NOW)

    assert seen["att"].status is None
    assert seen["att"].raw == "PAUSED"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"10017": "APPROVED", "99": "X"}', {"10017": "APPROVED", "99": "X"}),
        (200, b'{"10017": null}', {"10017": "null"}),
        (200, b'{"10017": {"a": 1}}', {"10017": '{"a": 1}'}),
        (200, b"{}", {}),
        (200, b"[]", None),
        (200, b"<html>", None),
        (200, b'{"10017": "APPROVED", "10017": "REVIEW"}', None),
        (204, b"", None),
        (302, b"", None),
        (401, b'{"10017": "APPROVED"}', None),
        (404, b"{}", None),
        (500, b"oh", None),
    ],
)
def test_an_answer_is_read_or_nothing_is_learned(registry, status, body, expected):
    registry.answers["/tcr/v2/campaign/CMAPLE1/operationStatus"] = (status, body)
    with requests.Session() as session:
        answer = operation_status(session, registry.base, "key", "secret", "CMAPLE1")

    if expected is None:
        assert isinstance(answer, PollFailed)
    else:
        assert answer == PollAnswer(expected, body.decode())
    asked = registry.asked[-1]
    assert asked.authorization == "Basic " + base64.b64encode(b"key:secret").decode()
    assert len(registry.asked) == 1


@pytest.mark.parametrize("question", [operation_status, expiry])
def test_a_registry_that_is_not_there_teaches_nothing(registry, question):
    registry.close()

    with requests.Session() as session:
        answer = question(session, registry.base, "key", "secret", "CMAPLE1")

    assert isinstance(answer, PollFailed)
    assert not answer.reached


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"campaignId": "CMAPLE1", "status": "EXPIRED"}', Expired),
        (200, b'{"status": "EXPIRED"}', Expired),
        (200, b'{"status": "EXPIRED", "mnoIds": [10017], "brand": {}}', Expired),
        (200, b'{"campaignId": "CMAPLE1", "status": "ACTIVE"}', NotExpired),
        (200, b'{"campaignId": "COTHER1", "status": "EXPIRED"}', NotExpired),
        (200, b'{"campaignId": "CMAPLE1", "status": "expired"}', NotExpired),
        (200, b'{"campaignId": "CMAPLE1", "status": ["EXPIRED"]}', NotExpired),
        (200, b'{"campaignId": "CMAPLE1"}', NotExpired),
        (200, b'{"status": "ACTIVE", "status": "EXPIRED"}', PollFailed),
        (200, b'["EXPIRED"]', PollFailed),
        (302, b'{"status": "EXPIRED"}', PollFailed),
        (404, b'{"status": "EXPIRED"}', PollFailed),
        (500, b"oh", PollFailed),
    ],
)
def test_only_the_exact_word_about_this_campaign_ends_it(
    registry, status, body, expected
):
    registry.answers["/tcr/v2/campaign/CMAPLE1"] = (status, body)

    with requests.Session() as session:
        answer = expiry(session, registry.base + "/", "key", "secret", "CMAPLE1")

    assert isinstance(answer, expected)
    assert expected is not Expired or answer.raw == body.decode()
    assert len(registry.asked) == 1


def test_an_id_cannot_leave_its_place_in_the_path(registry):
    with requests.Session() as session:
        operation_status(session, registry.base, "key", "secret", "../../brand/B1?x=")

    assert registry.asked[-1].path == (
        "/tcr/v2/campaign/..%2F..%2Fbrand%2FB1%3Fx%3D/operationStatus"
    )
