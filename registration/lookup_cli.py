"""The commands that look things up and change nothing: `registration usecase`, which
use case to register, and `registration code`, what a rejection code means."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from kernel.carriers import LABELS
from kernel.errors import Invalid
from kernel.web import path_of, say
from registration.carrier_review import levels
from registration.checks.finding import Code
from registration.codes import Answer, Meaning, Step, look_up, search
from registration.guide import as_document, topics
from registration.questionnaire import LARGEST, Question, read_answers
from registration.selector import BINDING, Choice, Declaration, choose
from registration.use_case_fit import Fit, fit
from registration.usecases import spelled

NO_ANSWER = 1  # exit status: the code is unknown, or the use case does not fit
SIMILAR = 10


@click.command("usecase")
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def usecase(answers: Path, as_json: bool) -> None:
    """Which use case to register, from what the clinic really texts."""
    with answers.open("rb") as file:
        given, declared = read_answers(file.read(LARGEST + 1))
    if not given.texts:
        raise Invalid("'texts' names nothing that is texted. Name at least one kind.")
    choice = choose(given)
    found = fit(declared, given) if declared is not None else None
    fields = {
        "declarations": [_declaration(one) for one in choice.declarations],
        "smaller": _declaration(choice.smaller) if choice.smaller else None,
        "left_out": _keys(choice.left_out),
        "notes": list(choice.notes),
        "binding": BINDING,
        "fit": _fit(found) if found is not None else None,
    }
    say(fields, as_json, "\n".join(_choice_lines(choice, found)))
    if not choice.declarations or choice.left_out or (found and not found.fits):
        raise SystemExit(NO_ANSWER)


@click.command("code")
@click.argument("code")
@click.option("--source", help="Who issued it, such as twilio, dca1, dca2.")
@click.option("--json", "as_json", is_flag=True)
def code(code: str, source: str | None, as_json: bool) -> None:
    """What a rejection code means and what to do about it."""
    answer = look_up(code, source)
    similar = () if answer.known else search(code)[:SIMILAR]
    fields = {
        "code": answer.code,
        "source": answer.source,
        "known": answer.known,
        "meanings": [_meaning(one) for one in answer.meanings],
        "elsewhere": [_meaning(one) for one in answer.elsewhere],
        "series": [
            {"series": one.series, "meaning": one.meaning, "source": one.source}
            for one in answer.series
        ],
        "steps": [_step(step) for _, steps in answer.steps for step in steps],
        "similar": [_meaning(one) for one in similar],
    }
    say(fields, as_json, "\n".join(_answer_lines(answer, similar)))
    if not answer.known:
        raise SystemExit(NO_ANSWER)


@click.command("guide")
def guide_command() -> None:
    """The guide to registration, as docs/guide.md has it."""
    click.echo(as_document(topics()), nl=False)


LOOKUPS = (guide_command, usecase, code)


def _declaration(one: Declaration) -> dict[str, Any]:
    fee = one.use_case.monthly_fee
    return {
        "use_case": one.use_case.code,
        "sub_use_cases": list(one.sub_use_cases),
        "name": one.use_case.name,
        "kind": "special" if one.use_case.special else "standard",
        "texts": _keys(one.texts),
        "path": one.path,
        "standard_path": one.standard_path,
        "mno_review": levels(one.reviews),
        "reasons": {
            carrier.value: list(review.reasons)
            for carrier, review in one.reviews.items()
        },
        "business_days": [one.days.least, one.days.most],
        "monthly_fee_usd": str(fee) if fee is not None else None,
        "consequence": one.consequence,
        "likely_codes": _codes(one.codes),
        "notes": list(one.notes),
    }


def _keys(texts: Iterable[Question]) -> list[str]:
    return [one.key for one in texts]


def _codes(codes: Iterable[Code]) -> list[dict[str, str]]:
    return [{"source": one.source, "code": one.code} for one in codes]


def _fit(found: Fit) -> dict[str, Any]:
    return {
        "use_case": found.declared.use_case,
        "sub_use_cases": list(found.declared.sub_use_cases),
        "fits": found.fits,
        "known": found.known,
        "covered": _keys(found.covered),
        "uncovered": _keys(found.uncovered),
        "idle": list(found.idle),
    }


def _choice_lines(choice: Choice, found: Fit | None) -> Iterable[str]:
    for one in choice.declarations:
        yield f"{one.name}: {'; '.join(text.inside for text in one.texts)}"
        yield f"  {one.path}"
        yield from (
            f"  {LABELS[carrier]}, {review.expected.value}: {reason}"
            for carrier, review in one.reviews.items()
            for reason in review.reasons
        )
        yield f"  {one.consequence}"
        yield from (f"  {note}" for note in one.notes)
    if choice.smaller is not None:
        yield f"Or {choice.smaller.name}, for less money. {choice.smaller.notes[-1]}"
    yield from (
        f"Cannot be registered without an EIN: {one.inside}" for one in choice.left_out
    )
    yield from choice.notes
    yield BINDING
    if found is not None:
        yield _fit_line(found)


def _fit_line(found: Fit) -> str:
    name = spelled(found.declared.use_case, found.declared.sub_use_cases)
    if found.fits:
        return f"{name} fits."
    if not found.known:
        return f"{name} does not fit: there is no such use case."
    beyond = "; ".join(one.inside for one in found.uncovered)
    return f"{name} does not fit. It does not cover: {beyond}"


def _meaning(one: Meaning) -> dict[str, str]:
    return {
        "source": one.source,
        "code": one.code,
        "series": one.series,
        "topic": one.topic,
        "reason": one.reason,
        "remediation": one.remediation,
        "resubmittable": one.resubmittable,
        "confidence": one.confidence,
    }


def _step(step: Step) -> dict[str, str]:
    return {"do": step.do, "page": path_of(step.screen)}


def _answer_lines(answer: Answer, similar: Iterable[Meaning]) -> Iterable[str]:
    if not answer.known:
        who = f" of '{answer.source}'" if answer.source else ""
        yield f"'{answer.code}'{who} is in no list here."
    for one in answer.meanings:
        yield f"{one.issuer}, {one.code}: {one.reason} {one.remediation}"
    for one in answer.elsewhere:
        yield f"Elsewhere: {one.issuer}, {one.code}: {one.reason}"
    for series in answer.series:
        hint = "" if answer.known else "Perhaps, by its number alone, "
        yield f"{hint}Series {series.series}: {series.meaning}"
    for one in similar:
        yield f"Has these words: {one.issuer}, {one.code}: {one.reason}"
    for _, steps in answer.steps:
        for number, step in enumerate(steps, 1):
            yield f"  {number}. {step.do} ({path_of(step.screen)})"
