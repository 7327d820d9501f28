"""One scene per test: the cast at work on a real database, a vendor, a web server."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from kernel.db import Database
from kernel.keys import Keys, load_or_make
from registration.numbers import mark_complete
from reminders.tick import Works
from tests.torture import checks, work
from tests.torture.scene import Scene, close, open_unsynced
from tests.vendor import Simulator


@pytest.fixture
def keys(simulator: Simulator, now: datetime) -> Keys:
    """In the folder that all processes of the scene share."""
    return load_or_make(simulator.folder / "keys.json", now, may_make=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_unsynced(database_url)
    yield opened
    opened.close()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """The address of our webhooks; it stays ours while no process serves it."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as made:
        yield made


@pytest.fixture
def scene(
    database: Database,
    database_url: str,
    now: datetime,
    simulator: Simulator,
    cast: Any,
    listening: socket.socket,
) -> Scene:
    public = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with database.writing() as session:
        for place in (cast.maple, cast.birch):
            # As if the reconciler ran beside: the long forms take more than 30 minutes.
            until = now + timedelta(hours=6)
            mark_complete(session, place.clinic_id, place.number_id, until)
    simulator.take_in_cast(cast, f"{public}{work.INBOUND}#rc=5&rp=all")
    return Scene(
        database_url=database_url,
        folder=simulator.folder,
        vendor=simulator.base,
        public=public,
    )


@pytest.fixture
def works(scene: Scene) -> Iterator[Works]:
    made = scene.works()
    yield made
    close(made)


@dataclass
class Crew:
    """The processes of one test; all are gone when it ends."""

    scene: Scene
    listening: socket.socket
    processes: list[BaseProcess] = field(default_factory=list)

    def start(self, task: Callable[..., None], *args: Any) -> BaseProcess:
        process = work.start(task, *args)
        self.processes.append(process)
        return process

    def serve(self, armed: str = "") -> BaseProcess:
        return self.start(work.serve, self.scene, self.listening, armed)

    @contextlib.contextmanager
    def senders(
        self, processes: int, threads: int, batch: int = 4, armed: str = ""
    ) -> Iterator[dict[int, int]]:
        """Sends while the block runs; afterwards, when each attempt was marked."""
        stop, pipes = work.CONTEXT.Event(), []
        marked: dict[int, int] = {}
        for number in range(processes):
            ours, theirs = work.CONTEXT.Pipe()
            arguments = (f"w{number}", threads, batch, stop, theirs, armed)
            self.start(work.send, self.scene, *arguments)
            theirs.close()
            pipes.append(ours)
        yield marked
        stop.set()
        for pipe in pipes:
            marked.update(pipe.recv())
            pipe.close()

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.join(10)
            process.close()


@pytest.fixture
def crew(scene: Scene, listening: socket.socket) -> Iterator[Crew]:
    made = Crew(scene, listening)
    yield made
    made.end()


@pytest.fixture
def all_is_well(database: Database, simulator: Simulator) -> Callable[..., None]:
    """I1, I4, I5 and I6 against the vendor's own record."""

    def check(planned: list[int]) -> None:
        accepted = simulator.judge("accepted")
        received = simulator.judge("received")
        assert not checks.double_sends(accepted)
        with database.reading() as session:
            assert not checks.unaccounted(session, planned, accepted)
            assert not checks.lost_stops(session, received)
            assert not checks.ledger_faults(session)

    return check
