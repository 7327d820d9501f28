import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.demo_world import PROJECT, free_port


def serve(folder: Path, **ports: int) -> "subprocess.Popen[str]":
    environ = {name: str(port) for name, port in ports.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "demo", "serve"],
        cwd=PROJECT,
        env={**os.environ, "DATA_DIR": str(folder), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_ready(process: "subprocess.Popen[str]") -> str:
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if "Ctrl-C ends it all" in line:
            return said
    raise AssertionError(process.communicate()[1] + said)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_one_command_starts_all_and_a_signal_stops_all(tmp_path: Path) -> None:
    port, sim_port = free_port(), free_port()
    process = serve(tmp_path, PORT=port, SIM_PORT=sim_port)

    said = until_ready(process)
    health = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10)
    phones = requests.get(f"http://127.0.0.1:{sim_port}/sim/phones", timeout=10)
    process.send_signal(signal.SIGTERM)
    last, mistakes = process.communicate(timeout=60)

    assert f"http://127.0.0.1:{sim_port}/" in said
    assert (tmp_path / "demo.txt").read_text() in said
    assert "desk@maple-dental.example" in said
    assert health.json() == {"status": "ok"}
    assert len(phones.json()) >= 30
    assert "Stopping" in last
    assert (process.returncode, mistakes) == (0, "")
    assert is_free(port)
    assert is_free(sim_port)


@pytest.mark.parametrize(
    "variable", ["PORT", pytest.param("SIM_PORT", marks=pytest.mark.slow)]
)
def test_a_busy_port_is_one_sentence_that_names_the_variable(
    tmp_path: Path, variable: str
) -> None:
    ports = {"PORT": free_port(), "SIM_PORT": free_port()}
    with socket.create_server(("127.0.0.1", ports[variable])):
        process = serve(tmp_path, **ports)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert said.startswith(f"{variable} is {ports[variable]}, and another program")
    assert said.count("\n") == 1


def test_nothing_is_left_behind_when_the_command_is_killed(tmp_path: Path) -> None:
    port, sim_port = free_port(), free_port()
    process = serve(tmp_path, PORT=port, SIM_PORT=sim_port)
    until_ready(process)

    process.kill()
    process.communicate(timeout=60)

    give_up = time.monotonic() + 25
    while time.monotonic() < give_up and not (is_free(port) and is_free(sim_port)):
        time.sleep(0.1)
    assert is_free(port)
    assert is_free(sim_port)


def test_production_has_no_demo(tmp_path: Path) -> None:
    environ = {
        "DATA_DIR": str(tmp_path),
        "HEED_ENV": "production",
        "SECRET_KEY": "0123456789abcdef" * 4,
        "PUBLIC_BASE_URL": "https://heed.example",
    }
    make = [sys.executable, "-m", "flask", "keys", "make"]
    load = [sys.executable, "-m", "flask", "demo", "load"]
    run = {"cwd": PROJECT, "env": {**os.environ, **environ}, "text": True}

    subprocess.run(make, check=True, capture_output=True, **run)
    refused = subprocess.run(load, capture_output=True, check=False, **run)

    assert refused.returncode == 1
    assert refused.stderr == (
        "HEED_ENV is 'production', where nothing of the demo works. Unset it.\n"
    )
