"""What a check found: one rule of the table, applied to one place of a submission."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Layer(StrEnum):
    """Who would find it: TCR's automatic validation, an aggregator, a carrier."""

    validation = "validation"
    dca = "dca"
    mno = "mno"


class Severity(StrEnum):
    blocking = "blocking"
    warning = "warning"
    advice = "advice"


class Outcome(StrEnum):
    passed = "pass"
    warn = "warn"
    fail = "fail"


@dataclass(frozen=True, slots=True)
class Code:
    """A rejection code means something only with who issues it."""

    source: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of a table of `TABLES`; `message` and `fix` may hold `{names}`."""

    id: str
    layer: Layer
    area: str
    severity: Severity
    series: str | None
    codes: tuple[Code, ...]
    message: str
    fix: str
    source: str
    covers: tuple[str, ...]  # requirements, such as R74


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`span` is half open, in characters of the text at `field`; None: no one place.
    `field` is a path of the submission, such as `campaign.samples[1]`."""

    rule: Rule
    field: str
    span: tuple[int, int] | None
    values: Mapping[str, str]

    @property
    def message(self) -> str:
        return self.rule.message.format_map(self.values)

    @property
    def fix(self) -> str:
        return self.rule.fix.format_map(self.values)

    def fields(self) -> dict[str, object]:
        """The shape of a report's finding (contract section 6)."""
        return {
            "rule": self.rule.id,
            "layer": self.rule.layer.value,
            "area": self.rule.area,
            "severity": self.rule.severity.value,
            "series": self.rule.series,
            "likely_codes": [
                {"source": code.source, "code": code.code} for code in self.rule.codes
            ],
            "field": self.field,
            "span": list(self.span) if self.span else None,
            "message": self.message,
            "fix": self.fix,
            "source": self.rule.source,
        }


def found(
    rule: str,
    at: str,
    span: tuple[int, int] | None = None,
    /,
    **values: str,
) -> Finding:
    """Raises KeyError for a rule that has no row: a rule without words is no rule."""
    return Finding(rule=rules()[rule], field=at, span=span, values=values)


def again(fields: Mapping[str, Any]) -> Finding | None:
    """A finding that was kept, as it was told then; None where its rule is gone."""
    rule = rules().get(fields["rule"])
    if rule is None:
        return None
    told = replace(
        rule, message=_literally(fields["message"]), fix=_literally(fields["fix"])
    )
    span = tuple(fields["span"]) if fields["span"] else None
    return Finding(rule=told, field=fields["field"], span=span, values={})


def _literally(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def outcome(findings: Iterable[Finding]) -> Outcome:
    worst = {finding.rule.severity for finding in findings}
    if Severity.blocking in worst:
        return Outcome.fail
    return Outcome.warn if Severity.warning in worst else Outcome.passed


TABLES = ("check_rules", "site_rules")  # of the texts, and of what is on the web


@cache
def rules() -> Mapping[str, Rule]:
    folder = files("registration").joinpath("data")
    texts = [folder.joinpath(f"{name}.csv").read_text("utf-8") for name in TABLES]
    rows = (row for text in texts for row in csv.DictReader(text.splitlines()))
    return {row["rule"]: _rule(row) for row in rows}


def _rule(row: Mapping[str, str]) -> Rule:
    return Rule(
        id=row["rule"],
        layer=Layer(row["layer"]),
        area=row["area"],
        severity=Severity(row["severity"]),
        series=row["series"] or None,
        codes=tuple(
            Code(*pair.rsplit(":", 1)) for pair in row["codes"].split("|") if pair
        ),
        message=row["message"],
        fix=row["fix"],
        source=row["source"],
        covers=tuple(filter(None, row["covers"].split("|"))),
    )
