"""Starts the simulator and the web server as one program and stops them as one.

Owns the two processes and nothing else; if either ends, both do.
"""

import ctypes
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

import requests

from kernel.errors import Conflict

PATIENCE_SECONDS = 20.0
STOP_WITHIN_SECONDS = 20.0  # gunicorn gives texts in hand 15
PR_SET_PDEATHSIG = 1


class Stopped(Exception):
    """Somebody asked the demo to end."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process of ours and the address at which it answers."""

    name: str
    process: subprocess.Popen[bytes]
    address: str


def check_free(variable: str, port: int) -> None:
    """Raises Conflict with the sentence to show when another program has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Conflict(
                f"{variable} is {port}, and another program uses that port. Set it to "
                f"a free one, for example: {variable}={port + 100} make run"
            ) from None


def start(name: str, command: Sequence[str], environ: Mapping[str, str]) -> Running:
    """`python -m COMMAND` with exactly these variables; its address is on PORT or, for
    the simulator, on SIM_PORT."""
    port = environ["SIM_PORT" if name == "simulator" else "PORT"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env=dict(environ),
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is ours to pass on, in our order
        preexec_fn=_end_with_parent,
    )
    return Running(name, process, f"http://127.0.0.1:{port}")


def wait_until_answering(running: Running, path: str) -> None:
    """Raises Conflict when it ends or stays silent."""
    end = time.monotonic() + PATIENCE_SECONDS
    with requests.Session() as http:
        while time.monotonic() < end and running.process.poll() is None:
            try:
                if http.get(running.address + path, timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.03)
    raise Conflict(f"The {running.name} did not start. Its own words stand above.")


def listen_for_stop() -> None:
    """SIGTERM and Ctrl-C raise Stopped, once."""

    def stop(signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def watch(processes: Sequence[Running]) -> None:
    """Returns when one has ended; Stopped passes through."""
    while all(running.process.poll() is None for running in processes):
        time.sleep(0.2)


def stop(running: Running) -> None:
    """SIGTERM, patience, and only then force."""
    if running.process.poll() is None:
        running.process.terminate()
        try:
            running.process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            running.process.kill()
            running.process.wait()


def _end_with_parent() -> None:
    """Linux: a child whose parent was killed gets SIGTERM and holds no port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
