"""Where a clinic's registration stands: nine steps from intake to the first text, each
with its state, since when, who it waits for, and what comes next.

Reads rows and decides nothing; the steps' words stand in `data/desk_steps.csv`.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.business_days import between, day_of_zone
from kernel.carriers import Carrier
from registration.desk_models import Layer, SubmissionVersion
from registration.desk_rows import Rows, rows_of
from registration.desk_steps import (
    Progress,
    Raw,
    brand_step,
    carriers_step,
    checks_step,
    fee_step,
    intake_step,
    layer_steps,
    number_step,
    submitted_step,
)
from registration.layers import Standing
from registration.models import Campaign, SubmissionDraft
from registration.status import Cell, Status
from registration.submitting import Obstacle, obstacles

SHOWN = 50  # registrations of a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    key: str
    title: str
    progress: Progress
    words: str  # its state
    since: datetime | None
    waits_for: str  # whom
    meaning: str
    next_action: str
    guide: str  # the topic that explains it


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One draft and what became of it."""

    draft: SubmissionDraft
    campaign: Campaign | None
    version: SubmissionVersion | None
    steps: tuple[Step, ...]
    obstacles: tuple[Obstacle, ...]
    layers: Mapping[Layer, Standing]
    cells: Mapping[Carrier, Cell]

    @property
    def at(self) -> Step:
        """The first step that is not done; the last one when all are."""
        open_steps = (one for one in self.steps if one.progress is not Progress.done)
        return next(open_steps, self.steps[-1])

    @property
    def done(self) -> int:
        return sum(one.progress is Progress.done for one in self.steps)

    def age(self, now: datetime) -> int | None:
        """Business days that it has stood at its step."""
        if self.at.since is None:
            return None
        return between(day_of_zone(self.at.since), day_of_zone(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A registration on the board of all clinics."""

    slug: str
    clinic: str
    time_zone: str
    desk: Desk


@dataclass(frozen=True, slots=True)
class Board:
    """A page of registrations.  `older` is the draft before which the next begins."""

    found: list[Placed]
    older: int | None


def desk(session: Session, draft: SubmissionDraft, now: datetime) -> Desk:
    """With everything that stands in the way, judged now."""
    [rows] = rows_of(session, [draft])
    done = rows.version and not _rejected(rows)
    waiting = () if done else obstacles(session, draft)
    waits = any(one.about in ("checks", "rejection") for one in waiting)
    return _desk(rows, waiting, waits, now)


def desks(session: Session, now: datetime, before: int | None = None) -> Board:
    """A page of all clinics' registrations, the newest drafts: what waits for a person
    first, the oldest first.  Nothing is checked for it: the last check counts."""
    wanted = (
        select(SubmissionDraft, Clinic)
        .join(Clinic, col(Clinic.id) == col(SubmissionDraft.clinic_id))
        .order_by(col(SubmissionDraft.id).desc())
        .limit(SHOWN + 1)
    )
    if before is not None:
        wanted = wanted.where(col(SubmissionDraft.id) < before)
    pairs = session.exec(wanted).all()
    shown = pairs[:SHOWN]
    found = [
        Placed(
            slug=clinic.slug,
            clinic=clinic.display_name,
            time_zone=clinic.time_zone,
            desk=_desk(rows, (), _unchecked(rows), now),
        )
        for rows, (_, clinic) in zip(
            rows_of(session, [draft for draft, _ in shown]), shown, strict=True
        )
    ]
    older = shown[-1][0].id if len(pairs) > SHOWN else None
    return Board(in_order(found, now), older)


def all_desks(session: Session, now: datetime) -> list[Placed]:
    """Page by page, in one order."""
    board = desks(session, now)
    found = list(board.found)
    while board.older is not None:
        board = desks(session, now, board.older)
        found += board.found
    return in_order(found, now)


def in_order(found: Iterable[Placed], now: datetime) -> list[Placed]:
    order = (Progress.wrong, Progress.now, Progress.later, Progress.done)
    return sorted(
        found,
        key=lambda one: (
            order.index(one.desk.at.progress),
            -(one.desk.age(now) or 0),
            one.clinic,
        ),
    )


def _desk(
    rows: Rows, waiting: tuple[Obstacle, ...], waits: bool, now: datetime
) -> Desk:
    raw = [
        intake_step(rows),
        fee_step(rows),
        brand_step(rows.brand),
        checks_step(rows, waits),
        submitted_step(rows.version),
        *layer_steps(rows.layers, rows.version),
        carriers_step(rows.cells, now, rows.version),
        number_step(rows.numbers, rows.campaign),
    ]
    return Desk(
        draft=rows.draft,
        campaign=rows.campaign if rows.version else None,
        version=rows.version,
        steps=tuple(_step(one, _rejected(rows)) for one in raw),
        obstacles=waiting,
        layers=rows.layers,
        cells=rows.cells,
    )


def _rejected(rows: Rows) -> bool:
    return rows.campaign is not None and rows.campaign.status is Status.REJECTED


def _unchecked(rows: Rows) -> bool:
    """As far as the kept check tells; what was turned down waits for a mended text."""
    version = rows.version
    if version is None:
        return not rows.checked
    same = version.content_sha256 == rows.draft.content_sha256
    return _rejected(rows) and (same or not rows.checked)


def _step(raw: Raw, rejected: bool) -> Step:
    row = _words()[raw.key]
    progress = raw.progress
    if rejected and raw.key == "checks":
        progress = Progress.now
    return Step(
        key=raw.key,
        title=row["title"],
        progress=progress,
        words=raw.words,
        since=raw.since,
        waits_for=row["waits_for"] if progress is not Progress.done else "",
        meaning=row["meaning"],
        next_action=row["next_action"] if progress is not Progress.done else "",
        guide=row["guide"],
    )


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    text = files("registration").joinpath("data/desk_steps.csv").read_text("utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}
