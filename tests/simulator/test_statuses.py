import pytest
from twilio.request_validator import RequestValidator

TOKEN = "maple-token"
CLINIC, PAT = "+14155550100", "+14155550134"


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ("deliver", [("sent", None), ("delivered", None)]),
        ("unreachable", [("sent", None), ("undelivered", "30003")]),
        ("filtered", [("sent", None), ("undelivered", "30007")]),
        ("vendor_stop_async", [("failed", "21610")]),
        ("silent", [("sent", None)]),
    ],
)
def test_each_status_is_posted_to_the_address_given(
    simulator, webhook, behaviour, expected
):
    simulator.put("faults", {"delivery_ms": 250})  # so that none overtakes another
    simulator.put(f"phones/{PAT}", {"behaviour": behaviour})

    message = simulator.client().messages.create(
        to=PAT,
        from_=CLINIC,
        body="Hi",
        status_callback=f"{webhook.url}/status/42#rc=1&rp=all",
    )
    simulator.idle()

    forms = webhook.forms("/status/42")
    told = [(form["MessageStatus"], form.get("ErrorCode")) for form in forms]
    assert told == expected
    assert {form["MessageSid"] for form in forms} == {message.sid}
    for got in webhook.got:
        signature = got["headers"]["X-Twilio-Signature"]
        assert RequestValidator(TOKEN).validate(got["url"], got["form"], signature)
    finals = [form for form in forms if form["MessageStatus"] != "sent"]
    assert all(len(form["RawDlrDoneDate"]) == 10 for form in finals)


def test_a_callback_that_hangs_does_not_hold_up_the_api(simulator, webhook):
    webhook.answers.extend([(200, "", 0.5)] * 2)
    client = simulator.client()

    for n in range(20):
        client.messages.create(
            to=PAT, from_=CLINIC, body=str(n), status_callback=f"{webhook.url}/s"
        )
    simulator.idle()

    assert len(webhook.got) == 40
    assert len(simulator.screen()) == 20
