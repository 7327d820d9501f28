"""How far each step of a registration is, read from the rows; words come later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.carriers import GATED, LABELS, Carrier
from registration.brand_words import PROVEN
from registration.desk_models import Layer, LayerState, SubmissionVersion
from registration.desk_rows import Rows
from registration.intake import State
from registration.layers import Standing
from registration.models import Brand, Campaign, SenderNumber
from registration.status import Cell, Status, is_active


class Progress(StrEnum):
    done = "done"
    now = "now"  # somebody works on it, or must
    wrong = "wrong"  # turned down or suspended
    later = "later"


@dataclass(frozen=True, slots=True)
class Raw:
    key: str
    progress: Progress
    words: str
    since: datetime | None = None


def intake_step(rows: Rows) -> Raw:
    lines = rows.lines
    sure = sum(line.state is State.confirmed for line in lines)
    if rows.version is not None or (sure == len(lines) and not rows.asked):
        at = max((line.at for line in lines if line.at), default=None)
        return Raw("intake", Progress.done, "complete", at)
    words = f"{sure} of {len(lines)} confirmed"
    if rows.asked:
        words += f", {rows.asked} asked"
    return Raw("intake", Progress.now, words, rows.draft.created_at)


def fee_step(rows: Rows) -> Raw:
    if rows.paid is None:
        return Raw("fee", Progress.now, "not paid", rows.draft.created_at)
    return Raw("fee", Progress.done, "paid", rows.paid.recorded_at)


def brand_step(brand: Brand | None) -> Raw:
    if brand is None:
        return Raw("brand", Progress.later, "not registered")
    since = brand.identity_since or brand.created_at
    if brand.identity is None:
        return Raw("brand", Progress.now, "nothing heard", since)
    good = brand.identity in PROVEN
    return Raw(
        "brand",
        Progress.done if good else Progress.wrong,
        brand.identity.value,
        since,
    )


def checks_step(rows: Rows, waits: bool) -> Raw:
    """`waits`: something must be mended or checked first."""
    if waits:
        words = "to be mended" if rows.version else "not passed yet"
        return Raw("checks", Progress.now, words, rows.draft.updated_at)
    at = rows.run.at if rows.run else None
    return Raw("checks", Progress.done, "passed", at)


def submitted_step(version: SubmissionVersion | None) -> Raw:
    if version is None:
        return Raw("submitted", Progress.later, "not yet")
    if version.handed_in_at is None:
        words = "trouble" if version.trouble else "on its way"
        return Raw("submitted", Progress.now, words, version.prepared_at)
    words = f"version {version.version}"
    return Raw("submitted", Progress.done, words, version.handed_in_at)


def layer_steps(
    layers: Mapping[Layer, Standing], version: SubmissionVersion | None
) -> list[Raw]:
    raw = []
    for layer in (Layer.tcr, Layer.dca, Layer.dca2):
        standing = layers.get(layer)
        if layer is Layer.dca2 and not (standing and standing.named):
            continue
        raw.append(_layer(layer, standing, version))
    return raw


_OF_LAYER = {
    LayerState.waiting: (Progress.now, "PENDING"),
    LayerState.review: (Progress.now, "REVIEW"),
    LayerState.cleared: (Progress.done, "let through"),
    LayerState.rejected: (Progress.wrong, "REJECTED"),
}


def _layer(
    layer: Layer, standing: Standing | None, version: SubmissionVersion | None
) -> Raw:
    if standing is None or version is None or version.handed_in_at is None:
        return Raw(layer.value, Progress.later, "not yet")
    progress, words = _OF_LAYER[standing.state]
    return Raw(layer.value, progress, words, standing.since or version.handed_in_at)


def carriers_step(
    said: Mapping[Carrier, Cell], now: datetime, version: SubmissionVersion | None
) -> Raw:
    if version is None:
        return Raw("carriers", Progress.later, "not yet")
    active = [carrier for carrier in sorted(GATED) if is_active(said.get(carrier), now)]
    since = max((cell.since for cell in said.values()), default=version.handed_in_at)
    if len(active) == len(GATED):
        return Raw("carriers", Progress.done, "ACTIVE on all three", since)
    bad = [
        one
        for one in said.values()
        if one.status in (Status.REJECTED, Status.SUSPENDED)
    ]
    names = " and ".join(LABELS[carrier] for carrier in active)
    words = f"ACTIVE: {names}" if names else "none ACTIVE"
    if bad:
        return Raw("carriers", Progress.wrong, f"{bad[0].status.value}; {words}", since)
    heard = bool(said)
    return Raw("carriers", Progress.now if heard else Progress.later, words, since)


def number_step(numbers: Sequence[SenderNumber], campaign: Campaign | None) -> Raw:
    asked = campaign is not None and campaign.service_sid is not None
    connected = [one for one in numbers if one.connected_at is not None]
    waiting = [one for one in connected if asked and not one.registered]
    if connected and len(waiting) == len(connected):
        at = min(one.connected_at for one in connected if one.connected_at)
        return Raw("number", Progress.now, "registration pending", at)
    if connected:
        at = min(one.connected_at for one in connected if one.connected_at)
        return Raw("number", Progress.done, "connected", at)
    if numbers:
        return Raw("number", Progress.now, "not connected", None)
    return Raw("number", Progress.later, "none yet")
