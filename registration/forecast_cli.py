"""The command `registration forecast`: when the carriers may say yes.  It changes
nothing and opens no address."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from kernel.asked import NO_DAY, read_day
from kernel.clock import day_words
from kernel.errors import Invalid
from kernel.web import say
from registration import forecast
from registration.bands import band
from registration.carrier_review import levels
from registration.checks.check import check
from registration.launch import Launch, plan
from registration.report import case_of, reviews_of
from registration.submission import LARGEST, Submission, read_submission


@click.command("forecast")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--submit", required=True, help="The day of handing in, as 2027-02-01.")
@click.option("--needed-by", help="The day of the first text; else the submission's.")
@click.option("--long-queue", is_flag=True, help="Reviewers are said to be behind.")
@click.option("--reviewed", is_flag=True, help="An aggregator examines it by hand.")
@click.option("--json", "as_json", is_flag=True)
def forecast_file(
    file: Path,
    submit: str,
    needed_by: str | None,
    long_queue: bool,
    reviewed: bool,
    as_json: bool,
) -> None:
    """When each carrier may have approved a submission, as a range of days."""
    day, submission = _day(submit), _read(file)
    case = replace(
        case_of(submission, check(submission), day, site_seen=False),
        long_queue=long_queue,
        reviewed=reviewed,
    )
    found = forecast.forecast(case)
    wanted = _day(needed_by) if needed_by else submission.needed_by
    launch = plan(case, _day(wanted.isoformat())) if wanted else None
    fields = {
        "mno_review": levels(reviews_of(submission)),
        "forecast": forecast.fields(found),
        "launch": _launch(launch) if launch else None,
    }
    say(fields, as_json, "\n".join(_lines(found, launch)))


def _read(file: Path) -> Submission:
    with file.open("rb") as opened:
        return read_submission(opened.read(LARGEST + 1))


def _day(text: str | None) -> date:
    day = read_day(text or "")
    if day is None:
        raise Invalid(NO_DAY)
    return day


def _launch(launch: Launch) -> dict[str, Any]:
    return {
        "needed_by": launch.needed_by.isoformat(),
        "advised": [day.isoformat() for day in launch.advised],
        "surely": launch.surely.isoformat() if launch.surely else None,
        "at_best": launch.at_best.isoformat() if launch.at_best else None,
        "late": list(launch.late),
        "warning": launch.warning,
        "sentence": launch.sentence,
    }


def _lines(found: forecast.Forecast, launch: Launch | None) -> Iterable[str]:
    yield f"Handed in on {day_words(found.day_zero)}. {found.path}"
    for step in (*found.layers, *found.carriers.values()):
        window = step.window
        sla = " No carrier promises a day." if step.no_sla else ""
        yield (
            f"{step.name}: {day_words(window.first)} to {day_words(window.last)} "
            f"({window.days}).{sla}"
        )
    for period in found.periods:
        yield f"Slower because of {period.name}: everything takes {band('busy')}."
    for one in found.clinic:
        yield (
            f"For the clinic: {one.band}, {day_words(one.first)} to "
            f"{day_words(one.last)} ({one.band.source})."
        )
    if found.baseline:
        yield found.baseline
    if launch:
        yield " ".join(filter(None, (launch.sentence, launch.warning)))


COMMANDS = (forecast_file,)
