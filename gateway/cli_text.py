"""The command `intent`: what would we read in these texts?  NDJSON in and out."""

import click

from gateway.intent import Context, read
from kernel import ndjson
from kernel.ndjson import Row, Unusable

STANDINGS = ("opted_in", "opted_out", "pending", "none")
PROMPTS = ("visit", "opt_in", None)


@click.command("intent")
@click.option(
    "--json", is_flag=True, expose_value=False, help="The only form there is."
)
@click.pass_context
def intent(context: click.Context) -> None:
    """Tell the intent of each {"text", "context"} and the rule that read it."""
    context.exit(ndjson.run(which_intent))


def which_intent(row: Row) -> Row | Unusable:
    text, context = ndjson.string(row, "text"), _context(row.get("context"))
    if isinstance(text, Unusable):
        return text
    if text is None:
        return Unusable('"text" is missing.')
    if isinstance(context, Unusable):
        return context
    reading = read(text, context)
    return {
        "intent": reading.intent.value,
        "why": {"rule": reading.rule, "span": list(reading.span)},
        "urgent": reading.urgent,
    }


def _context(given: object) -> Context | Unusable:
    """None, or any part missing, means a stranger whom we asked nothing."""
    if given is None:
        given = {}
    if not isinstance(given, dict):
        return Unusable('"context" must be an object.')
    standing, prompt = given.get("standing"), given.get("open_prompt")
    if standing is None:
        standing = "none"
    if standing not in STANDINGS:
        return Unusable(f'"standing" must be one of {", ".join(STANDINGS)}.')
    if prompt not in PROMPTS:
        return Unusable('"open_prompt" must be visit, opt_in or null.')
    return Context(standing=standing, open_prompt=prompt)
