"""The commands `flask reminders rehearse`, `calls` and `outcomes`.  They change nothing."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import click

from clinics.access import clinic_by_slug, key_of
from gateway.prices import in_words
from kernel.asked import read_day
from kernel.clock import clock_time, day_words, local_time, rfc3339
from kernel.errors import Invalid
from kernel.phone import shown
from kernel.web import heed, say
from reminders import outcome_forms
from reminders.call_list import Call, Why, call_list, days_ahead
from reminders.outcome_forms import csv_rows
from reminders.outcomes import outcomes, weeks_before
from reminders.prospects import Prospect
from reminders.rehearse import Rehearsal, as_json, carrier_of, rehearse
from reminders.rules import read_assumed


@click.command("rehearse")
@click.argument("clinic")
@click.option("--day", required=True, help="Such as 2026-12-01, by the clinic's clock.")
@click.option(
    "--assume",
    multiple=True,
    help="att=ACTIVE, window=09:00-18:00, offsets=3d,1d,2h or reminders=on. May repeat.",
)
@click.option("--json", "as_json_", is_flag=True)
def rehearse_command(
    clinic: str, day: str, assume: tuple[str, ...], as_json_: bool
) -> None:
    """Say who gets what when on a day, who is held and why.  Nothing is written."""
    wanted, assumed = _day(day), read_assumed(assume)
    with heed().database.reading() as session:
        clinic_id = key_of(clinic_by_slug(session, clinic))
        price = heed().settings.segment_price
        found = rehearse(session, clinic_id, wanted, heed().now(), assumed, price)
    say(as_json(found), as_json_, _told(found))


@click.command("calls")
@click.argument("clinic")
@click.option("--day", help="The first day; without it today.")
@click.option("--to", "until", help="The last day; without it the one of --day.")
@click.option("--why", type=click.Choice([one.value for one in Why]))
@click.option("--json", "as_json_", is_flag=True)
def calls_command(
    clinic: str, day: str | None, until: str | None, why: str | None, as_json_: bool
) -> None:
    """Say whom to call: no text tells these patients of their visit."""
    now = heed().now()
    with heed().database.reading() as session:
        place = clinic_by_slug(session, clinic)
        first, last = days_ahead(now, place.time_zone)
        if day:
            first = last = _day(day)
        if until:
            last = _day(until)
        only = Why(why) if why else None
        found = call_list(session, key_of(place), (first, last), now, only)
        zone = place.time_zone
    fields = {
        "clinic": clinic,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "counts": {one.value: found.counts.get(one, 0) for one in Why},
        "calls": [_call_fields(call) for call in found.calls],
    }
    lines = [
        f"{local_time(call.visit_at, zone)}  {call.name or 'A patient'}, "
        f"{shown(call.phone)}: {call.sentence}"
        + (f" Reminded by phone by {call.phoned.by}." if call.phoned else "")
        for call in found.calls
    ]
    say(fields, as_json_, "\n".join(lines) or "Nobody has to be called.")


@click.command("outcomes")
@click.argument("clinic")
@click.option(
    "--from", "first", help="A day of the first week; without it 8 weeks ago."
)
@click.option("--to", "last", help="A day of the last week; without it today.")
@click.option("--json", "as_json_", is_flag=True)
def outcomes_command(
    clinic: str, first: str | None, last: str | None, as_json_: bool
) -> None:
    """Count what came of the reminders, by week and carrier.  Nobody is named."""
    with heed().database.reading() as session:
        place = clinic_by_slug(session, clinic)
        begin, end = weeks_before(heed().now(), place.time_zone)
        begin, end = _day(first) if first else begin, _day(last) if last else end
        found = outcomes(session, key_of(place), begin, end)
    lines = [", ".join(row) for row in csv_rows(found)] if found.rows else []
    nothing = "Fewer than five people were reminded in each of these weeks."
    fields = outcome_forms.as_json(clinic, found)
    say(fields, as_json_, "\n".join(lines) or nothing)


def _call_fields(call: Call) -> dict[str, Any]:
    phoned = call.phoned
    return {
        "visit": call.visit_id,
        "visit_at": rfc3339(call.visit_at),
        "name": call.name,
        "phone": call.phone,
        "language": call.language.value,
        "why": call.why.value,
        "sentence": call.sentence,
        "phoned_by": phoned.by if phoned else None,
        "phoned_at": rfc3339(phoned.at) if phoned else None,
    }


def _day(text: str) -> date:
    found = read_day(text)
    if found is None:
        raise Invalid("Give a day, such as --day 2026-12-01.")
    return found


def _told(found: Rehearsal) -> str:
    lines = [f"{day_words(found.day)}, from {shown(found.number) or 'no number'}"]
    lines += [f"  assumed: {word}" for word in found.assumed.words()]
    lines += [f"  {note}" for note in found.notes]
    lines += [_line(text, found.time_zone) for text in found.texts]
    lines += [
        f"{total.label}: {total.leave} leave, {total.held} held, {total.none} none, "
        f"{total.segments} segments, {in_words(total.cost)}"
        for total in found.totals
    ]
    return "\n".join(lines)


def _line(text: Prospect, time_zone: str) -> str:
    at = clock_time(text.at.astimezone(ZoneInfo(time_zone))) if text.at else ""
    who = text.of.name or shown(text.of.booked.phone)
    said = [f"{at:>8}  {text.word:<8} {who}, {text.before}", carrier_of(text).value]
    return ", ".join(said) + "".join(f" {why}" for why in text.why)


COMMANDS = (rehearse_command, calls_command, outcomes_command)
