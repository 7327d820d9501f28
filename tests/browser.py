"""A real browser on the real app: pages are served on loopback, and whatever the browser
complains of is kept."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.pages import visitor

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
PHONE, DESKTOP = (390, 844), (1280, 900)


def start() -> Iterator[Any]:
    """Chromium, or a skip that says why."""
    found = [path for path in map(shutil.which, NAMES) if path]
    if not found:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=QUIET)
        yield browser
        browser.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app on a port of its own; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Window:
    """One browser window; `complaints` are errors of scripts and of the policy."""

    page: Any
    base: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Any:
        self.page.goto(self.base + path, wait_until="load")
        return self.page

    def whole(self) -> Any:
        """The page once all of it is there: a click waits for its first byte only, and
        what is counted before that is not."""
        self.page.wait_for_load_state("load")
        return self.page

    def read(self) -> str:
        return " ".join(self.whole().inner_text("body").split())


@contextmanager
def window(
    browser: Any,
    base: str,
    app: Flask | None = None,
    email: str | None = None,
    size: tuple[int, int] = DESKTOP,
    **more: Any,
) -> Iterator[Window]:
    """`email` is signed in by its cookie; a story signs in by the form instead."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="en-US",
        reduced_motion="reduce",  # a colour that is on its way is none to measure
        **more,
    )
    if app is not None and email is not None:
        cookie = visitor(app, email).client.get_cookie("heed")
        assert cookie is not None
        context.add_cookies([{"name": "heed", "value": cookie.value, "url": base}])
    opened = Window(context.new_page(), base)
    opened.page.set_default_timeout(15_000)
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("console", lambda said: _heard(opened, said))
    opened.page.on("dialog", lambda dialog: _spoken(opened, dialog))
    yield opened
    context.close()


def _heard(opened: Window, said: Any) -> None:
    if said.type == "error" and "Failed to load resource" not in said.text:
        opened.complaints.append(said.text)


def _spoken(opened: Window, dialog: Any) -> None:
    opened.complaints.append(f"a dialog said: {dialog.message}")
    dialog.dismiss()
