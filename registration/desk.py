"""Where a clinic's registration stands: nine steps from intake to the first text, each
with its state, since when, who it waits for, and what comes next.

Reads rows and decides nothing; the steps' words stand in `data/desk_steps.csv`.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.business_days import between, day_of_zone
from kernel.carriers import Carrier
from registration.desk_models import Layer, SubmissionVersion
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
from registration.layers import Standing, layers_of, newest
from registration.models import Campaign, SubmissionDraft
from registration.status import Cell, Status
from registration.submitting import Obstacle, campaign_for, obstacles
from registration.workflow import cells


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


def desk(session: Session, draft: SubmissionDraft, now: datetime) -> Desk:
    campaign = campaign_for(session, draft)
    version = newest(session, campaign.id or 0) if campaign else None
    layers = layers_of(session, version.id or 0) if version else {}
    said = cells(session, campaign.id or 0) if campaign and version else {}
    rejected = campaign is not None and campaign.status is Status.REJECTED
    waiting = () if version and not rejected else obstacles(session, draft)
    raw = [
        intake_step(session, draft, version),
        fee_step(session, draft),
        brand_step(session, draft),
        checks_step(session, draft, version, waiting),
        submitted_step(draft, version),
        *layer_steps(layers, version),
        carriers_step(said, now, version),
        number_step(session, campaign),
    ]
    return Desk(
        draft=draft,
        campaign=campaign if version else None,
        version=version,
        steps=tuple(_step(one, rejected) for one in raw),
        obstacles=waiting,
        layers=layers,
        cells=said,
    )


def desks(session: Session, now: datetime) -> list[Placed]:
    """Every registration: what waits for a person first, the oldest first."""
    rows = session.exec(
        select(SubmissionDraft, Clinic)
        .join(Clinic, col(Clinic.id) == col(SubmissionDraft.clinic_id))
        .order_by(col(SubmissionDraft.id))
    ).all()
    found = [
        Placed(
            slug=clinic.slug,
            clinic=clinic.display_name,
            time_zone=clinic.time_zone,
            desk=desk(session, draft, now),
        )
        for draft, clinic in rows
    ]
    order = (Progress.wrong, Progress.now, Progress.later, Progress.done)
    return sorted(
        found,
        key=lambda one: (
            order.index(one.desk.at.progress),
            -(one.desk.age(now) or 0),
            one.clinic,
        ),
    )


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
