import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from kernel.settings import BadSetting, Settings, load
from reminders.tick import run_pass
from tests.demo_world import PROJECT, DemoWorld, demo_world

COMMANDS = (PROJECT / "docs" / "commands.md").read_text("utf-8")
SETTINGS = (PROJECT / "docs" / "settings.md").read_text("utf-8")


@dataclass(frozen=True)
class Example:
    command: str
    output: str

    def answers(self) -> list[Any]:
        """One JSON document over several lines, or one a line."""
        try:
            return [json.loads(self.output)]
        except json.JSONDecodeError:
            return [json.loads(line) for line in self.output.splitlines()]


def examples() -> list[Example]:
    found = []
    for block in COMMANDS.split("```console\n")[1:]:
        for part in block.partition("```")[0].removeprefix("$ ").split("\n$ "):
            command, _, output = part.partition("\n")
            found.append(Example(command, output))
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoWorld]:
    with demo_world(tmp_path_factory.mktemp("demo")) as world:
        run_pass(world.works, "test", world.works.heed.now())
        yield world


def same_shape(shown: Any, real: Any, where: str = "") -> Iterator[str]:
    """Differences of keys and kinds; null matches anything, a list its first item."""
    if shown is None or real is None:
        return
    if type(shown) is not type(real):
        yield f"{where}: {type(shown).__name__} shown, {type(real).__name__} given"
    elif isinstance(shown, dict):
        if set(shown) - set(real):
            yield f"{where}: {sorted(set(shown) - set(real))} no longer given"
        for key in set(shown) & set(real):
            yield from same_shape(shown[key], real[key], f"{where}.{key}")
    elif isinstance(shown, list) and shown and real:
        yield from same_shape(shown[0], real[0], f"{where}[0]")


def test_every_documented_example_gives_what_is_shown(
    world: DemoWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = world.works.heed.settings
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PORT", str(settings.port))
    monkeypatch.setenv("SIM_PORT", str(settings.sim_port))
    wrong = []

    for example in examples():
        if example.command.startswith("cat "):
            Path(example.command[4:]).write_text(example.output, "utf-8")
            continue
        outcome = run(world, example.command)
        given = [json.loads(line) for line in outcome.stdout.splitlines()]
        shown = example.answers()
        if not given:
            wrong.append(f"{example.command}: {outcome.stderr}")
        elif len(shown) > 1 and len(shown) != len(given):
            wrong.append(f"{example.command}: {len(given)} lines")
        else:
            pairs = zip(shown, given, strict=False)
            wrong += [
                f"{example.command} {difference}"
                for pair in pairs
                for difference in same_shape(*pair)
            ]

    assert len(examples()) > 30
    assert not wrong


def run(world: DemoWorld, command: str) -> Any:
    """`echo '…' | NAME=value flask …`, in this process."""
    piped, _, told = command.rpartition(" | ")
    given = shlex.split(piped)[1] + "\n" if piped else None
    words, environ = shlex.split(told), {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environ[name] = value
    assert words[0] == "flask"
    return world.app.test_cli_runner().invoke(args=words[1:], input=given, env=environ)


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "STOP"}',
        '{"text": "stop texting me", "more": [1, null]}',
        '{"text": 7}',
        "[]",
        "not json",
    ],
)
def test_ndjson_keeps_unknown_keys_and_names_bad_lines(
    world: DemoWorld, text: str
) -> None:
    outcome = world.app.test_cli_runner().invoke(args=["intent"], input=text + "\n")

    answer = json.loads(outcome.stdout)
    if "error" in answer:
        assert set(answer) == {"error", "line"}
        assert outcome.exit_code == 2
    else:
        assert json.loads(text).items() <= answer.items()
        assert outcome.exit_code == 0


def leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, f"{path} {name}")
    else:
        yield path, command


