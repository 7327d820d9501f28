import json
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from twilio.http.response import Response

from kernel import faults, logs
from kernel.clock import ShiftedClock, parse_time, rfc3339
from kernel.errors import Invalid
from kernel.hashing import canonical, leaf_hash
from kernel.keys import load_or_make
from kernel.twilio_client import RebasingHttpClient, UnknownHost, make_client

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)


def test_canonical_json_sorts_escapes_and_refuses_floats() -> None:
    assert canonical({"b": 1, "a": "é\n", "c": [None, True]}) == (
        '{"a":"é\\n","b":1,"c":[null,true]}'.encode()
    )
    assert canonical("\ud800") == b'"?"'
    with pytest.raises(TypeError, match="float"):
        canonical({"a": 1.5})


def test_a_leaf_changes_with_each_of_its_fields() -> None:
    fields = {
        "clinic": "maple-dental",
        "seq": 1,
        "at": rfc3339(NOW),
        "kind": "opt_in",
        "phone": "aa",
        "detail": "bb",
    }
    other = {"clinic": "birch-eye", "seq": 2, "at": "x", "kind": "held"}

    leaves = {leaf_hash(**fields)}
    for name in fields:
        leaves.add(leaf_hash(**{**fields, name: other.get(name, "cc")}))

    assert len(leaves) == 7


def test_a_shifted_clock_flows_on(tmp_path) -> None:
    clock = ShiftedClock(tmp_path / "clock.json")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)

    clock.advance(NOW)

    assert timedelta(0) <= clock.now() - NOW < timedelta(seconds=2)
    assert set(json.loads(clock.file.read_text())) == {"shift_seconds"}


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-30", "2026-11-30T09:00:00", ""])
def test_a_time_without_a_zone_is_refused_with_a_sentence(text) -> None:
    with pytest.raises(ValueError, match=r"Write it like|has no zone"):
        parse_time(text)


def test_a_fault_point_is_inert_until_armed() -> None:
    faults.point("o9")
    faults.arm("o9:raise@2")

    faults.point("o9")
    with pytest.raises(faults.Fault):
        faults.point("o9")
    faults.arm("")
    faults.point("o9")

    with pytest.raises(ValueError, match="no fault point"):
        faults.arm("o9:explode")


def test_keys_are_made_once_and_kept_from_others(tmp_path) -> None:
    file = tmp_path / "keys.json"

    first = load_or_make(file, NOW, may_make=True)
    again = load_or_make(file, NOW, may_make=False)

    assert first.public() == again.public()
    assert again.unseal(first.seal("token")) == "token"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "private" not in json.dumps(first.public())


def test_missing_or_foreign_keys_are_refused_by_name(tmp_path) -> None:
    other = load_or_make(tmp_path / "other.json", NOW, may_make=True)
    ours = load_or_make(tmp_path / "ours.json", NOW, may_make=True)
    (tmp_path / "bad.json").write_text("{}")

    with pytest.raises(Invalid, match="does not exist"):
        load_or_make(tmp_path / "none.json", NOW, may_make=False)
    with pytest.raises(Invalid, match="is no keys file"):
        load_or_make(tmp_path / "bad.json", NOW, may_make=True)
    with pytest.raises(Invalid, match="HEED_KEYS_FILE"):
        ours.unseal(other.seal("token"))


def test_a_log_line_never_carries_a_number_a_name_or_a_text(capsys) -> None:
    logs.set_up("INFO")

    logs.log().info(
        "sent to +1 (206) 555-0111",
        phone="+12065550111",
        body="STOP",
        given_name="Pat",
        note="call 206-555-0111\nadmin login ok\x1b[2J",
        message_id=7,
    )
    structlog.reset_defaults()
    line = capsys.readouterr().err

    assert line.count("\n") == 1
    assert not any(word in line for word in ("555", "STOP", "Pat", "\x1b"))
    assert json.loads(line)["message_id"] == 7


def test_the_client_knows_its_hosts_and_one_base(monkeypatch) -> None:
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    http = RebasingHttpClient("http://127.0.0.1:1")
    client = make_client(http, "AC" + "0" * 32, "token")

    assert http.timeout == 10
    with pytest.raises(UnknownHost):
        http.request("GET", "https://evil.example/2010-04-01/Accounts")
    with pytest.raises(UnknownHost):
        http.request("GET", "https://api.twilio.com.evil.example/")
    assert client.get_hostname("https://api.twilio.com/x") == "https://api.twilio.com/x"


def test_a_rebased_request_carries_the_host_as_first_path_segment(monkeypatch) -> None:
    seen = []
    from twilio.http.http_client import TwilioHttpClient

    monkeypatch.setattr(
        TwilioHttpClient,
        "request",
        lambda _self, method, url, *args, **kwargs: (
            seen.append(url) or Response(200, "{}")
        ),
    )

    RebasingHttpClient("http://127.0.0.1:5001/").request(
        "GET", "https://api.twilio.com/2010-04-01/Accounts.json?Page=1"
    )

    assert seen == [
        "http://127.0.0.1:5001/api.twilio.com/2010-04-01/Accounts.json?Page=1"
    ]
