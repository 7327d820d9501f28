"""The demo on a Monday morning: a real simulator process and an app of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from flask import Flask

from app import create_app
from demo.environment import environment
from demo.load import Loaded, load
from kernel.clock import ShiftedClock
from kernel.settings import load as load_settings
from reminders.tick import Works

PROJECT = Path(__file__).parents[1]
MONDAY = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # 10:00 in Los Angeles


@dataclass(frozen=True)
class DemoWorld:
    app: Flask
    works: Works
    base: str
    loaded: Loaded

    def get(self, path: str) -> Any:
        return requests.get(f"{self.base}/sim/{path}", timeout=10).json()

    def text(self, phone: str, to: str, body: str) -> None:
        answer = requests.post(
            f"{self.base}/sim/phones/{phone}/texts",
            json={"to": to, "body": body},
            timeout=10,
        )
        assert answer.status_code == 200


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def demo_world(folder: Path, at: datetime = MONDAY) -> Iterator[DemoWorld]:
    """Loaded at `at`; nothing listens where the simulator's webhooks go, so what a
    phone texts is heard at the next pass."""
    ShiftedClock(folder / "clock.json").advance(at)
    ports = {"PORT": str(free_port()), "SIM_PORT": str(free_port())}
    own = load_settings({"DATA_DIR": str(folder), **ports})
    variables = environment(own)
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator"],
        cwd=PROJECT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("simulator ready on ")
        app = create_app(load_settings(variables))
        works: Works = app.extensions["works"]
        base = f"http://127.0.0.1:{ports['SIM_PORT']}"
        yield DemoWorld(app, works, base, load(works, base))
        works.heed.database.close()
        works.heed.twilio_http().session.close()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
