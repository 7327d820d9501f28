"""A line to the vendor that breaks: passes so many bytes, then hangs up."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Line:
    """`asked` and `answered`: how many bytes of a request and of its answer pass
    before the next connection is cut; None passes all.  `lengths` of the last call."""

    target: tuple[str, int]
    asked: int | None = None
    answered: int | None = None
    lengths: list[int] = field(default_factory=lambda: [0, 0])
    url: str = ""

    def carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as vendor:
            self.lengths = [0, 0]
            back = threading.Thread(target=self._back, args=(vendor, client))
            back.start()
            _pass(client, vendor, self.asked, self.lengths, 0)
            hang_up(vendor, client if self.asked is not None else vendor)
            back.join()

    def _back(self, vendor: socket.socket, client: socket.socket) -> None:
        _pass(vendor, client, self.answered, self.lengths, 1)
        hang_up(client)


def _pass(
    source: socket.socket,
    sink: socket.socket,
    most: int | None,
    lengths: list[int],
    which: int,
) -> None:
    with contextlib.suppress(OSError):
        while most is None or lengths[which] < most:
            some = source.recv(65536 if most is None else most - lengths[which])
            if not some:
                return
            sink.sendall(some)
            lengths[which] += len(some)


def hang_up(*sides: socket.socket) -> None:
    for side in sides:
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def line_to(base: str) -> Iterator[Line]:
    """A line in front of `base`; its `url` is where to call."""
    parts = urlsplit(base)
    line = Line((str(parts.hostname), int(parts.port or 80)))
    with socket.create_server(("127.0.0.1", 0)) as server:
        line.url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line.carry(server.accept()[0])

        thread = threading.Thread(target=take)
        thread.start()
        yield line
        hang_up(server)
    thread.join()
