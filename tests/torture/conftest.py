"""One scene per test: the cast at work on a real database, a vendor, a web server."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import Any

import pytest

from gateway.reconcile import reconcile
from kernel.db import Database
from kernel.keys import Keys, load_or_make
from reminders.tick import Works
from tests import forked
from tests.cast import Cast, gather
from tests.torture import checks, work
from tests.torture.scene import Scene, close, open_unsynced
from tests.vendor import Simulator

WATCH_EVERY_SECONDS = 60.0


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
def cast(database: Database, keys: Keys) -> Cast:
    """With the keys of this scene's folder."""
    with database.writing() as session:
        return gather(session, keys)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """The address of our webhooks; it stays ours while no process serves it."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as made:
        yield made


@pytest.fixture
def scene(
    database_url: str,
    simulator: Simulator,
    cast: Any,
    listening: socket.socket,
) -> Scene:
    public = f"http://127.0.0.1:{listening.getsockname()[1]}"
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
    works: Works
    processes: list[BaseProcess] = field(default_factory=list)

    def start(self, task: Callable[..., None], *args: Any) -> BaseProcess:
        process = forked.start(task, *args)
        self.processes.append(process)
        return process

    def serve(self, armed: str = "") -> BaseProcess:
        return self.start(work.serve, self.scene, self.listening, armed)

    @contextlib.contextmanager
    def senders(
        self, processes: int, threads: int, batch: int = 4, armed: str = ""
    ) -> Iterator[dict[int, int]]:
        """Sends while the block runs; afterwards, when each attempt was marked."""
        stop, pipes = forked.CONTEXT.Event(), []
        watch = threading.Thread(target=self._keep_watch, args=(stop,))
        watch.start()
        marked: dict[int, int] = {}
        for number in range(processes):
            ours, theirs = forked.CONTEXT.Pipe()
            arguments = (f"w{number}", threads, batch, stop, theirs, armed)
            self.start(work.send, self.scene, *arguments)
            theirs.close()
            pipes.append(ours)
        try:
            yield marked
        finally:
            stop.set()
            watch.join()
        for pipe in pipes:
            marked.update(pipe.recv())
            pipe.close()

    def _keep_watch(self, stop: Event) -> None:
        """The reconciler beside the senders, or they would hold everything in the end."""
        while not stop.wait(WATCH_EVERY_SECONDS):
            now = self.works.heed.now()
            reconcile(
                self.works.heed.database, self.works.vendor, self.works.on_reply, now
            )

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.join(10)
            process.close()


@pytest.fixture
def crew(scene: Scene, listening: socket.socket, works: Works) -> Iterator[Crew]:
    made = Crew(scene, listening, works)
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
