"""A backup is whole whenever it is made, and what is restored from it hears every STOP
before it sends, and sends nothing twice."""

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from consent.standing import Word, line_state
from gateway.models import Message, State
from gateway.reconcile import ABSENT_AGAIN, reconcile
from kernel.backup import put_back
from tests.backups import contents, empty_database, empty_url, ledgers
from tests.torture import checks
from tests.torture.scene import agree, close, know_carrier, phone_numbers, queue
from tests.torture.work import Poster, inbound_form
from tests.vendor import message_id_of, shift_clock

STOPS, OTHERS = 50, 10


@pytest.fixture
def out(tmp_path):
    return tmp_path / "heed.backup"


@pytest.fixture
def restored(scene, out, tmp_path, request):
    """Puts `out` into an empty database and gives the program that runs on it."""
    made = []
    with empty_url(scene.database_url.partition(":")[0], tmp_path, request) as url:

        def restore():
            again = replace(scene, database_url=url)
            run(again, "restore", str(out))
            made.append(again.works())
            return made[-1]

        yield restore
        for works in made:
            close(works)


def run(scene, *words):
    app = scene.app()
    done = app.test_cli_runner().invoke(args=words)
    app.extensions["heed"].database.close()
    assert done.exit_code == 0, done.output


def look_again_now(database, now):
    with database.writing() as session:
        due = sa.update(Message).where(col(Message.state) == State.due)
        session.connection().execute(due.values(look_again_at=now))


def hear(works):
    return reconcile(
        works.heed.database, works.vendor, works.on_reply, works.heed.now()
    )


def planned(database, cast, works, phones, ahead):
    """One reminder to each phone, to leave so long from now."""
    now = works.heed.now()
    with database.writing() as session:
        agree(session, cast.maple.clinic_id, phones, now)
        know_carrier(session, cast.maple.clinic_id, phones, now)
        return [
            queue(session, cast.maple, phone, now + ahead, name=phone)[0]
            for phone in phones
        ]


def test_stops_since_the_backup_are_heard_before_the_first_text_leaves(
    database, cast, simulator, works, scene, out, restored
):
    phones = phone_numbers(STOPS + OTHERS)
    planned(database, cast, works, phones, timedelta(minutes=30))
    run(scene, "backup", str(out))
    simulator.faults(lose_webhooks=1.0)
    with ThreadPoolExecutor(4) as pool:
        number = cast.maple.number
        list(pool.map(lambda p: simulator.text(p, number, "STOP"), phones[:STOPS]))

    again = restored()
    shift_clock(scene.folder, again.heed.now() + timedelta(minutes=31))
    looked_at = again.dispatcher("w").run_once(limit=100)
    too_soon = simulator.judge("accepted")
    done = hear(again)
    look_again_now(again.heed.database, again.heed.now())
    again.dispatcher("w").run_once(limit=100)

    assert (looked_at, too_soon) == (STOPS + OTHERS, [])
    assert (done.replayed, done.failed) == (STOPS, 0)
    sent = {record["message"]["to"] for record in simulator.judge("accepted")}
    assert sent == set(phones[STOPS:])


def test_a_text_that_left_after_the_backup_does_not_leave_again(
    database, cast, simulator, works, scene, out, restored
):
    ids = planned(database, cast, works, phone_numbers(10), timedelta(0))
    run(scene, "backup", str(out))
    works.dispatcher("old").run_once(limit=6)

    again = restored()
    found = hear(again)
    again.dispatcher("new").run_once(limit=100)
    shift_clock(scene.folder, again.heed.now() + ABSENT_AGAIN)
    hear(again)
    again.dispatcher("new").run_once(limit=100)

    accepted = simulator.judge("accepted")
    assert (found.found, found.absent) == (6, 4)
    assert sorted(map(message_id_of, accepted)) == sorted(ids[:6])
    with again.heed.database.reading() as session:
        assert not checks.unaccounted(session, ids, accepted)
        assert checks.states(session) == {State.accepted: 6, State.failed: 4}


class Patients:
    """Texts STOP without end and notes each that was answered 200, and how fast."""

    def __init__(self, scene, place):
        self.scene, self.place = scene, place
        self.stopped, self.took = [], []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        poster = Poster(self.scene.public, self.place.token)
        for phone in phone_numbers(100_000, first=10_000):
            if self.over.is_set():
                break
            sid, began = "SM" + secrets.token_hex(16), time.monotonic_ns()
            form = inbound_form(self.place, phone, "STOP", sid)
            status, heard = poster.post(form)
            assert status == 200
            self.stopped.append(phone)
            self.took.append((heard - began) / 1e6)
        poster.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_backup_under_load_is_whole_and_has_every_answered_stop(
    database, cast, scene, crew, works, keys, tmp_path, request, times
):
    phones = phone_numbers(40)
    for part in range(5):
        planned(database, cast, works, phones[part * 8 :][:8], timedelta(0))
    with database.writing() as session:
        for phone in phones:
            queue(session, cast.maple, phone, works.heed.now(), 10 * times)
    crew.serve()
    seconds, rows = [], 0

    with (
        crew.senders(processes=1, threads=2, batch=4),
        Patients(scene, cast.maple) as patients,
    ):
        for number in range(times):
            out = tmp_path / f"{number}.backup"
            answered = list(patients.stopped)
            began = time.monotonic()
            run(scene, "backup", str(out))
            seconds.append(time.monotonic() - began)
            with empty_database(database.dialect, tmp_path, request) as fresh:
                manifest, _ = put_back(
                    out, fresh, keys, ledgers, lambda *_: None, tmp_path
                )
                found = contents(fresh, tmp_path)
                with fresh.reading() as session:
                    assert not checks.ledger_faults(session)
                    words = {
                        line_state(session, cast.maple.clinic_id, phone).word
                        for phone in answered
                    }
            assert words <= {Word.opted_out}
            for name, table in manifest.tables.items():
                assert found[name]["rows"] == table["rows"], name
            rows = manifest.rows
            out.unlink()

    print(
        f"{database.dialect}: {times} backups of up to {rows} rows, each restored; "
        f"{max(seconds):.1f} s the slowest; {len(patients.took)} STOPs meanwhile, "
        f"{max(patients.took):.0f} ms the slowest"
    )
    assert len(patients.stopped) > times
