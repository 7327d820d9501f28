"""How ready a submission is, from 0 to 100, and what it would take to reach 100.

The weights are a table that is shown beside the score; the score promises nothing:
carriers decide (R26, R32).
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from registration.checks.finding import Finding, Layer, Severity

# What is left of an area's points; two warnings of an area cost what one does.
KEPT = {Severity.blocking: 0.0, Severity.warning: 0.6, Severity.advice: 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaScore:
    area: str
    points: int  # there are to have
    kept: float
    remark: str
    unseen: bool  # nothing of it was looked at, so nothing is given

    @property
    def lost(self) -> float:
        return self.points - self.kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    areas: tuple[AreaScore, ...]

    @property
    def total(self) -> int:
        """Rounded down: 100 is 100 only when nothing is lost."""
        return int(sum(area.kept for area in self.areas) + 1e-9)

    @property
    def to_do(self) -> tuple[AreaScore, ...]:
        """What costs points, the dearest first."""
        costly = (area for area in self.areas if area.lost > 0)
        return tuple(sorted(costly, key=lambda area: -area.lost))


def score(findings: Iterable[Finding], *, site_seen: bool) -> Score:
    """Without a look at the website its areas give nothing: unseen is not sound."""
    worst: dict[str, float] = {}
    for finding in findings:
        area = finding.rule.area
        worst[area] = min(worst.get(area, 1.0), KEPT[finding.rule.severity])
    return Score(
        areas=tuple(
            AreaScore(
                area=area,
                points=points,
                kept=0.0
                if (unseen := not site_seen and area in ON_THE_WEB)
                else points * worst.get(area, 1.0),
                remark=remark,
                unseen=unseen,
            )
            for area, (points, remark) in weights().items()
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One of the four areas that must pass before submission (R118)."""

    name: str
    blocking: int
    warnings: int
    unseen: bool

    @property
    def passes(self) -> bool:
        return not self.blocking and not self.unseen


SECTIONS = {
    "brand": "Brand alignment",
    "website": "Website and opt-in",
    "samples": "Samples and answers",
    "use_case": "Description and use case",
}


def sections(findings: Iterable[Finding], *, site_seen: bool) -> tuple[Section, ...]:
    counts = {name: [0, 0] for name in SECTIONS}
    for finding in findings:
        section = _rows()[finding.rule.area]["section"]
        severity = finding.rule.severity
        counts[section][0] += severity is Severity.blocking
        counts[section][1] += severity is Severity.warning
    return tuple(
        Section(
            name=words,
            blocking=counts[name][0],
            warnings=counts[name][1],
            unseen=name == "website" and not site_seen,
        )
        for name, words in SECTIONS.items()
    )


# What the usual time takes for granted (R87).
BASELINE = {
    "brand": "clean brand data",
    "website": "a website that complies",
    "opt_in": "specific proof of how patients opt in",
    "samples": "samples without flagged patterns",
}


def baseline_missed(findings: Iterable[Finding], *, site_seen: bool) -> tuple[str, ...]:
    """Which of `BASELINE` does not hold.  A doubt is enough, and a website that nobody
    has looked at is one."""
    open_points = (one for one in findings if one.rule.severity is not Severity.advice)
    missed = {_rows()[one.rule.area]["baseline"] for one in open_points}
    missed |= set() if site_seen else {"website"}
    return tuple(key for key in BASELINE if key in missed)


def dca_groups(findings: Iterable[Finding]) -> dict[str, tuple[Finding, ...]]:
    """What an aggregator examines, in its three groups: content, brand, use case
    (R75)."""
    groups: dict[str, tuple[Finding, ...]] = {
        "content": (),
        "brand": (),
        "use_case": (),
    }
    for finding in findings:
        if finding.rule.layer is Layer.dca:
            group = _rows()[finding.rule.area]["dca_group"]
            groups[group] = (*groups[group], finding)
    return groups


ON_THE_WEB = frozenset({"policy", "website", "terms"})


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a layer would say, as far as the checks can see."""

    layer: Layer
    word: str  # pass, questions or rejected
    sentence: str


def foretold(findings: Sequence[Finding], *, site_seen: bool) -> tuple[Foretold, ...]:
    return tuple(_foretold(layer, findings, site_seen) for layer in Layer)


NAMES = {
    Layer.validation: "The registry's automatic validation",
    Layer.dca: "The aggregators' review",
    Layer.mno: "The carriers' review",
}


def _foretold(layer: Layer, findings: Sequence[Finding], site_seen: bool) -> Foretold:
    own = [one.rule.severity for one in findings if one.rule.layer is layer]
    blocking, warnings = own.count(Severity.blocking), own.count(Severity.warning)
    name = NAMES[layer]
    if blocking:
        what = "1 finding" if blocking == 1 else f"{blocking} findings"
        return Foretold(layer, "rejected", f"{name} would turn it down: {what}.")
    if warnings:
        what = "1 doubt" if warnings == 1 else f"{warnings} doubts"
        return Foretold(layer, "questions", f"{name} may come back with {what}.")
    if layer is Layer.dca and not site_seen:
        return Foretold(
            layer, "questions", f"{name} opens the website; nobody has yet."
        )
    return Foretold(layer, "pass", f"{name} should find nothing.")


@cache
def weights() -> Mapping[str, tuple[int, str]]:
    """By area: points, and why; together 100."""
    return {
        area: (int(row["points"]), row["remark"])
        for area, row in _rows().items()
        if int(row["points"])
    }


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    text = files("registration").joinpath("data/score_weights.csv").read_text("utf-8")
    return {row["area"]: row for row in csv.DictReader(text.splitlines())}
