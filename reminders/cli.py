"""The commands `flask reminders …`: import a file, switch on and off, name columns."""

from pathlib import Path

import click
from sqlmodel import Session

from clinics.access import acting_staff, clinic_by_slug, key_of, note_action
from clinics.models import Role
from kernel.web import heed, say
from reminders import day_cli, work_cli
from reminders.answers_cli import answers
from reminders.feed_cli import field_map
from reminders.import_progress import bars
from reminders.intake.column_maps import forget_map, maps_of, save_map, saved_map
from reminders.intake.feeds import open_any, titles_of
from reminders.intake.imported import Imported, of_unusable
from reminders.intake.problem import UnusableFile
from reminders.intake.recognise import Recognised, recognised
from reminders.intake.store import Origin, import_feed, rehearse_feed
from reminders.mend_cli import mend
from reminders.policy import disable, enable
from reminders.policy_cli import policy
from reminders.review_cli import reviews
from reminders.update_cli import update
from reminders.wording_cli import wording

MAY_IMPORT = frozenset({Role.operator, Role.clinic_admin, Role.front_desk})
REFUSED = 1  # exit status
NOBODY = "command line"  # a nightly job has no staff e-mail


@click.group("reminders")
def reminders() -> None:
    """Appointments and their reminders."""


@reminders.command("import")
@click.argument("clinic")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="The same answer; nothing is written.")
@click.option("--map", "map_name", help="A saved map of this clinic's headings.")
@click.option("--by", help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def import_command(
    clinic: str,
    file: Path,
    dry_run: bool,
    map_name: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Import appointments: CSV, FHIR, HL7 v2 SIU or iCalendar, by what is in the file."""
    database, now = heed().database, heed().now()
    with database.reading() as session:
        found = clinic_by_slug(session, clinic)
        if by:
            acting_staff(session, by, MAY_IMPORT, key_of(found))
        maps = maps_of(session, key_of(found))
        saved = saved_map(session, key_of(found), map_name) if map_name else None
    known: Recognised | None = None
    with file.open("rb") as stream, bars() as bar:
        if saved is None and (known := recognised(titles_of(stream), maps)):
            saved = known.headings
        told = bar("Looking through the file")
        with database.reading() as session:
            opened = open_any(session, found, stream, now, saved, told)
        if isinstance(opened, UnusableFile):
            done = of_unusable(opened)
        elif dry_run:
            told = bar("Comparing")
            done = rehearse_feed(database, found, opened, now, told=told).imported()
        else:
            origin = Origin(by=by or NOBODY, file=file.name, sha256=opened.sha256)
            told = bar("Importing")
            tally = import_feed(database, found, opened, now, origin=origin, told=told)
            done = tally.imported()
    read_as = {"map": known.name} if known else {}
    say({**done.as_json(), **read_as}, as_json, _sentences(done, dry_run, known))
    if not done.complete:
        raise SystemExit(REFUSED)


@reminders.command("map")
@click.argument("clinic")
@click.argument("name")
@click.argument("pairs", nargs=-1, required=True, metavar="HEADING=COLUMN...")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def map_command(
    clinic: str, name: str, pairs: tuple[str, ...], by: str, as_json: bool
) -> None:
    """Save which of a clinic's own headings is which column of ours."""
    headings: dict[str, str] = {}
    for pair in pairs:
        heading, equals, column = pair.rpartition("=")
        if not equals or not heading.strip():
            raise click.UsageError(f"'{pair}' is not HEADING=COLUMN.")
        headings[heading.strip()] = column.strip()
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = key_of(clinic_by_slug(session, clinic))
        acting_staff(session, by, MAY_IMPORT, clinic_id)
        save_map(session, clinic_id, name, headings)
        note_action(session, clinic_id, by, "column map saved", name, now)
    fields = {"clinic": clinic, "map": name, "headings": headings}
    say(fields, as_json, f"Map '{name}' is saved. Use it with --map {name}.")


@reminders.command("maps")
@click.argument("clinic")
@click.option("--json", "as_json", is_flag=True)
def maps_command(clinic: str, as_json: bool) -> None:
    """What is remembered of a clinic's headings; lists with them are recognised."""
    with heed().database.reading() as session:
        maps = maps_of(session, key_of(clinic_by_slug(session, clinic)))
    lines = [
        f"{name}: " + ", ".join(f"{one}={ours}" for one, ours in headings.items())
        for name, headings in maps.items()
    ]
    nothing = f"Nothing is remembered of '{clinic}'."
    say({"clinic": clinic, "maps": maps}, as_json, "\n".join(lines) or nothing)


@reminders.command("forget-map")
@click.argument("clinic")
@click.argument("name")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def forget_map_command(clinic: str, name: str, by: str, as_json: bool) -> None:
    """Forget which of a clinic's headings is which column."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = key_of(clinic_by_slug(session, clinic))
        acting_staff(session, by, MAY_IMPORT, clinic_id)
        forget_map(session, clinic_id, name)
        note_action(session, clinic_id, by, "column map forgotten", name, now)
    say({"clinic": clinic, "forgotten": name}, as_json, f"'{name}' is forgotten.")


@reminders.command("enable")
@click.argument("clinic")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def enable_command(clinic: str, by: str, as_json: bool) -> None:
    """Turn a clinic's reminders on."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = key_of(clinic_by_slug(session, clinic))
        acting_staff(session, by, MAY_IMPORT, clinic_id)
        on = enable(session, clinic_id, by, now)
        fields = {"clinic": clinic, "enabled": True, "offsets": on.offsets}
    say(fields, as_json, f"Reminders of '{clinic}' are on.")


@reminders.command("disable")
@click.argument("clinic")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def disable_command(clinic: str, by: str, as_json: bool) -> None:
    """Turn a clinic's reminders off and take back what has not left."""
    now = heed().now()

    def work(session: Session) -> int:
        clinic_id = key_of(clinic_by_slug(session, clinic))
        acting_staff(session, by, MAY_IMPORT, clinic_id)
        return disable(session, clinic_id, by, now)

    taken = heed().database.retrying(work)
    fields = {"clinic": clinic, "enabled": False, "withdrawn": taken}
    say(fields, as_json, f"Reminders of '{clinic}' are off, {taken} were taken back.")


def _sentences(done: Imported, dry_run: bool, known: Recognised | None) -> str:
    lines = (
        [f"The columns are read as remembered under '{known.name}'."] if known else []
    )
    lines += [
        f"{done.unit.lower()} {problem.line}"
        + (f", {problem.column}" if problem.column else "")
        + f": {problem.message}"
        for problem in done.problems
    ]
    if done.more_problems:
        lines.append(f"And {done.more_problems:,} more. Mend these first.")
    counts = f"{done.counted}."
    if done.unusable:
        counts = "Nothing was imported."
    elif dry_run:
        counts += " Nothing was written."
    return "\n".join([*lines, counts])


for command in (
    answers,
    field_map,
    mend,
    policy,
    wording,
    update,
    reviews,
    *day_cli.COMMANDS,
):
    reminders.add_command(command)
COMMANDS = (reminders, *work_cli.COMMANDS)
