"""Reads a fetched page; a large one in a process of its own that may use little time and memory,
because markup of strangers can keep a parser busy for minutes.  Judges nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from kernel.fetched import Fetched
from registration.checks.markup import parse
from registration.checks.page import Box, Form, Link, Page

SECONDS = 4
HARMLESS = 32 * 1024  # bytes; the worst markup of this size takes a tenth of a second
ROOT = Path(__file__).parents[1]
HTML = ("text/html", "application/xhtml+xml", "text/plain")


def is_page(fetched: Fetched) -> bool:
    return fetched.media_type in HTML


def read_page(fetched: Fetched) -> Page | None:
    """None when reading it took too long."""
    if len(fetched.body) <= HARMLESS:
        return parse(fetched.body, fetched.at, fetched.charset or "")
    asked = [sys.executable, "-m", "registration.checks.markup"]
    asked += [fetched.at, fetched.charset or ""]
    try:
        done = subprocess.run(
            asked,
            input=fetched.body,
            cwd=ROOT,
            env={
                "PYTHONIOENCODING": "utf-8"
            },  # no secret for who reads strangers' code
            capture_output=True,
            timeout=SECONDS,
        )
        return _page(json.loads(done.stdout)) if done.returncode == 0 else None
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return None


def _page(fields: dict[str, Any]) -> Page:
    def links(rows: list[dict[str, Any]]) -> tuple[Link, ...]:
        return tuple(Link(**row) for row in rows)

    forms = tuple(
        Form(
            words=row["words"],
            boxes=tuple(Box(**box) for box in row["boxes"]),
            links=links(row["links"]),
            asks_phone=row["asks_phone"],
            asks_password=row["asks_password"],
        )
        for row in fields.pop("forms")
    )
    return Page(links=links(fields.pop("links")), forms=forms, **fields)
