"""The command `doctor`: looks at everything, changes nothing."""

import click

from clinics.access import clinic_by_slug
from gateway.doctor import examine
from gateway.findings import Level
from gateway.going_live import before_the_first_text
from gateway.symptoms import look
from gateway.webhooks import Inbox
from kernel.web import heed, part, say

MARKS = {Level.ok: "ok", Level.warning: "warning", Level.problem: "PROBLEM"}


@click.command("doctor")
@click.option("--clinic", "slug", help="What this clinic's first live number needs.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def doctor(context: click.Context, slug: str | None, as_json: bool) -> None:
    """Is everything set up as it must be?  Exit status 1 when something is not."""
    inbox: Inbox = part("inbox")
    findings = examine(look(heed(), inbox.accounts))
    if slug is not None:
        with heed().database.reading() as reading:
            clinic = clinic_by_slug(reading, slug)
            settings, now = heed().settings, heed().now()
            findings += before_the_first_text(reading, clinic, settings, now)
    problems = [item for item in findings if item.level is Level.problem]
    fields = {
        "well": not problems,
        "checks": [
            {"name": item.name, "level": item.level.value, "sentence": item.sentence}
            for item in findings
        ],
    }
    lines = [f"{MARKS[item.level]:8} {item.name}: {item.sentence}" for item in findings]
    say(fields, as_json, "\n".join(lines))
    context.exit(1 if problems else 0)


COMMANDS = (doctor,)
