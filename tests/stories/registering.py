"""Tidewater Dental's way to its first text: what both stories of a registration need."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from demo.websites import Place, pages
from tests.registration.checks.sound import FIELDS

SLUG, REF = "tidewater", "tide-care"
BY = ["--by", "operator@heed.example"]
WHERE = ["--campaign", REF]
SEEN = ["--evidence", "https://csp.example/c/1"]
PLACE = Place(
    "tidewater.example",
    "Tidewater Family Dental, PLLC",
    "12 Harbor Road, Astoria, OR 97103",
    "(503) 325-0199",
)
DAY = timedelta(days=1)


def write_website(folder: Path) -> Path:
    """What reviewers look for, at tidewater.example."""
    for path, page in pages(PLACE).items():
        file = folder / PLACE.host / path.strip("/") / "index.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, "utf-8")
    return folder


def submission_file(folder: Path, **campaign: Any) -> Path:
    fields = json.loads(json.dumps(FIELDS))
    fields["campaign"] |= campaign
    file = folder / "submission.json"
    file.write_text(json.dumps(fields), "utf-8")
    return file


class Typing:
    """`flask …` in this town; each answer is its JSON, with the exit status."""

    def __init__(self, town: Any, tmp_path: Path) -> None:
        self.town, self.folder = town, tmp_path
        self.site = write_website(tmp_path / "sites")

    def run(self, *args: str, status: int = 0) -> Any:
        runner = self.town.app.test_cli_runner()
        done = runner.invoke(args=[*args, "--json"])
        assert done.exit_code == status, (args, done.output, done.exception)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return json.loads(lines[-1]) if lines else {}

    def registration(self, name: str, *args: str, status: int = 0) -> Any:
        return self.run("registration", name, SLUG, *args, *BY, status=status)

    def submit(self, name: str = "submit", status: int = 0) -> Any:
        site = ["--site", str(self.site)]
        return self.registration(name, *WHERE, *site, status=status)

    def statuses(self) -> dict[str, str | None]:
        found = self.run("registration", "status", SLUG)["campaigns"][0]
        return {name: one["status"] for name, one in found["carriers"].items()}

    def tick(self, to: datetime) -> None:
        """What is due at the vendor happens; then one pass of ours."""
        self.town.at(to)
        self.town.vendor.idle()
        self.town.tick()

    def headline(self) -> str:
        return str(self.run("registration", "status", SLUG)["campaigns"][0]["status"])


def later(start: datetime, days: float) -> datetime:
    return start + timedelta(days=days)
