"""The commands that judge before anything is submitted: `registration check`,
`check-text` and `remedy`.  They change nothing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from kernel import ndjson
from kernel.business_days import day_zero
from kernel.errors import Invalid
from kernel.ndjson import Row, Unusable
from kernel.web import heed, say
from registration.checks.check import TEXTS, check, check_text, in_order
from registration.checks.finding import Finding, Outcome, outcome
from registration.codes import look_up
from registration.remedy import SERIES, Change, letter, of_code
from registration.remedy_texts import facts_from
from registration.report import report
from registration.submission import LARGEST, LONGEST, Submission, read_submission
from registration.website import look
from registration.website_cli import web_of

FAILED = 1  # exit status: something is blocking
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("check")
@click.argument("file", type=FILE)
@click.option("--offline", is_flag=True, help="Open no address: judge the texts alone.")
@click.option(
    "--site",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Answer addresses from DIR/<host>/<path>/index.html instead of the web.",
)
@click.option("--json", "as_json", is_flag=True)
def check_file(file: Path, offline: bool, site: Path | None, as_json: bool) -> None:
    """Judge a submission by every rule, before it costs a fee."""
    submission = _read(file)
    findings = check(submission)
    if not offline:
        looked = look(submission, web_of(site), heed().now())
        findings = in_order((*findings, *looked.findings))
    today = day_zero(heed().now())
    fields = report(submission, findings, today, site_seen=not offline)
    say(fields, as_json, "\n".join(_lines(findings, fields)))
    if outcome(findings) is Outcome.fail:
        raise SystemExit(FAILED)


@click.command("check-text")
@click.option(
    "--json", is_flag=True, expose_value=False, help="The only form there is."
)
@click.pass_context
def check_texts(context: click.Context) -> None:
    """Judge each {"kind", "text", "use_case"} for itself."""
    context.exit(ndjson.run(judge))


@click.command("remedy")
@click.argument("file", type=FILE)
@click.option("--code", required=True, help="A rejection code, or a series like 8000.")
@click.option("--source", help="Who issued it, such as twilio, dca1, dca2.")
@click.option("--json", "as_json", is_flag=True)
def remedy(file: Path, code: str, source: str | None, as_json: bool) -> None:
    """What to write instead, for a submission that was or would be turned down."""
    submission = _read(file)
    series = _series(code, source)
    findings, facts = check(submission), facts_from(submission)
    changes = of_code(submission, findings, series, facts)
    fields = {
        "code": code,
        "source": source,
        "series": series,
        "changes": [_change(change) for change in changes],
        "letter": letter(findings, facts),
    }
    say(fields, as_json, "\n".join(_change_lines(changes)) or "Nothing to rewrite.")


def judge(row: Row) -> Row | Unusable:
    kind, text = ndjson.string(row, "kind"), ndjson.string(row, "text")
    use_case = ndjson.string(row, "use_case")
    for given in (kind, text, use_case):
        if isinstance(given, Unusable):
            return given
    if kind not in TEXTS:
        return Unusable(f'"kind" must be one of {", ".join(TEXTS)}.')
    if not isinstance(text, str):
        return Unusable('"text" is missing.')
    if len(text) > LONGEST:
        return Unusable(f'"text" is longer than {LONGEST:,} characters.')
    found = check_text(str(kind), text, use_case if isinstance(use_case, str) else None)
    return {
        "outcome": outcome(found).value,
        "findings": [finding.fields() for finding in found],
    }


def _read(file: Path) -> Submission:
    with file.open("rb") as opened:
        return read_submission(opened.read(LARGEST + 1))


def _series(code: str, source: str | None) -> str:
    """Raises Invalid where no series is known: then only the issuer can say."""
    if code in SERIES:
        return code
    answer = look_up(code, source)
    found = [one.series for one in answer.meanings if one.series in SERIES]
    found += [one.series for one in answer.series if one.series in SERIES]
    if not found:
        raise Invalid(
            f"What '{code}' is about is not known. Ask the issuer for the text, or name "
            f"a series: {', '.join(SERIES)}."
        )
    return found[0]


def _lines(findings: Iterable[Finding], fields: dict[str, Any]) -> Iterable[str]:
    yield f"{fields['outcome'].upper()}  {fields['score']} of 100"
    for finding in findings:
        at = f"{finding.rule.severity.value}  {finding.field}  [{finding.rule.id}]"
        yield f"{at}\n  {finding.message}\n  {finding.fix}"
    for layer in fields["layers"]:
        yield layer["sentence"]


def _change(change: Change) -> dict[str, Any]:
    return {
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "rules": list(change.rules),
    }


def _change_lines(changes: Iterable[Change]) -> Iterable[str]:
    for change in changes:
        yield f"{change.field}\n  was: {change.before}\n  now: {change.after}"


CHECKS = (check_file, check_texts, remedy)
