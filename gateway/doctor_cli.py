"""The command `doctor`: looks at everything, changes nothing."""

import click

from gateway.doctor import examine
from gateway.findings import Level
from gateway.symptoms import look
from gateway.webhooks import Inbox
from kernel.web import heed, part, say

MARKS = {Level.ok: "ok", Level.warning: "warning", Level.problem: "PROBLEM"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Is everything set up as it must be?  Exit status 1 when something is not."""
    inbox: Inbox = part("inbox")
    findings = examine(look(heed(), inbox.accounts))
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
