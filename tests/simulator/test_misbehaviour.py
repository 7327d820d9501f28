import time

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

ACCOUNT, TOKEN = "AC" + "a" * 32, "maple-token"
CLINIC, PAT = "+14155550100", "+14155550134"


def send(simulator, body="Hi"):
    client = simulator.client()
    return client.messages.create(to=PAT, from_=CLINIC, body=body)


def accepted(simulator):
    reset = simulator.judge("reset")[-1]["seq"]
    return [r["message"]["body"] for r in simulator.judge("accepted", after=reset)]


@pytest.mark.parametrize(
    ("fault", "status", "code", "kept"),
    [
        ("http_500", 500, 20500, []),
        ("http_500_after_accept", 500, 20500, ["Hi"]),
        ("http_429", 429, 20429, []),
    ],
)
def test_an_error_comes_before_or_after_accepting(simulator, fault, status, code, kept):
    simulator.faults(**{fault: {"next": 1}})

    with pytest.raises(TwilioRestException) as refused:
        send(simulator)

    assert (refused.value.status, refused.value.code) == (status, code)
    assert accepted(simulator) == kept
    assert simulator.judge("fault")[-1]["fault"] == fault
    send(simulator, "works again")
    assert accepted(simulator) == [*kept, "works again"]


def test_a_dropped_reply_is_an_accepted_text_without_an_answer(simulator):
    simulator.faults(drop_reply={"next": 1})

    with pytest.raises(requests.exceptions.ConnectionError):
        send(simulator)

    assert accepted(simulator) == ["Hi"]


@pytest.mark.parametrize("cut", [1, 12, 20, 200, 600])
def test_an_answer_is_cut_after_so_many_bytes(simulator, cut):
    simulator.faults(cut_after_bytes=cut)
    form = {"To": PAT, "From": CLINIC, "Body": "Hi"}
    path = f"/api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    # A cut right after the status line reads as a 201 with an empty body.
    with pytest.raises((requests.exceptions.RequestException, ValueError)):
        requests.post(
            simulator.base + path, form, auth=(ACCOUNT, TOKEN), timeout=5
        ).json()

    assert accepted(simulator) == ["Hi"]


def test_a_garbled_answer_is_no_json(simulator):
    simulator.faults(garbage_reply={"next": 1})

    with pytest.raises(ValueError, match="Expecting value"):
        send(simulator)

    assert accepted(simulator) == ["Hi"]


def test_latency_is_felt_and_only_where_it_matches(simulator):
    simulator.faults(latency_ms=300, match="POST Messages.json")

    start = time.monotonic()
    send(simulator)
    slow = time.monotonic() - start
    start = time.monotonic()
    simulator.client().messages.list()
    quick = time.monotonic() - start

    assert slow >= 0.3
    assert quick < 0.3


def test_the_list_can_lag_and_lose_bodies(simulator):
    send(simulator)
    client = simulator.client()

    simulator.faults(list_lag_s=600)
    lagging = client.messages.list()
    simulator.faults(redact_listed=1)
    redacted = client.messages.list()

    assert lagging == []
    assert [message.body for message in redacted] == [""]


def test_what_is_absent_from_a_put_is_off(simulator):
    simulator.faults(http_500=1)
    simulator.faults()

    assert send(simulator).sid
    assert simulator.ask("GET", "/sim/faults") == {"delivery_ms": 5}
