"""A database that cannot be written: we say so, take nothing, send nothing, and go on
by ourselves once it can be written again."""

import http.client
import resource
import secrets
import time
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest

from consent.standing import Word, line_state
from gateway.models import State
from kernel.db import open_database
from reminders.tick import hear
from tests.torture import checks
from tests.torture.scene import PHONE, agree, know_carrier, phone_numbers, queue
from tests.torture.work import Poster, inbound_form

STOPPER = phone_numbers(1, first=1)[0]
LOCK_WAIT = 5.0


def fill_disk(process):
    """No file of this process may grow by a byte: what ENOSPC does to a database."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))


def free_disk(process):
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)


def let_in(url, word):
    """Whether anybody may connect: an outage, from where we stand."""
    name = urlsplit(url).path[1:]
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?")) as admin:
        admin.autocommit = True
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {word}")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}'"
        )


class Break:
    """Breaks and mends the database for these processes."""

    def __init__(self, url, processes):
        self.url, self.processes = url, processes

    def __enter__(self):
        if self.url.startswith("sqlite"):
            for process in self.processes:
                fill_disk(process)
        else:
            let_in(self.url, "false")

    def __exit__(self, *_):
        if self.url.startswith("sqlite"):
            for process in self.processes:
                free_disk(process)
        else:
            let_in(self.url, "true")


def ready(scene):
    connection = http.client.HTTPConnection(urlsplit(scene.public).netloc, timeout=20)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def stop(scene, cast):
    """The answer to a STOP, over a connection of its own."""
    poster = Poster(scene.public, cast.maple.token)
    vendor_sid = "SM" + secrets.token_hex(16)
    status, _ = poster.post(inbound_form(cast.maple, STOPPER, "STOP", vendor_sid))
    poster.close()
    return status


def wait_for(happened, seconds=20):
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.05)
    assert happened()


def test_nothing_is_taken_or_sent_until_it_can_be_written_again(
    database_url, database, cast, simulator, works, crew, all_is_well
):
    scene = crew.scene
    with database.writing() as session:
        know_carrier(session, cast.maple.clinic_id, [PHONE], works.heed.now())
        agree(session, cast.maple.clinic_id, [PHONE, STOPPER], works.heed.now())
    simulator.faults(lose_webhooks=1.0)
    web = crew.serve()
    wait_for(lambda: '"can be written"' in ready(scene)[1])

    with crew.senders(processes=1, threads=2):
        sender = crew.processes[-1]
        time.sleep(0.5)
        with Break(database_url, [web, sender]):
            wait_for(lambda: "cannot be written" in ready(scene)[1])
            assert ready(scene)[0] == 503
            assert stop(scene, cast) == 503
            if database.dialect == "sqlite":  # another process could still write
                with database.writing() as session:
                    planned = queue(session, cast.maple, PHONE, works.heed.now())
                time.sleep(1)
                assert not simulator.judge("accepted")
        if database.dialect == "postgresql":
            database.writer.dispose()
            with database.writing() as session:
                planned = queue(session, cast.maple, PHONE, works.heed.now())
        wait_for(lambda: '"can be written"' in ready(scene)[1])
        assert stop(scene, cast) == 200
        wait_for(lambda: len(simulator.judge("accepted")) == 2)
        time.sleep(0.3)

    hear(works, works.heed.now())
    all_is_well(planned)
    with database.reading() as session:
        line = line_state(session, cast.maple.clinic_id, STOPPER)
        assert line.word is Word.opted_out
        assert checks.states(session) == {State.accepted: 2}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_that_does_not_end_makes_a_503_while_the_vendor_still_listens(
    database_url, cast, crew
):
    crew.serve()
    assert stop(crew.scene, cast) == 200
    blocker = open_database(database_url)

    with blocker.writing():
        began = time.monotonic()
        assert stop(crew.scene, cast) == 503
        took = time.monotonic() - began
    blocker.close()

    assert LOCK_WAIT * 0.9 < took < LOCK_WAIT * 2 < 15
    assert stop(crew.scene, cast) == 200


def test_a_web_server_that_starts_without_its_database_says_try_again(
    database_url, cast, scene, crew, listening
):
    nowhere = database_url.replace("heed", "nowhere").replace("heed.db", "x/y.db")
    crew.scene = replace(scene, database_url=nowhere)
    crew.serve()

    assert stop(scene, cast) == 503
    assert stop(scene, cast) == 503
