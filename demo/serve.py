"""Starts the simulator and the web server as one program and stops them as one.

Owns the two processes and nothing else; if either ends, both do.
"""

import ctypes
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

import requests

from kernel.errors import Conflict

PATIENCE_SECONDS = 30.0
STOP_WITHIN_SECONDS = 20.0  # gunicorn gives texts in hand 15
PR_SET_PDEATHSIG = 1
SIMULATOR = (sys.executable, "-m", "simulator")
WEB = ("gunicorn", "--config", "gunicorn.conf.py", "--log-level", "warning")
APP = "app:create_app()"


class Stopped(Exception):
    """Somebody asked the demo to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process of ours: where it answers, whether it lives, how it is ended."""

    name: str
    address: str
    alive: Callable[[], bool]
    terminate: Callable[[], None]
    kill: Callable[[], None]


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


def start_simulator(environ: Mapping[str, str]) -> Running:
    process = subprocess.Popen(
        SIMULATOR,
        env=dict(environ),
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is ours to pass on, in our order
        preexec_fn=_end_with_parent,
    )
    return Running(
        name="simulator",
        address=f"http://127.0.0.1:{environ['SIM_PORT']}",
        alive=lambda: process.poll() is None,
        terminate=process.terminate,
        kill=process.kill,
    )


def start_web(environ: Mapping[str, str]) -> Running:
    """Forked, not started anew: loading the program again would double the wait.  The
    caller has closed its database: SQLite's locks do not survive a fork."""
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_be_gunicorn, args=(dict(environ),))
    process.start()
    return Running(
        name="web server",
        address=f"http://127.0.0.1:{environ['PORT']}",
        alive=process.is_alive,
        terminate=process.terminate,
        kill=process.kill,
    )


def _be_gunicorn(environ: dict[str, str]) -> None:
    os.setsid()
    _end_with_parent()
    os.environ.update(environ)
    sys.argv = [*WEB, APP]
    from gunicorn.app.wsgiapp import run

    run()


def wait_until_answering(running: Running, path: str) -> None:
    """Raises Conflict when it ends or stays silent."""
    end = time.monotonic() + PATIENCE_SECONDS
    with requests.Session() as http:
        while time.monotonic() < end and running.alive():
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
    while all(running.alive() for running in processes):
        time.sleep(0.2)


def stop(running: Running) -> None:
    """SIGTERM, patience, and only then force."""
    if running.alive():
        running.terminate()
    end = time.monotonic() + STOP_WITHIN_SECONDS
    while running.alive() and time.monotonic() < end:
        time.sleep(0.05)
    if running.alive():
        running.kill()


def _end_with_parent() -> None:
    """Linux: a child whose parent was killed gets SIGTERM and holds no port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
