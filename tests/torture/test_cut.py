"""The line to the vendor is cut after every so many bytes of one send: whatever was
on its way, no text leaves twice, and each end is known and shown."""

from dataclasses import replace

import pytest

from gateway.models import State
from reminders.tick import send_all
from tests.torture import checks
from tests.torture.proxy import line_to
from tests.torture.scene import PHONE, agree, close, know_carrier, queue
from tests.torture.test_kill import recover


@pytest.mark.parametrize("step", [96, pytest.param(1, marks=pytest.mark.slow)])
def test_a_cut_at_any_byte_sends_nothing_twice(
    database, cast, simulator, scene, works, all_is_well, step
):
    with database.writing() as session:
        know_carrier(session, cast.maple.clinic_id, [PHONE], works.heed.now())
        agree(session, cast.maple.clinic_id, [PHONE], works.heed.now())
    simulator.faults(lose_webhooks=1.0)
    planned = []

    def send_one(line, **cut):
        """Over a line of its own: a kept connection would be another's."""
        line.asked, line.answered = cut.get("asked"), cut.get("answered")
        with database.writing() as session:
            name = "-".join(f"{side}{at:05}" for side, at in cut.items()) or "whole"
            planned.extend(
                queue(session, cast.maple, PHONE, works.heed.now(), name=name)
            )
        calling = replace(scene, vendor=line.url).works()
        send_all(calling, "cut", works.heed.now())
        close(calling)

    with line_to(simulator.base) as line:
        send_one(line)
        request, answer = line.lengths
        assert request > 500
        assert answer > 500
        for at in range(0, request, step):
            send_one(line, asked=at)
        for at in range(0, answer, step):
            send_one(line, answered=at)

    recover(database, works)
    all_is_well(planned)
    with database.reading() as session:
        ends = checks.states(session)
    print(f"{len(planned)} sends cut at every {step} bytes: {dict(ends)}")
    assert ends[State.failed] > 0  # never reached the vendor
    assert ends[State.accepted] > len(range(0, answer, step)) / 2
