"""`make screenshots`: every page of every role of the demo, on a phone and on a desk.

All go to `var/screenshots`; those that the README shows go to `docs/screenshots` as well
(`python -m tests.site.screenshots readme` takes these alone).
"""

import re
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.serving import make_server

from reminders.tick import run_pass
from tests.browser import DESKTOP, PHONE, start, window
from tests.demo_world import PROJECT, DemoWorld, demo_world
from tests.site.crawl import come_back, crawl, opened_record, own_page
from tests.site.world import STAFF

OUT = PROJECT / "var" / "screenshots"
CHOSEN = PROJECT / "docs" / "screenshots"
IN_THE_README = {
    "front_desk-desk-maple-dental-1280",
    "front_desk-desk-maple-dental-390",
    "front_desk-desk-maple-dental-reminders-1280",
    "front_desk-desk-maple-dental-inbox-390",
    "operator-operator-campaigns-1280",
    "anyone-c-maple-dental-opt-in-390",
}


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    CHOSEN.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, demo_world(Path(folder)) as world:
        count = _take_all(world)
    print(f"{count} screenshots are in {OUT.relative_to(PROJECT)}.")
    return 0


def _take_all(world: DemoWorld) -> int:
    base = world.works.heed.settings.public_base_url
    port = urlsplit(base).port or 0
    server = make_server("127.0.0.1", port, world.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for _ in range(3):
        run_pass(world.works, "screenshots", world.works.heed.now())
    count = 0
    for browser in start():
        for role, email in {**STAFF, "anyone": None}.items():
            paths = [
                page.path
                for page in _pages(world, role)
                if page.status == 200 and page.html
            ]
            for size in (PHONE, DESKTOP):
                with window(browser, base, world.app, email, size) as shown:
                    for path in paths:
                        name = f"{role}{_named(path)}-{size[0]}"
                        if name in IN_THE_README or "readme" not in sys.argv:
                            shown.go(path)
                            _keep(shown, name)
                            count += 1
    server.shutdown()
    return count


def _pages(world: DemoWorld, role: str) -> list:
    email = STAFF.get(role)
    also = own_page(world.app)
    if email:
        also = (*opened_record(world.app, email), *come_back(world.app))
    found = crawl(world.app, email, most=1, also=also)
    return [
        page for page in found if role != "anyone" or (page.status == 200 and page.html)
    ]


def _named(path: str) -> str:
    path = re.sub(r"^/p/[^/?]+", "/p", path)  # a secret has no place in a file's name
    return re.sub(r"[^a-z0-9]+", "-", f"/{path.strip('/')}".lower()).rstrip("-")


def _keep(shown, name: str) -> None:
    shown.page.screenshot(path=OUT / f"{name}.png", full_page=True)
    if name in IN_THE_README:  # what one sees without scrolling
        shown.page.screenshot(path=CHOSEN / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
