import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from sqlmodel import col

from consent.models import Grade
from consent.standing import Word, line_state
from demo.load import load
from gateway.models import CarrierLookup, Message, MessageKind, State
from kernel.carriers import GATED
from kernel.clock import rfc3339
from kernel.errors import NotFound
from reminders.tick import Pass, run_pass
from tests.demo_world import DemoWorld, demo_world

PAT, THEO, ANA = "+14155550111", "+14155550113", "+14155550112"
ATT_SENTENCE = (
    "AT&T has not yet approved this clinic's texts (REVIEW since Wed, Nov 25, 2026)."
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoWorld]:
    with demo_world(tmp_path_factory.mktemp("demo")) as world:
        yield world


@pytest.fixture(scope="module")
def passed(world: DemoWorld) -> Pass:
    return run_pass(world.works, "test", world.works.heed.now())


def reminders_to(world: DemoWorld, phone: str) -> list[sa.Row[tuple[State, list[str]]]]:
    with world.works.heed.database.reading() as session:
        rows = session.connection().execute(
            sa.select(col(Message.state), col(Message.held_why), col(Message.body))
            .where(col(Message.phone) == phone)
            .where(col(Message.kind) == MessageKind.reminder)
            .order_by(col(Message.send_from))
        )
        return list(rows)


def test_both_clinics_are_loaded_and_a_second_time_nothing_changes(
    world: DemoWorld,
) -> None:
    assert world.loaded.clinics == ["maple-dental", "birch-eye"]
    assert world.loaded.visits >= 30
    before = len(world.get("messages"))

    again = load(world.works, world.base)

    assert (again.clinics, again.visits, again.texts) == ([], 0, 0)
    assert len(world.get("messages")) == before


@pytest.mark.parametrize(
    ("phone", "word", "grade", "held"),
    [
        (PAT, Word.opted_in, Grade.recorded, False),
        ("+12065550116", Word.opted_in, Grade.proven, False),
        ("+14155550124", Word.opted_in, Grade.asserted, False),
        ("+12135550121", Word.opted_out, None, False),
        ("+12135550122", Word.opted_in, Grade.recorded, True),
        ("+14155550123", Word.none, None, False),
    ],
)
def test_consents_of_every_kind_are_there(
    world: DemoWorld, phone: str, word: Word, grade: Grade | None, held: bool
) -> None:
    with world.works.heed.database.reading() as session:
        state = line_state(session, 1, phone)

    assert (state.word, state.grade, state.held) == (word, grade, held)


def test_a_first_pass_sends_some_texts_and_holds_those_to_att(
    world: DemoWorld, passed: Pass
) -> None:
    accepted = [
        message["to"]
        for message in world.get("messages")
        if message["direction"] == "outbound-api"
    ]

    assert {PAT, ANA} <= set(accepted)
    assert len(set(accepted)) >= 10
    assert THEO not in accepted
    held = reminders_to(world, THEO)[0]
    assert held.state is State.due
    assert held.held_why[0].startswith(ATT_SENTENCE)


def test_every_phone_with_a_due_text_was_looked_up(
    world: DemoWorld, passed: Pass
) -> None:
    now = world.works.heed.now()

    with world.works.heed.database.reading() as session:
        due = set(
            session.connection().scalars(
                sa.select(col(Message.phone)).where(col(Message.send_from) <= now)
            )
        )
        looked_up = set(session.connection().scalars(sa.select(CarrierLookup.phone)))

    assert due
    assert due <= looked_up


def test_spanish_patients_get_spanish_texts_that_fit_into_one_segment(
    world: DemoWorld, passed: Pass
) -> None:
    with world.works.heed.database.reading() as session:
        segments = session.connection().scalars(
            sa.select(col(Message.segments)).where(
                col(Message.kind) == MessageKind.reminder
            )
        )

        assert set(segments) == {1}
    assert "su cita es el" in reminders_to(world, ANA)[0].body


def test_explain_tells_it_in_order_and_in_the_clinics_time(
    world: DemoWorld, passed: Pass
) -> None:
    run = world.app.test_cli_runner().invoke

    told = run(args=["explain", "maple-dental", "(415) 555-0113"]).output
    facts = json.loads(run(args=["explain", "maple-dental", THEO, "--json"]).output)

    assert "AT&T has not yet approved this clinic's texts (REVIEW since" in told
    assert "PST" in told
    times = [fact["at"] for fact in facts["facts"]]
    assert times == sorted(times)
    kinds = {fact["kind"] for fact in facts["facts"]}
    assert {"consent", "visit", "carrier", "planned", "verdict"} <= kinds


def test_the_clock_moves_forward_only(world: DemoWorld) -> None:
    run = world.app.test_cli_runner().invoke
    now = world.works.heed.now()

    past = run(args=["demo", "advance", "--to", "2026-11-29T09:00:00-08:00"])
    unreadable = run(args=["demo", "advance", "--to", "tomorrow"])
    moved = run(args=["demo", "advance", "--to", rfc3339(now), "--json"])

    assert past.exit_code == 1
    assert "is past: the clock shows 2026-11-30T18:" in past.stderr
    assert unreadable.exit_code == 2
    assert moved.exit_code == 1  # it has gone on since


def test_the_demo_campaigns_have_a_cell_for_each_carrier(world: DemoWorld) -> None:
    run = world.app.test_cli_runner().invoke

    maple = json.loads(
        run(args=["registration", "status", "maple-dental", "--json"]).output
    )
    birch = json.loads(
        run(args=["registration", "status", "birch-eye", "--json"]).output
    )

    cells = {**maple["campaigns"][0]["carriers"]}
    assert {name: cell["status"] for name, cell in cells.items()} == {
        "att": "REVIEW",
        "tmobile": "ACTIVE",
        "verizon": "ACTIVE",
    }
    assert all(
        birch["campaigns"][0]["carriers"][carrier]["active"] for carrier in GATED
    )


def test_without_a_simulator_load_says_what_to_do(
    world: DemoWorld, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match=r"No simulator answers at .* 'make run'"):
        load(world.works, "http://127.0.0.1:9")


def test_a_text_to_att_leaves_once_att_approves(world: DemoWorld, passed: Pass) -> None:
    url = f"{world.base}/sim/campaigns/maple-care/carriers/att"
    requests.put(url, json={"status": "APPROVED"}, timeout=10)

    run_pass(world.works, "test", world.works.heed.now() + timedelta(minutes=2))

    assert reminders_to(world, THEO)[0].state is State.accepted
