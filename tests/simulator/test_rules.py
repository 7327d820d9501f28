import pytest

from simulator.fate import fate
from simulator.faults import BadFault, Faults, Setting, read_setting
from simulator.keywords import REPLIES, react
from simulator.segments import segments
from simulator.things import Campaign, Phone
from simulator.webhooks import Attempt, Overrides, read_overrides, worth_retrying


@pytest.mark.parametrize(
    ("mode", "body", "blocked", "reply", "blocks", "opt_out_type"),
    [
        ("vendor_default", "STOP", False, "STOP", True, None),
        ("vendor_default", " Cancel ", False, "STOP", True, None),
        ("vendor_default", "stop", True, None, True, None),
        ("vendor_default", "yes", True, "START", False, None),
        ("vendor_default", "YES", False, "START", False, None),
        ("vendor_default", "info", True, "HELP", None, None),
        ("vendor_default", "stop please", False, None, None, None),
        ("vendor_default", "weekend", False, None, None, None),
        ("vendor_advanced", "optout", False, "STOP", True, "STOP"),
        ("vendor_advanced", "unstop", True, "START", False, "START"),
        ("vendor_advanced", "help", False, "HELP", None, "HELP"),
        ("vendor_advanced", "help", True, None, None, "HELP"),
        ("gateway", "STOP", False, None, None, None),
        ("gateway", "HELP", False, None, None, None),
    ],
)
def test_the_vendor_reacts_to_single_words_by_mode(
    mode, body, blocked, reply, blocks, opt_out_type
):
    reaction = react(mode, body, blocked=blocked)

    assert reaction.reply == (REPLIES[reply] if reply else None)
    assert reaction.blocks is blocks
    assert reaction.opt_out_type == opt_out_type


def campaign(status="ACTIVE", **carriers):
    return Campaign(
        ref="maple-care",
        tcr_id="CMAPLE1",
        account_sid="AC",
        created="2026-11-21T00:00:00Z",
        tcr_status=status,
        carriers=carriers,
    )


ALL = {"att": "APPROVED", "tmobile": "APPROVED", "verizon": "APPROVED"}


@pytest.mark.parametrize(
    ("held", "carrier", "ends"),
    [
        (campaign(**ALL), "att", ("delivered", None)),
        (campaign(**ALL | {"att": "REVIEW"}), "att", ("undelivered", 30034)),
        (campaign(**ALL | {"att": "REVIEW"}), "verizon", ("delivered", None)),
        (campaign(**ALL | {"att": "REJECTED"}), "att", ("undelivered", 30034)),
        (campaign(**ALL | {"att": "SUSPENDED"}), "att", ("undelivered", 30033)),
        (campaign(tmobile="APPROVED"), "att", ("undelivered", 30034)),
        (campaign(tmobile="APPROVED"), "uscellular", ("delivered", None)),
        (campaign(**ALL | {"att": "SUSPENDED"}), "other", ("undelivered", 30033)),
        (campaign(), "unknown", ("undelivered", 30034)),
        (campaign("EXPIRED", **ALL), "att", ("undelivered", 30034)),
        (None, "verizon", ("undelivered", 30034)),
    ],
)
def test_a_text_is_turned_away_where_its_carrier_has_not_approved(held, carrier, ends):
    last = fate(held, Phone(phone="+14155550134", carrier=carrier))[-1]

    assert (last.status, last.error_code) == ends
    assert last.arrives == (last.status == "delivered")


@pytest.mark.parametrize(
    ("fields", "statuses", "error", "arrives"),
    [
        ({}, ["sent", "delivered"], None, True),
        ({"behaviour": "silent"}, ["sent"], None, True),
        ({"behaviour": "unreachable"}, ["sent", "undelivered"], 30003, False),
        ({"behaviour": "unknown"}, ["sent", "undelivered"], 30005, False),
        ({"behaviour": "landline"}, ["sent", "undelivered"], 30006, False),
        ({"line_type": "landline"}, ["sent", "undelivered"], 30006, False),
        ({"behaviour": "filtered"}, ["sent", "undelivered"], 30007, False),
        ({"behaviour": "vendor_stop_async"}, ["failed"], 21610, False),
    ],
)
def test_a_phone_behaves_as_told(fields, statuses, error, arrives):
    steps = fate(campaign(**ALL), Phone(phone="+14155550134", **fields))

    assert [step.status for step in steps] == statuses
    assert steps[-1].error_code == error
    assert any(step.arrives for step in steps) == arrives
    assert all(step.error_code is None for step in steps[:-1])


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("í" * 70, 1),
        ("í" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 67, 3),  # a pair is never split: 33 of them fit into 67 units
    ],
)
def test_segments_are_counted_as_billed(body, count):
    assert segments(body) == count


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/in", Overrides()),
        (
            "https://x.example/in#ct=2000&rt=3000&rc=5&rp=all",
            Overrides(ct=2000, rt=3000, rc=5, rp=frozenset({"all"})),
        ),
        ("https://x.example/in#rp=4xx,5xx", Overrides(rp=frozenset({"4xx", "5xx"}))),
        ("https://x.example/in#rc=9&ct=1&rt=99999", Overrides(rc=5, ct=100, rt=15000)),
        ("https://x.example/in#rc=x&rp=nonsense", Overrides()),
    ],
)
def test_overrides_are_read_from_the_fragment(url, expected):
    assert read_overrides(url) == expected


@pytest.mark.parametrize(
    ("outcome", "status", "policy", "again"),
    [
        ("http", 200, "all", False),
        ("http", 503, "all", True),
        ("http", 503, "ct", False),
        ("http", 503, "5xx", True),
        ("http", 403, "5xx", False),
        ("http", 403, "4xx", True),
        ("connect_failed", None, "ct", True),
        ("connect_failed", None, "5xx", False),
        ("timeout", None, "rt", True),
        ("timeout", None, "ct", False),
        ("broken", None, "rt", True),
    ],
)
def test_only_what_the_policy_names_is_tried_again(outcome, status, policy, again):
    attempt = Attempt(outcome=outcome, http_status=status)

    assert worth_retrying(attempt, frozenset({policy})) == again


@pytest.mark.parametrize(
    "raw",
    [
        {"http_500": 2},
        {"http_500": True},
        {"http_500": {"next": -1}},
        {"latency_ms": -1},
        {"latency_ms": "80"},
        {"webhook_kinds": ["letters"]},
        {"seed": "x"},
        {"flood": 1},
    ],
)
def test_a_wrong_fault_is_refused_with_a_sentence(raw):
    refused = read_setting(raw)

    assert isinstance(refused, BadFault)
    assert refused.says.endswith(".")


def test_faults_bite_by_chance_by_count_and_by_kind():
    faults = Faults()
    setting = read_setting(
        {
            "http_500": {"next": 2},
            "http_429": 0.5,
            "lose_webhooks": 1,
            "webhook_kinds": ["status"],
            "match": "POST Messages.json",
            "seed": 7,
        }
    )
    assert isinstance(setting, Setting)

    faults.put(setting)
    drawn = [faults.bites("http_429") for _ in range(200)]
    faults.put(setting)
    again = [faults.bites("http_429") for _ in range(200)]

    assert drawn == again
    assert 60 < sum(drawn) < 140
    assert [faults.bites("http_500") for _ in range(3)] == [True, True, False]
    assert faults.bites("lose_webhooks", "status")
    assert not faults.bites("lose_webhooks", "inbound")
    assert not faults.bites("drop_reply")
    assert faults.touches("POST /api.twilio.com/x/Messages.json")
    assert not faults.touches("GET /api.twilio.com/x/Messages.json")
