"""The bridge between Flask and the core: what an app carries, and the error pages."""

import functools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from kernel.clock import Clock
from kernel.db import Database
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from kernel.keys import Keys
from kernel.settings import Settings
from kernel.visible import visible

if TYPE_CHECKING:
    from kernel.twilio_client import RebasingHttpClient


@dataclass(slots=True)
class Heed:
    """All that a view, a command or a tick needs from outside."""

    settings: Settings
    database: Database
    keys: Keys
    clock: Clock
    _http: "RebasingHttpClient | None" = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        return self.clock.now()

    def twilio_http(self) -> "RebasingHttpClient":
        """The connections to Twilio, made when something is first sent."""
        from kernel.twilio_client import RebasingHttpClient

        with self._lock:
            if self._http is None:
                self._http = RebasingHttpClient(
                    self.settings.twilio_api_base,
                    connections=self.settings.heed_senders + 8,
                )
            return self._http


def heed() -> Heed:
    """The Heed of the running app."""
    return cast(Heed, current_app.extensions["heed"])


def path_of(endpoint: str) -> str:
    """The path of a page without parts to fill in, for a command to name."""
    return current_app.url_map.bind("").build(endpoint)


def say(fields: Mapping[str, Any], as_json: bool, sentence: str) -> None:
    """One result of a command: a line of JSON, or a sentence for people."""
    click.echo(json.dumps(fields) if as_json else visible(sentence, newlines=True))


def refusing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a command end with the sentence of a mistake and exit status 1."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (NotFound, NotAllowed, Invalid, Conflict) as mistake:
            click.echo(str(mistake), err=True)
            raise SystemExit(1) from None

    return wrapped


def add_commands(app: Flask, *commands: click.Command) -> None:
    """Every command of ours gets the same way to refuse."""
    for command in commands:
        _wrap(command)
        app.cli.add_command(command)


def _wrap(command: click.Command) -> None:
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _wrap(inner)
    elif command.callback and not hasattr(command, "heed_wrapped"):
        command.callback = with_appcontext(refusing(command.callback))
        command.heed_wrapped = True  # type: ignore[attr-defined]


def part(name: str) -> Any:
    """A moving part of the running app, by the name that `app.py` gave it."""
    return current_app.extensions[name]
