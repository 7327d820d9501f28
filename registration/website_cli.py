"""The command `registration website`: one website, looked at now and not kept."""

from pathlib import Path
from typing import Any

import click

from kernel.fetched import Web
from kernel.mirror import Mirror, web_for
from kernel.web import heed, say
from registration.checks.finding import Outcome, outcome
from registration.website import SiteReport, look_at_address

BLOCKED = 1  # exit status


def web_of(folder: Path | None) -> Web:
    """The real one, or what stands in a folder as `DIR/<host>/<path>/index.html`."""
    return Mirror(folder) if folder is not None else web_for(heed().settings)


@click.command("website")
@click.argument("url")
@click.option(
    "--site",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Answer from DIR/<host>/<path>/index.html instead of the web.",
)
@click.option("--json", "as_json", is_flag=True)
def website(url: str, site: Path | None, as_json: bool) -> None:
    """Look at a clinic's website as a reviewer of a campaign does."""
    report = look_at_address(url, web_of(site), heed().now())
    say(report_fields(report), as_json, _text(report))
    if outcome(report.findings) is Outcome.fail:
        raise SystemExit(BLOCKED)


def report_fields(report: SiteReport) -> dict[str, Any]:
    return {
        "outcome": outcome(report.findings).value,
        "findings": [one.fields() for one in report.findings],
        "pages": [
            {
                "url": page.url,
                "at": page.at,
                "status": page.status,
                "why": page.why,
                "sha256": page.body_sha256,
                "words_sha256": page.words_sha256,
            }
            for page in report.pages
        ],
    }


def _text(report: SiteReport) -> str:
    lines = [f"{len(report.pages)} page(s) opened."]
    for one in report.findings:
        lines.append(f"{one.rule.severity.value}: {one.message}\n  {one.fix}")
    return "\n".join(lines if report.findings else [*lines, "Nothing to mend."])
