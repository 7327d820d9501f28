"""The commands `consent opt-outs`, `consent deactivations` and `consent compare`."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from clinics.access import OPERATORS, acting_staff, clinic_by_slug, key_of
from consent.models import ListKind
from gateway.compare import Compared, compare
from gateway.lists import deactivated, opt_outs
from gateway.lists.reading import Listed, Problem, Unusable
from gateway.lists.standing import Verdict
from gateway.lists.taking import Brought, Did, Place
from gateway.twilio import Vendor
from gateway.webhooks import Inbox
from kernel.decode import MOST_BYTES
from kernel.errors import Invalid
from kernel.web import heed, part, say

REFUSED = 1  # exit status
DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

made_on_option = click.option(
    "--made-on", type=DAY, help="The day of the list, for rows without a date."
)
by_option = click.option("--by", required=True, help="Your staff e-mail.")
json_option = click.option("--json", "as_json", is_flag=True)


@click.command("opt-outs")
@click.argument("slug", metavar="CLINIC")
@click.argument("file", type=FILE)
@made_on_option
@by_option
@json_option
def opt_outs_command(
    slug: str, file: Path, made_on: datetime | None, by: str, as_json: bool
) -> None:
    """Take a vendor's report of who opted out: a STOP for each number of it."""
    with heed().database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        place = Place(key_of(clinic), ZoneInfo(clinic.time_zone))
        acting_staff(session, by, OPERATORS, place.clinic_id)
    brought = _brought(ListKind.opt_outs, file, made_on, by)
    taken = opt_outs.take(heed().database, place, brought, heed().now())
    if isinstance(taken, Unusable):
        return _unusable(taken, as_json)
    counts = {**_counts(taken.did), **_of_file(taken.listed)}
    fields = {
        "clinic": slug,
        "list": taken.list_id,
        "sha256": brought.sha256,
        "again": taken.again,
        **counts,
        "problems": list(_problems(taken.listed.problems)),
    }
    say(fields, as_json, _opt_outs_text(counts, taken.listed.problems))


@click.command("deactivations")
@click.argument("file", type=FILE)
@made_on_option
@by_option
@json_option
def deactivations_command(
    file: Path, made_on: datetime | None, by: str, as_json: bool
) -> None:
    """Take a list of numbers that were given up: consent until then is void, at every
    clinic."""
    with heed().database.reading() as session:
        acting_staff(session, by, OPERATORS, None)
    brought = _brought(ListKind.deactivations, file, made_on, by)
    taken = deactivated.take(heed().database, brought, heed().now())
    if isinstance(taken, Unusable):
        return _unusable(taken, as_json)
    void, asked = taken.count(Verdict.stop), taken.count(Verdict.ask)
    fields = {
        "sha256": brought.sha256,
        "clinics": {one.clinic: _counts(one.did) for one in taken.clinics},
        "void": void,
        "asked": asked,
        **_of_file(taken.listed),
        "problems": list(_problems(taken.listed.problems)),
    }
    text = (
        f"{len(taken.listed.rows)} numbers read. Consent is void for {void}; {asked} "
    )
    text += "are held until a person decides."
    say(fields, as_json, "\n".join([text, *_lines(taken.listed.problems)]))


@click.command("compare")
@click.argument("slug", metavar="CLINIC")
@json_option
def compare_command(slug: str, as_json: bool) -> None:
    """Ask the vendor now whether it knows of a STOP that we do not."""
    with heed().database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        place = Place(key_of(clinic), ZoneInfo(clinic.time_zone))
    inbox: Inbox = part("inbox")
    vendor, now = Vendor(inbox.accounts.client), heed().now()
    done = compare(heed().database, vendor, inbox.on_reply, place, now)
    say({"clinic": slug, **done.fields()}, as_json, _compared_text(done))
    if done.failed:
        raise SystemExit(REFUSED)


def _brought(kind: ListKind, file: Path, made_on: datetime | None, by: str) -> Brought:
    with file.open("rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    day = made_on.date() if made_on else None
    return Brought(kind=kind, content=content, name=file.name, made_on=day, by=by)


def _unusable(taken: Unusable, as_json: bool) -> None:
    if not as_json:
        raise Invalid(f"Nothing was changed. Line {taken.line}: {taken.why}")
    say({"unusable": taken.why, "line": taken.line}, as_json, "")
    raise SystemExit(REFUSED)


def _counts(did: Did) -> dict[str, int]:
    return {
        "already": did.counts[Verdict.already],
        "stopped": did.counts[Verdict.stop],
        "asked": did.counts[Verdict.ask],
    }


def _of_file(listed: Listed) -> dict[str, int]:
    return {
        "numbers": len(listed.rows),
        "unused": listed.unused,
        "refused": listed.refused,
    }


def _opt_outs_text(counts: dict[str, int], problems: list[Problem]) -> str:
    text = (
        "{numbers} numbers read: {already} were opted out already, {stopped} are opted "
        "out now, {asked} are held because consent may be newer. {unused} rows say "
        "something else, {refused} could not be read."
    ).format(**counts)
    return "\n".join([text, *_lines(problems)])


def _lines(problems: list[Problem]) -> list[str]:
    return [
        f"  Line {one.line}{f', {one.column}' if one.column else ''}: {one.why}"
        for one in problems
    ]


def _problems(problems: Iterable[Problem]) -> Iterable[dict[str, Any]]:
    for one in problems:
        yield {"line": one.line, "column": one.column, "why": one.why}


def _compared_text(done: Compared) -> str:
    if done.failed:
        return f"Twilio's list could not be had ({done.failed}). The rest was compared."
    found = f"{done.mismatches} differences" if done.mismatches else "no difference"
    return (
        f"Compared: {done.listed} incoming texts ({done.missing} were missing here), "
        f"{done.blocked} refused texts, {done.list_rows} numbers of the newest list of "
        f"opt-outs. Found {found}."
    )


UNDER_CONSENT = (opt_outs_command, deactivations_command, compare_command)
