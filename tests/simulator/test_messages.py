from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException

ACCOUNT, TOKEN = "AC" + "a" * 32, "maple-token"
SERVICE = "MG" + "a" * 32
CLINIC, PAT = "+14155550100", "+14155550134"


def send(client, **changes):
    fields = {"to": PAT, "from_": CLINIC, "body": "Your visit is tomorrow."}
    return client.messages.create(**{**fields, **changes})


def test_a_text_is_accepted_carried_and_shown(simulator):
    message = send(simulator.client())
    simulator.idle()

    fetched = simulator.client().messages(message.sid).fetch()
    shown = simulator.screen()

    assert (message.status, message.direction) == ("queued", "outbound-api")
    assert (fetched.status, fetched.error_code) == ("delivered", None)
    assert fetched.date_sent is not None
    assert [(b["direction"], b["body"], b["with"]) for b in shown] == [
        ("received", "Your visit is tomorrow.", CLINIC)
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "+1415555"}, 21211),
        ({"to": "+10005550134"}, 21211),
        ({"to": "mom"}, 21211),
        ({"from_": "+14155550199"}, 21606),
        ({"from_": ""}, 21603),
        ({"to": CLINIC}, 21266),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "nowhere"}, 21609),
        ({"from_": "", "messaging_service_sid": "MG" + "9" * 32}, 21703),
    ],
)
def test_a_wrong_text_is_refused_by_its_number_and_kept_by_the_judge(
    simulator, changes, code
):
    before = simulator.judge("faults")[-1]["seq"]

    with pytest.raises(TwilioRestException) as refused:
        send(simulator.client(), **changes)

    assert (refused.value.code, refused.value.status) == (code, 400)
    assert [r["code"] for r in simulator.judge("refused", after=before)] == [code]
    assert simulator.judge("accepted", after=before) == []


def test_a_wrong_token_and_a_strange_account_are_refused(simulator):
    stranger = "AC" + "b" * 32
    simulator.put(f"accounts/{stranger}", {"token": "other"})

    for client in (
        simulator.client(token="wrong"),
        simulator.client(account="AC" + "c" * 32),
        simulator.client(account=ACCOUNT, token="other"),
    ):
        with pytest.raises(TwilioRestException) as refused:
            send(client)
        assert (refused.value.code, refused.value.status) == (20003, 401)
    with pytest.raises(TwilioRestException) as refused:
        send(simulator.client(stranger, "other"))
    assert refused.value.code == 21606


def test_a_parents_token_opens_its_sub_account(simulator):
    child = "AC" + "d" * 32
    simulator.put(f"accounts/{child}", {"token": "child", "parent": ACCOUNT})

    parent = simulator.client()
    mine = parent.api.v2010.accounts(child).messages.list()

    assert mine == []
    with pytest.raises(TwilioException, match="20003"):
        simulator.client(child, "child").api.v2010.accounts(ACCOUNT).messages.list()


def test_pages_hold_every_message_once_even_while_more_arrive(simulator):
    client = simulator.client()
    sids = [send(client, body=f"text {n}").sid for n in range(7)]

    page = client.messages.page(page_size=3)
    seen = [message.sid for message in page]
    send(client, body="arrives between two pages")
    while (page := page.next_page()) is not None and len(seen) < 20:
        seen += [message.sid for message in page]

    assert seen == sids[::-1]
    assert len(client.messages.list(page_size=2)) == 8
    assert len(client.messages.list(limit=3, page_size=2)) == 3


def test_the_list_is_narrowed_by_both_numbers_and_by_date(simulator):
    client = simulator.client()
    other = "+14155550135"
    sent = [send(client).sid, send(client, to=other).sid]
    inbound = simulator.text("hello there")
    now = datetime.now(UTC)

    def sids(**narrow):
        return [m.sid for m in client.messages.list(**narrow)]

    assert sids(to=other) == sent[1:]
    assert sids(from_=PAT) == [inbound]
    assert sids(to=CLINIC) == [inbound]
    assert sids(to=PAT, from_=CLINIC) == sent[:1]
    assert sids(date_sent=now.date()) == [inbound, *sent[::-1]]
    assert sids(date_sent=now.date() - timedelta(days=1)) == []
    assert sids(date_sent_after=now - timedelta(minutes=5)) == [inbound, *sent[::-1]]
    assert sids(date_sent_after=now + timedelta(minutes=5)) == []
    assert sids(date_sent_before=now - timedelta(minutes=5)) == []


def test_an_inbound_text_is_listed_even_when_its_webhook_is_lost(simulator, webhook):
    simulator.faults(lose_webhooks=1)

    sid = simulator.text("stop please")
    simulator.idle()
    listed = simulator.client().messages.list(to=CLINIC)

    assert webhook.got == []
    assert [(m.sid, m.direction, m.status) for m in listed] == [
        (sid, "inbound", "received")
    ]
    lost = [r for r in simulator.judge("webhook") if r["sid"] == sid]
    assert [(r["outcome"], r["final"]) for r in lost] == [("lost", True)]


def test_a_messaging_service_sends_from_its_number(simulator):
    simulator.put(f"numbers/{CLINIC}", {"messaging_service_sid": SERVICE})
    client = simulator.client()

    message = client.messages.create(to=PAT, messaging_service_sid=SERVICE, body="Hi")

    assert (message.from_, message.status) == (CLINIC, "accepted")
    assert message.num_segments == "0"


def test_what_does_not_exist_is_404_in_twilios_words(simulator):
    with pytest.raises(TwilioRestException) as missing:
        simulator.client().messages("SM" + "0" * 32).fetch()
    assert (missing.value.code, missing.value.status) == (20404, 404)

    path = "/api.twilio.com/2010-04-01/Nothing.json"
    with requests.get(simulator.base + path, timeout=5) as answer:
        assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_the_record_of_an_accepted_text_holds_what_its_carrier_said(simulator):
    simulator.put(f"phones/{PAT}", {"carrier": "att"})
    simulator.put("campaigns/maple-care/carriers/att", {"status": "REVIEW"})

    message = send(simulator.client())
    simulator.idle()

    record = simulator.judge("accepted")[-1]
    assert record["message"]["sid"] == message.sid
    assert (record["carrier"], record["campaign"]) == ("att", "maple-care")
    assert record["cells"] == {
        "att": "REVIEW",
        "tmobile": "APPROVED",
        "verizon": "APPROVED",
    }
    fetched = simulator.client().messages(message.sid).fetch()
    assert (fetched.status, fetched.error_code) == ("undelivered", 30034)
    assert simulator.screen() == []