def test_every_command_is_documented(world: DemoWorld) -> None:
    ours = {
        path: command
        for name, inner in world.app.cli.commands.items()
        if name not in {"run", "shell", "routes"}
        for path, command in leaves(inner, f"flask {name}")
    }
    numbers = "flask registration number"

    missing = [
        path
        for path in ours
        if path not in COMMANDS
        and not (path.startswith(numbers) and f"{numbers} CLINIC" in COMMANDS)
    ]

    assert len(ours) > 25
    assert not missing


def test_every_setting_is_documented() -> None:
    missing = [
        name.upper()
        for name in Settings.model_fields
        if f"`{name.upper()}`" not in SETTINGS
    ]

    assert not missing


def test_the_procfile_names_the_four_processes() -> None:
    lines = (PROJECT / "Procfile").read_text().splitlines()

    processes = dict(line.split(": ", 1) for line in lines)

    assert processes == {
        "release": "flask db upgrade",
        "web": 'gunicorn --config gunicorn.conf.py "app:create_app()"',
        "worker": "flask worker",
        "clock": "flask clock",
    }


PRODUCTION = {
    "HEED_ENV": "production",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "PUBLIC_BASE_URL": "https://heed.example",
}


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"PORT": "eighty"},
            "PORT is 'eighty', which cannot be used. "
            "Set it to a whole number from 1 to 65535.",
        ),
        (
            {"HEED_ENV": "prod"},
            "HEED_ENV is 'prod', which cannot be used. "
            "Set it to development or production.",
        ),
        (
            {"DATABASE_URL": "mysql://heed@db/heed"},
            "DATABASE_URL starts with 'mysql', which cannot be used. "
            "Set it to sqlite:///FILE or postgresql://USER@HOST/NAME.",
        ),
        (
            {"LOG_LEVEL": "LOUD"},
            "LOG_LEVEL is 'LOUD', which cannot be used. "
            "Set it to DEBUG, INFO, WARNING or ERROR.",
        ),
        (
            {"TWILIO_API_BASE": "ftp://twilio"},
            "TWILIO_API_BASE is 'ftp://twilio', which cannot be used. "
            "Set it to http(s)://HOST:PORT, or unset for the real Twilio.",
        ),
        (
            {**PRODUCTION, "SECRET_KEY": "short"},
            "SECRET_KEY is missing or weak. Set it to at least "
            "32 random characters, the same in every process.",
        ),
        (
            {**PRODUCTION, "TWILIO_API_BASE": "http://127.0.0.1:5001"},
            "TWILIO_API_BASE is 'http://127.0.0.1:5001', which is for the "
            "simulator. Unset it in production.",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else ",".join(value),
)
def test_a_bad_setting_is_refused_with_one_sentence(
    tmp_path: Path, environ: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        load({"DATA_DIR": str(tmp_path), **environ})

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"PORT": "eighty"},
            "PORT is 'eighty', which cannot be used. "
            "Set it to a whole number from 1 to 65535.",
        ),
        (
            {"HEED_FAULT_POINTS": "o9:explode"},
            "'o9:explode' is no fault point. Write NAME:kill, NAME:raise "
            "or NAME:sleep=SECONDS.",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else ",".join(value),
)
def test_a_bad_setting_ends_the_start_with_one_sentence(
    tmp_path: Path, environ: dict[str, str], sentence: str
) -> None:
    started = subprocess.run(
        [sys.executable, "-m", "flask", "clinic", "list"],
        cwd=PROJECT,
        env={**os.environ, "DATA_DIR": str(tmp_path), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert started.returncode == 1
    assert started.stderr == sentence + "\n"


def test_a_demos_data_folder_turns_every_command_to_its_simulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo.env").write_text("TWILIO_API_BASE=http://127.0.0.1:5001\n")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    turned = load()
    monkeypatch.setenv("TWILIO_API_BASE", "http://127.0.0.1:6001")
    named = load()

    assert turned.twilio_api_base == "http://127.0.0.1:5001"
    assert named.twilio_api_base == "http://127.0.0.1:6001"
    with pytest.raises(BadSetting, match="which holds a demo"):
        load({**PRODUCTION, "DATA_DIR": str(tmp_path)})
