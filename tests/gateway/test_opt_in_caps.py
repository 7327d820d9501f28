from datetime import timedelta

from sqlmodel import select

from clinics.models import Task, TaskKind
from consent.standing import Word
from gateway.gate import Obstacle
from gateway.models import Message, MessageKind, State
from gateway.opt_in import BURST, PER_CLINIC, PER_IP
from kernel.models import Counter
from tests.conftest import NOW, PAT
from tests.gateway.signing_up import (
    BIRCH,
    events,
    fill_in,
    later,
    leaves,
    requests,
    rows,
    standing,
    texts,
    verdict,
)
from tests.pages import words


def test_one_text_asks_for_yes_at_once_or_never(open_form, cast):
    fill_in(open_form)

    (request,) = requests(open_form)
    assert request.phone == PAT
    assert request.body.startswith("Maple Dental: reply YES to get appointment texts.")
    assert (request.expects, request.kind) == ("opt_in", MessageKind.opt_in_request)
    assert request.zones == ""
    assert request.send_until == NOW + timedelta(minutes=15)
    assert standing(open_form, cast.maple).word is Word.pending
    assert Obstacle.not_opted_in not in verdict(open_form, request).obstacles


def test_who_did_not_answer_is_never_asked_again(open_form, cast):
    fill_in(open_form)
    leaves(open_form)
    later(open_form, days=40)
    fill_in(open_form)

    assert len(requests(open_form)) == 1
    assert events(open_form, cast.maple)[-1][1]["request"].startswith("not asked again")
    assert standing(open_form, cast.maple).word is Word.pending


def test_who_texted_since_may_be_asked_again(open_form, cast):
    fill_in(open_form)
    leaves(open_form)
    later(open_form, days=2)
    texts(open_form, cast.maple, "HELP")
    later(open_form, minutes=1)
    fill_in(open_form)

    assert len(requests(open_form)) == 2


def test_a_request_that_never_left_does_not_count_as_asked(open_form, cast):
    fill_in(open_form)
    with open_form.extensions["heed"].database.writing() as writing:
        for one in writing.exec(select(Message)):
            one.state = State.expired
    later(open_form, days=1)
    fill_in(open_form)

    assert [one.state for one in requests(open_form)] == [State.expired, State.due]


def test_a_phone_asks_once_a_day_of_the_clinic_and_sees_the_same_page(open_form, cast):
    first = fill_in(open_form)
    later(open_form, hours=7)  # the next day in London, 17:00 in Los Angeles
    second = fill_in(open_form)
    counts = len(events(open_form, cast.maple))
    later(open_form, hours=8)
    third = fill_in(open_form)

    assert first.data == second.data == third.data
    assert (counts, len(events(open_form, cast.maple))) == (1, 2)


def test_one_connection_sends_five_forms_an_hour(open_form, cast):
    numbers = [f"(206) 555-01{place:02}" for place in range(11, 11 + PER_IP + 1)]

    answers = [fill_in(open_form, phone=number) for number in numbers]
    other = fill_in(open_form, phone="(206) 555-0140", ip="203.0.113.9")

    assert [one.status_code for one in answers] == [303] * PER_IP + [429]
    assert "text START to (206) 555-0100" in words(answers[-1])
    assert other.status_code == 303
    assert len(requests(open_form)) == PER_IP + 1


def counted(app, name, start, so_far):
    with app.extensions["heed"].database.writing() as writing:
        writing.add(Counter(name=name, window_start=start, count=so_far))


def test_a_burst_alarms_the_clinic_once_and_stops_the_texts_for_the_hour(
    open_form, cast
):
    maple, birch = cast.maple.clinic_id, cast.birch.clinic_id
    counted(open_form, f"opt-in hour {maple}", NOW, BURST - 1)
    for last in range(3):
        fill_in(open_form, phone=f"(206) 555-013{last}")
    fill_in(open_form, BIRCH)

    tasks = [(one.clinic_id, one.kind) for one in rows(open_form, Task)]
    assert tasks == [(maple, TaskKind.opt_in_burst)]
    assert [one.clinic_id for one in requests(open_form)] == [maple, birch]
    acts = [facts["request"][:9] for _, facts in events(open_form, cast.maple)]
    assert acts == ["asked by ", "not asked", "not asked"]
    later(open_form, hours=1)
    fill_in(open_form)
    assert len(requests(open_form)) == 3


def test_a_clinic_takes_two_hundred_a_day(open_form, cast):
    clinic = f"opt-in clinic {cast.maple.clinic_id}"
    counted(open_form, clinic, NOW.replace(hour=0), PER_CLINIC)

    answer = fill_in(open_form)

    assert answer.status_code == 429
    assert events(open_form, cast.maple) == []
    assert fill_in(open_form, BIRCH).status_code == 303
