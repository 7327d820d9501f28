import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

TOKEN = "maple-token"
ACCOUNT = "AC" + "a" * 32
CLINIC, PAT = "+14155550100", "+14155550134"


def bodies(simulator):
    return [
        (b["direction"], b["body"][:30], b["by_vendor"]) for b in simulator.screen()
    ]


def test_a_text_reaches_the_webhook_signed_and_whole(simulator, webhook):
    sid = simulator.text("Hola, ¿mañana? 😀")
    webhook.wait_for(1)

    got = webhook.got[0]
    form = got["form"]
    assert got["path"] == "/inbound"
    assert {
        key: form[key] for key in ("MessageSid", "SmsSid", "SmsMessageSid")
    } == dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid)
    assert (form["From"], form["To"], form["Body"]) == (
        PAT,
        CLINIC,
        "Hola, ¿mañana? 😀",
    )
    assert (form["AccountSid"], form["SmsStatus"]) == (ACCOUNT, "received")
    assert (form["NumMedia"], form["NumSegments"]) == ("0", "1")
    assert "OptOutType" not in form
    assert got["headers"]["I-Twilio-Idempotency-Token"]
    signature = got["headers"]["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(got["url"], form, signature)


@pytest.mark.parametrize(
    ("mode", "opt_out_type", "vendor_speaks", "blocked"),
    [
        ("vendor_default", None, True, True),
        ("vendor_advanced", "STOP", True, True),
        ("gateway", None, False, False),
    ],
)
def test_each_keyword_mode_answers_stop_in_its_way(
    simulator, webhook, mode, opt_out_type, vendor_speaks, blocked
):
    simulator.put(f"numbers/{CLINIC}", {"keyword_mode": mode})

    simulator.text("Stop")
    simulator.idle()

    assert webhook.forms()[0].get("OptOutType") == opt_out_type
    spoken = [("received", "You have successfully been uns", True)]
    assert bodies(simulator) == [
        ("sent", "Stop", False),
        *(spoken if vendor_speaks else []),
    ]
    client = simulator.client()
    if not blocked:
        client.messages.create(to=PAT, from_=CLINIC, body="Hi")
        return
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=PAT, from_=CLINIC, body="Hi")
    assert refused.value.code == 21610
    client.messages.create(to="+14155550135", from_=CLINIC, body="Hi")
    simulator.text("unstop")
    client.messages.create(to=PAT, from_=CLINIC, body="Hi")


def test_a_stop_blocks_the_whole_messaging_service(simulator):
    other, service = "+14155550101", "MG" + "a" * 32
    for number in (CLINIC, other):
        fields = {"account_sid": ACCOUNT, "messaging_service_sid": service}
        simulator.put(f"numbers/{number}", fields)

    simulator.text("STOP")

    with pytest.raises(TwilioRestException) as refused:
        simulator.client().messages.create(to=PAT, from_=other, body="Hi")
    assert refused.value.code == 21610


def test_an_error_is_tried_again_with_the_same_token(simulator, webhook):
    webhook.answers.extend([(503, "", 0), (500, "", 0), (200, "<Response/>", 0)])

    sid = simulator.text("hello")
    simulator.idle()

    tokens = [got["headers"]["I-Twilio-Idempotency-Token"] for got in webhook.got]
    assert len(tokens) == 3
    assert len(set(tokens)) == 1
    tried = [r for r in simulator.judge("webhook") if r["sid"] == sid]
    assert [(r["attempt"], r["http_status"], r["final"]) for r in tried] == [
        (1, 503, False),
        (2, 500, False),
        (3, 200, True),
    ]


def test_without_overrides_an_error_is_not_tried_again(simulator, webhook):
    simulator.put(f"numbers/{CLINIC}", {"sms_url": f"{webhook.url}/inbound"})
    webhook.answers.append((503, "", 0))

    simulator.text("hello")
    simulator.idle()

    assert len(webhook.got) == 1


