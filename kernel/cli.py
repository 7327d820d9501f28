"""The commands `carrier` and `segments`: a table of questions in, answers added.

Both read NDJSON from standard input and write it to standard output.
"""

import click

from kernel import carriers, ndjson, segments
from kernel.ndjson import Row, Unusable


@click.command("carrier")
@click.option(
    "--json", is_flag=True, expose_value=False, help="The only form there is."
)
@click.pass_context
def carrier(context: click.Context) -> None:
    """Tell the carrier of each {"name", "mcc", "mnc"}; any part may be missing."""
    context.exit(ndjson.run(which_carrier))


@click.command("segments")
@click.option(
    "--json", is_flag=True, expose_value=False, help="The only form there is."
)
@click.pass_context
def segments_of(context: click.Context) -> None:
    """Tell encoding, segments and units of each {"text"}."""
    context.exit(ndjson.run(how_many_segments))


def which_carrier(row: Row) -> Row | Unusable:
    parts: dict[str, str | None] = {}
    for key in ("name", "mcc", "mnc"):
        part = ndjson.string(row, key, numbers=key != "name")
        if isinstance(part, Unusable):
            return part
        parts[key] = part
    found = carriers.resolve(name=parts["name"], mcc=parts["mcc"], mnc=parts["mnc"])
    return {"carrier": found.value}


def how_many_segments(row: Row) -> Row | Unusable:
    text = ndjson.string(row, "text")
    if isinstance(text, Unusable):
        return text
    if text is None:
        return Unusable('"text" is missing.')
    counted = segments.measure(text)
    return {
        "encoding": counted.encoding,
        "segments": counted.segments,
        "units": counted.units,
    }


COMMANDS = (carrier, segments_of)
