import os
import threading
from pathlib import Path

import pytest

from simulator.clock import Clock
from simulator.judge import Judge, records


def test_records_keep_their_order_and_are_on_the_disk_when_wait_returns(tmp_path):
    judge = Judge(tmp_path / "judge.jsonl")

    def work(name):
        for count in range(50):
            judge.append({"event": "x", "name": name, "count": count}).wait()
            assert list(records(judge.path))[-1]["seq"] >= count

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    judge.close()

    kept = list(records(judge.path))
    assert [one["seq"] for one in kept] == list(range(1, 401))
    for name in range(8):
        mine = [one["count"] for one in kept if one["name"] == name]
        assert mine == list(range(50))
    assert [r["monotonic_ns"] for r in kept] == sorted(r["monotonic_ns"] for r in kept)


def test_a_line_torn_by_a_crash_stays_alone(tmp_path):
    path = tmp_path / "judge.jsonl"
    judge = Judge(path)
    judge.append({"event": "first"}).wait()
    judge.close()
    with path.open("ab") as file:
        file.write(b'{"seq":2,"event":"to')

    judge = Judge(path)
    judge.count_on(1)
    judge.append({"event": "second"}).wait()
    judge.close()

    assert [(r["seq"], r["event"]) for r in records(path)] == [
        (1, "first"),
        (2, "second"),
    ]


def test_a_record_that_cannot_be_written_is_an_error_for_who_waits(tmp_path):
    judge = Judge(tmp_path / "judge.jsonl")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, judge._file)

    with pytest.raises(OSError, match="No space left"):
        judge.append({"event": "x"}).wait()

    os.close(full)
    judge.close()


def test_the_clock_follows_the_shared_shift(tmp_path: Path):
    shift = tmp_path / "clock.json"
    clock = Clock(shift)
    plain = clock.now()

    shift.write_text('{"shift_seconds": 86400}')
    clock._look_at = 0
    shifted = clock.now()
    shift.write_text('{"shift_sec')
    os.utime(shift, ns=(1, 1))
    clock._look_at = 0
    torn = clock.now()
    shift.unlink()
    clock._look_at = 0
    back = clock.now()

    assert 86399 < (shifted - plain).total_seconds() < 86405
    assert 86399 < (torn - plain).total_seconds() < 86405
    assert (back - plain).total_seconds() < 5
    assert clock.stamp().endswith("Z")
