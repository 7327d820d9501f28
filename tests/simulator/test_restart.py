import subprocess
import sys
import threading
import time

import requests

from simulator.judge import records
from tests.simulator.conftest import ACCOUNT, CLINIC, PAT, PROJECT, Simulator


def sender(simulator, answered, n):
    client = simulator.client()
    try:
        while True:
            sent = client.messages.create(to=PAT, from_=CLINIC, body=f"from {n}")
            answered.append(sent.sid)
    except (requests.RequestException, ValueError):
        return


def test_what_was_answered_is_in_the_file_after_kill_9(tmp_path):
    for cycle in range(3):
        simulator = Simulator(tmp_path)
        simulator.set_up()
        answered = []
        threads = [
            threading.Thread(target=sender, args=(simulator, answered, n))
            for n in range(8)
        ]
        [thread.start() for thread in threads]
        time.sleep(0.5)
        simulator.kill()
        [thread.join() for thread in threads]

        kept = [
            r["message"]["sid"]
            for r in records(tmp_path / "simulator.jsonl")
            if r["event"] == "accepted"
        ]
        assert len(answered) > 20, cycle
        assert set(answered) <= set(kept)
        assert len(kept) == len(set(kept))


def test_the_world_survives_a_restart(tmp_path):
    simulator = Simulator(tmp_path)
    simulator.set_up(keyword_mode="vendor_advanced")
    simulator.put("phones/+14155550135", {"carrier": "att", "behaviour": "silent"})
    simulator.put("campaigns/maple-care/carriers/att", {"status": "SUSPENDED"})
    simulator.client().messages.create(to=PAT, from_=CLINIC, body="before")
    simulator.text("STOP")
    simulator.idle()
    before = {
        path: simulator.ask("GET", f"/sim/{path}")
        for path in ("numbers", "campaigns", "phones", "messages", f"phones/{PAT}")
    }
    simulator.kill()

    simulator = Simulator(tmp_path)
    after = {path: simulator.ask("GET", f"/sim/{path}") for path in before}
    blocked = requests.post(
        f"{simulator.base}/api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        {"To": PAT, "From": CLINIC, "Body": "after"},
        auth=(ACCOUNT, "maple-token"),
        timeout=5,
    )
    simulator.stop()

    assert after == before
    seqs = [record["seq"] for record in records(tmp_path / "simulator.jsonl")]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(before["messages"]) == 3
    assert blocked.json()["code"] == 21610
    blocked.close()


def test_what_was_not_finished_goes_on_after_a_restart(tmp_path, webhook):
    simulator = Simulator(tmp_path)
    simulator.set_up(webhook=f"{webhook.url}/inbound")
    simulator.faults(webhook_delay_ms=60000, delivery_ms=60000)
    callback = f"{webhook.url}/status"
    simulator.client().messages.create(
        to=PAT, from_=CLINIC, body="Hi", status_callback=callback
    )
    sid = simulator.text("STOP")
    simulator.kill()
    assert webhook.got == []

    simulator = Simulator(tmp_path)
    simulator.idle()
    shown = simulator.screen()
    simulator.stop()

    assert [form["MessageSid"] for form in webhook.forms("/inbound")] == [sid]
    statuses = [form["MessageStatus"] for form in webhook.forms("/status")]
    assert statuses == ["sent", "delivered"]
    assert [bubble["body"][:4] for bubble in shown] == ["STOP", "You ", "Hi"] or [
        bubble["body"][:4] for bubble in shown
    ] == ["STOP", "Hi", "You "]


def test_it_is_up_soon_and_says_so(tmp_path):
    start = time.monotonic()
    simulator = Simulator(tmp_path)
    took = time.monotonic() - start
    simulator.stop()

    assert took < 4  # under 2 s alone; the margin is for a busy machine
    assert simulator.process.returncode == 0


def test_a_wrong_port_is_refused(tmp_path):
    command = [sys.executable, "-m", "simulator", "--port", "many"]

    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, timeout=20)

    assert ended.returncode == 2


def test_a_reset_forgets_the_world_but_not_the_record(simulator):
    simulator.text("hello")
    simulator.idle()
    before = len(simulator.judge("received"))

    simulator.ask("POST", "/sim/reset")

    assert simulator.ask("GET", "/sim/messages") == []
    assert simulator.ask("GET", "/sim/numbers") == []
    assert len(simulator.judge("received")) == before