def test_without_overrides_a_missing_connection_is_tried_once_more(simulator):
    simulator.put(f"numbers/{CLINIC}", {"sms_url": "http://127.0.0.1:9/inbound"})

    sid = simulator.text("hello")
    simulator.idle()

    tried = [r for r in simulator.judge("webhook") if r["sid"] == sid]
    assert [(r["outcome"], r["final"]) for r in tried] == [
        ("connect_failed", False),
        ("connect_failed", True),
    ]


def test_a_slow_answer_ends_at_the_read_time_out(simulator, webhook):
    url = f"{webhook.url}/inbound#rt=100&rc=1&rp=rt"
    simulator.put(f"numbers/{CLINIC}", {"sms_url": url})
    webhook.answers.append((200, "<Response/>", 0.4))

    sid = simulator.text("hello")
    simulator.idle()

    tried = [r["outcome"] for r in simulator.judge("webhook") if r["sid"] == sid]
    assert tried == ["timeout", "http"]


def test_the_fallback_gets_what_the_first_address_refused(simulator, webhook):
    addresses = {
        "sms_url": f"{webhook.url}/inbound",
        "sms_fallback_url": f"{webhook.url}/fallback#rc=1&rp=all",
    }
    simulator.put(f"numbers/{CLINIC}", addresses)
    webhook.answers.append((500, "", 0))

    sid = simulator.text("STOP")
    simulator.idle()

    first, second = webhook.got
    assert (first["path"], second["path"]) == ("/inbound", "/fallback")
    assert second["form"]["MessageSid"] == first["form"]["MessageSid"] == sid
    assert second["form"]["ErrorUrl"] == addresses["sms_url"]
    signature = second["headers"]["X-Twilio-Signature"]
    validator = RequestValidator(TOKEN)
    assert validator.validate(second["url"], second["form"], signature)
    tried = [r for r in simulator.judge("webhook") if r["sid"] == sid]
    assert [(r["fallback"], r["final"]) for r in tried] == [
        (False, False),
        (True, True),
    ]


def test_webhooks_are_doubled_and_reordered_on_demand(simulator, webhook):
    simulator.faults(duplicate_webhooks=1, reorder_webhooks={"next": 1})

    first, second = simulator.text("STOP"), simulator.text("START")
    simulator.idle()

    order = [form["MessageSid"] for form in webhook.forms()]
    assert sorted(order) == sorted([first, second] * 2)
    assert order.index(second) < len(order) - 1 - order[::-1].index(first)


def test_faults_can_touch_one_kind_of_webhook_only(simulator, webhook):
    simulator.faults(lose_webhooks=1, webhook_kinds=["status"])

    simulator.text("hello")
    simulator.client().messages.create(
        to=PAT, from_=CLINIC, body="Hi", status_callback=f"{webhook.url}/status/1"
    )
    simulator.idle()

    assert [got["path"] for got in webhook.got] == ["/inbound"]


def test_twiml_that_speaks_is_sent_as_twilio_would(simulator, webhook):
    webhook.answers.append((200, "<Response><Message>Hi Pat</Message></Response>", 0))

    simulator.text("hello")
    simulator.idle()

    assert bodies(simulator)[-1] == ("received", "Hi Pat", True)
    assert simulator.judge("vendor_reply")[-1]["why"] == "twiml"


def test_pictures_come_with_their_addresses(simulator, webhook):
    path = f"/sim/phones/{PAT}/texts"
    picture = {"to": CLINIC, "body": "", "media": ["https://img.example/1.jpg"]}

    sid = simulator.ask("POST", path, picture)["sid"]
    webhook.wait_for(1)

    form = webhook.forms()[0]
    assert sid.startswith("MM")
    assert (form["NumMedia"], form["Body"]) == ("1", "")
    assert form["MediaUrl0"] == "https://img.example/1.jpg"
