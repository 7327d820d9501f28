"""kill -9 at every named point of both protocols, then start again: no STOP is lost,
no text leaves twice, nothing vanishes and the ledger has no gap."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from gateway.models import Message, State
from gateway.reconcile import ABSENT_AGAIN, reconcile
from reminders.tick import send_all
from tests.torture import checks, work
from tests.torture.scene import agree, phone_numbers, queue

KILLED = -9
ON_THE_WAY_IN = ("i1", "i2", "i3", "i4", "i5r", "i5", "i6", "i7", "i8", "i9")
# Where the vendor never saw the text it ends as failed and a person is asked: it is
# never sent again by machine.
ON_THE_WAY_OUT = {
    "o2": State.accepted,
    "o2a": State.accepted,
    "o3": State.accepted,
    "o4": State.accepted,
    "o5": State.accepted,
    "o6": State.failed,
    "o7": State.failed,
    "o8": State.failed,
    "o9": State.accepted,  # taken, and the answer lost on its way to us
    "o10": State.accepted,
    "o11": State.accepted,
}


def each(points, kills=20):
    """In the short form each point once in one scene; else each often in its own."""
    alone = [pytest.param((one,), kills, marks=pytest.mark.slow) for one in points]
    every = pytest.param(tuple(points), 1, id="each point once")
    return pytest.mark.parametrize(("points", "kills"), [every, *alone])


def recover(database, works):
    """What starts again after a crash: leases run out, the vendor's list is read
    until it tells, and what is due is sent."""
    with database.writing() as session:
        session.connection().execute(
            sa.update(Message)
            .where(col(Message.lease_until).is_not(None))
            .values(lease_until=0.0)
        )
    now = works.heed.now()
    for _ in range(3):
        done = reconcile(database, works.vendor, works.on_reply, now)
        assert done.failed == 0
        now += ABSENT_AGAIN + timedelta(minutes=1)
    send_all(works, "survivor", works.heed.now())


@each(ON_THE_WAY_IN)
def test_no_stop_is_lost_when_the_web_server_dies(
    database, cast, simulator, works, crew, all_is_well, points, kills
):
    phones = phone_numbers(len(points) * kills)
    with database.writing() as session:
        agree(session, cast.maple.clinic_id, phones, works.heed.now())
    url = f"{crew.scene.public}{work.INBOUND}"

    for number, (phone, point) in enumerate(zip(phones, points * kills, strict=True)):
        # Every second one is not brought again: the reconciler has to find it.
        retries = "#rc=5&rp=all" if number % 2 == 0 else "#rc=0"
        simulator.put(f"numbers/{cast.maple.number}", {"sms_url": url + retries})
        doomed = crew.serve(armed=f"{point}:kill")
        simulator.text(phone, cast.maple.number, "STOP")
        doomed.join(20)
        assert doomed.exitcode == KILLED, point
        next_one = crew.serve()
        simulator.idle()
        recover(database, works)
        simulator.idle()
        next_one.kill()
        next_one.join()

    all_is_well([])
    with database.reading() as session:
        confirmed = checks.confirmations(session)
    assert sorted(message.phone for message in confirmed) == phones
    assert {message.state for message in confirmed} == {State.accepted}


@each(ON_THE_WAY_OUT)
def test_no_text_leaves_twice_when_a_sender_dies(
    database, cast, simulator, works, crew, all_is_well, points, kills
):
    phones = phone_numbers(len(points) * kills)
    with database.writing() as session:
        agree(session, cast.maple.clinic_id, phones, works.heed.now())
    ends = {}

    for phone, point in zip(phones, points * kills, strict=True):
        with database.writing() as session:
            (made,) = queue(session, cast.maple, phone, works.heed.now())
        ends[made] = ON_THE_WAY_OUT[point]
        lost = {"drop_reply": {"next": 1}, "match": "POST /Messages.json"}
        simulator.faults(lose_webhooks=1.0, **(lost if point == "o9" else {}))
        armed = f"{'o10' if point == 'o9' else point}:kill"
        doomed = crew.start(work.send_once, crew.scene, "doomed", 5, armed)
        doomed.join(20)
        assert doomed.exitcode == KILLED, point
        recover(database, works)

    all_is_well(list(ends))
    with database.reading() as session:
        rows = session.exec(select(Message)).all()
    assert {row.id: row.state for row in rows} == ends


@each(["o12"])
def test_a_web_server_that_dies_on_a_status_callback_loses_no_text(
    database, cast, simulator, works, crew, all_is_well, points, kills
):
    phones, planned = phone_numbers(kills), []
    with database.writing() as session:
        agree(session, cast.maple.clinic_id, phones, works.heed.now())

    for phone in phones:
        doomed = crew.serve(armed="o12:kill")
        with database.writing() as session:
            planned += queue(session, cast.maple, phone, works.heed.now())
        send_all(works, "sender", works.heed.now())
        doomed.join(20)
        assert doomed.exitcode == KILLED
        next_one = crew.serve()
        recover(database, works)
        simulator.idle()
        next_one.kill()
        next_one.join()

    all_is_well(planned)
    with database.reading() as session:
        assert checks.states(session) == {State.accepted: kills}
