"""`flask consent show` and `at`: what stands of a number, now and at any moment.
`receipt`: is a patient's receipt what we signed?"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from clinics.access import clinic_by_slug, key_of
from consent.at_time import at_time
from consent.history import Entry, history
from consent.models import Topic
from consent.signed_receipt import NotHeld, read_receipt
from consent.standing import LineState, line_state
from kernel import phone as phones
from kernel.clock import parse_time, rfc3339
from kernel.errors import Invalid
from kernel.phone import shown
from kernel.web import heed, say


@click.command("show")
@click.argument("slug", metavar="CLINIC")
@click.argument("phone")
@click.option("--json", "as_json", is_flag=True)
def show(slug: str, phone: str, as_json: bool) -> None:
    """May this number be texted, and all that the ledger says of it."""
    number = any_number(phone)
    with heed().database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        clinic_id, zone = key_of(clinic), ZoneInfo(clinic.time_zone)
        states = {
            topic: line_state(session, clinic_id, number, topic) for topic in Topic
        }
        entries = history(session, clinic_id, number)
    line = states[Topic.care]
    fields = {
        "clinic": slug,
        "phone": number,
        "held_since": rfc3339(line.held_since) if line.held_since else None,
        "held_why": line.held_why,
        "topics": {topic.value: state.fields() for topic, state in states.items()},
        "events": [entry.fields() for entry in entries],
    }
    say(fields, as_json, "\n".join(_lines(number, states, entries, zone)))


@click.command("at")
@click.argument("slug", metavar="CLINIC")
@click.argument("phone")
@click.argument("time")
@click.option("--json", "as_json", is_flag=True)
def at(slug: str, phone: str, time: str, as_json: bool) -> None:
    """Could this number be texted at TIME, such as 2026-11-30T09:00:00-08:00, and by
    which record."""
    number = any_number(phone)
    try:
        moment = parse_time(time)
    except ValueError as mistake:
        raise Invalid(str(mistake)) from None
    with heed().database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        zone = ZoneInfo(clinic.time_zone)
        then = at_time(session, key_of(clinic), number, moment, clinic.time_zone)
    fields = {
        "clinic": slug,
        "phone": number,
        "at": rfc3339(then.at),
        "topics": then.fields(),
        "events": [entry.fields() for entry in then.until],
        "later": then.later,
    }
    lines = [
        shown(number),
        *(f"  {answer.sentence}" for answer in then.answers),
        *(_line(entry, zone) for entry in then.until),
    ]
    if then.later:
        lines.append(f"  Recorded since, not counted: {then.later}.")
    say(fields, as_json, "\n".join(lines))


@click.command("receipt")
@click.argument(
    "file", metavar="RECEIPT.json", type=click.Path(exists=True, path_type=Path)
)
@click.option("--key", help="The public key to trust; default: this installation's.")
@click.option("--json", "as_json", is_flag=True)
def receipt(file: Path, key: str | None, as_json: bool) -> None:
    """Is this what a patient saved from their own page, unchanged?"""
    own = [signing.public_base64 for signing in heed().keys.signing]
    found = read_receipt(file.read_bytes(), [key] if key else own)
    if isinstance(found, NotHeld):
        say({"holds": False, "why": found.why}, as_json, found.why)
        raise SystemExit(1)
    sentence = (
        f"Everything holds: {found['clinic']} signed on {found['made_at']} what the "
        f"phone that ends in {found['phone_ends_in']} had agreed to."
    )
    say({"holds": True, "receipt": found}, as_json, sentence)


def any_number(text: str) -> str:
    """E.164 where it can be read, else as typed: odd senders have records too."""
    found = phones.read(text)
    return found.e164 if isinstance(found, phones.Phone) else text


def _lines(
    number: str, states: dict[Topic, LineState], entries: list[Entry], zone: ZoneInfo
) -> list[str]:
    held = states[Topic.care]
    lines = [shown(number)]
    if held.held_since:
        lines.append(f"  HELD since {_local(held.held_since, zone)}: {held.held_why}")
    for topic, state in states.items():
        grade = f" ({state.grade.value})" if state.grade else ""
        lines.append(f"  {topic.value}: {state.word.value.replace('_', ' ')}{grade}")
    for entry in entries:
        lines.append(_line(entry, zone))
    return lines if entries else [*lines, "  The ledger has nothing of this number."]


def _line(entry: Entry, zone: ZoneInfo) -> str:
    return f"  #{entry.seq} {_local(entry.at, zone)} {entry.sentence}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
