"""The layers before the carriers: TCR's validation, then the aggregators (DCA).

Each has its own state, decided by `next_layer` alone; every word is kept.  A layer is
cleared only after the one before it, and no carrier turns Active before all are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from kernel.errors import Conflict, Invalid
from registration.desk_models import Layer, LayerEvent, LayerState, SubmissionVersion
from registration.status import BY_A_PERSON, Source, Status, weaker

NAMES = {
    Layer.tcr: "The Campaign Registry",
    Layer.dca: "The aggregator (DCA)",
    Layer.dca2: "The second aggregator",
}
ORDER = (Layer.tcr, Layer.dca, Layer.dca2)
# A second aggregator counts from the day somebody names it.
ALWAYS = (Layer.tcr, Layer.dca)

STEPS: Mapping[tuple[LayerState, LayerState], str] = {
    (LayerState.waiting, LayerState.review): "Picked for examination by hand.",
    (LayerState.waiting, LayerState.cleared): "Let through.",
    (LayerState.waiting, LayerState.rejected): "Turned down.",
    (LayerState.review, LayerState.cleared): "The examination ended well.",
    (LayerState.review, LayerState.rejected): "The examination ended badly.",
    (LayerState.cleared, LayerState.review): "Let through before, now examined again.",
    (LayerState.cleared, LayerState.rejected): "Let through before, now turned down.",
}
AS_STATUS = {
    LayerState.waiting: Status.PENDING,
    LayerState.review: Status.REVIEW,
    LayerState.rejected: Status.REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One layer of one submission.  `since` is None while nobody has said anything."""

    layer: Layer
    state: LayerState = LayerState.waiting
    since: datetime | None = None
    source: Source | None = None
    raw: str = ""
    evidence: str = ""
    element: str | None = None

    @property
    def named(self) -> bool:
        return self.since is not None


@dataclass(frozen=True, slots=True)
class Taken:
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The word is kept and changes nothing."""

    why: str


def next_layer(
    now_at: Mapping[Layer, Standing],
    layer: Layer,
    state: LayerState,
    source: Source,
    said: Mapping[Source, LayerState],
) -> Taken | Refused:
    """May `layer` go to `state`?  `said` is the last word of each source about it."""
    before = now_at[layer]
    if before.named and before.state is state:
        return Taken("Heard once more.")
    if not before.named and state is LayerState.waiting:
        return Taken("The first word heard.")
    why = STEPS.get((before.state, state))
    if why is None:
        return Refused(
            f"{NAMES[layer]} was {before.state.value}; that does not become "
            f"{state.value}. A resubmission begins anew."
        )
    if state is not LayerState.cleared:
        return Taken(why)
    for earlier in ORDER[: ORDER.index(layer)]:
        if _counts(now_at[earlier]) and now_at[earlier].state is not state:
            return Refused(f"{NAMES[earlier]} has not let it through yet.")
    for other, word in said.items():
        if word is not state and weaker(source, other):
            return Refused(
                f"{other.value} said {word.value}; {source.value} cannot overrule it."
            )
    return Taken(why)


def layers_of(session: Session, submission_id: int) -> dict[Layer, Standing]:
    """All three, in order."""
    return standings(_events(session, submission_id))


def standings(events: Iterable[LayerEvent]) -> dict[Layer, Standing]:
    """What the events of one submission come to, the oldest first."""
    found = {layer: Standing(layer=layer) for layer in ORDER}
    for event in events:
        if not event.applied:
            continue
        before = found[event.layer]
        since = before.since if before.state is event.state else None
        found[event.layer] = Standing(
            layer=event.layer,
            state=event.state,
            since=since or event.at,
            source=event.source,
            raw=event.raw,
            evidence=event.evidence,
            element=event.element,
        )
    return found


def hear(
    session: Session,
    submission: SubmissionVersion,
    layer: Layer,
    state: LayerState,
    *,
    source: Source,
    raw: str,
    evidence: str,
    now: datetime,
    element: str | None = None,
    by: str | None = None,
) -> LayerEvent | None:
    """Keeps what a source says; `applied` tells whether it counts.  None: it said the
    same before.  Raises Invalid for a person's word without evidence, and for an
    examination without what is examined (R55)."""
    if submission.handed_in_at is None:
        raise Conflict("It was not handed in yet, so nobody can have looked at it.")
    if source in BY_A_PERSON:
        if not (raw.strip() and evidence.strip() and by):
            raise Invalid(
                "A typed state needs evidence, a note and the person who types it."
            )
        if state is LayerState.review and not (element or "").strip():
            raise Invalid("Say which part of the submission is being examined.")
    submission_id = submission.id or 0
    events = _events(session, submission_id)
    said = {event.source: event.state for event in events if event.layer is layer}
    last = [
        event for event in events if event.layer is layer and event.source == source
    ]
    if last and last[-1].raw == raw and last[-1].applied and source not in BY_A_PERSON:
        return None
    result = next_layer(layers_of(session, submission_id), layer, state, source, said)
    by_hand = source in BY_A_PERSON
    if last and (last[-1].raw, last[-1].why) == (raw, result.why) and not by_hand:
        return None  # refused before, for the same reason: a poll fills no history
    event = LayerEvent(
        clinic_id=submission.clinic_id,
        submission_id=submission_id,
        layer=layer,
        state=state,
        applied=isinstance(result, Taken),
        why=result.why,
        element=(element or "").strip() or None,
        source=source,
        raw=raw,
        evidence=evidence,
        by=by,
        at=now,
    )
    session.add(event)
    session.flush()
    return event


def newest(session: Session, campaign_id: int) -> SubmissionVersion | None:
    """The submission that counts.  None: the campaign was registered elsewhere."""
    return session.exec(
        select(SubmissionVersion)
        .where(col(SubmissionVersion.campaign_id) == campaign_id)
        .order_by(col(SubmissionVersion.version).desc())
        .limit(1)
    ).first()


def required(layers: Mapping[Layer, Standing]) -> list[Standing]:
    return [one for one in layers.values() if _counts(one)]


def missing(session: Session, campaign_id: int) -> str | None:
    """Why no carrier's approval may count yet (R52, R64), or None."""
    submission = newest(session, campaign_id)
    if submission is None:
        return None
    if submission.handed_in_at is None:
        return "It was not handed in yet, so no carrier's yes counts."
    for standing in required(layers_of(session, submission.id or 0)):
        if standing.state is not LayerState.cleared:
            state = "turned it down" if _no(standing) else "not let it through yet"
            return f"{NAMES[standing.layer]} has {state}, so no carrier's yes counts."
    return None


def words_of(session: Session, campaign_id: int) -> list[Status]:
    """What the layers add to the campaign's headline; nothing once all are cleared."""
    submission = newest(session, campaign_id)
    if submission is None:
        return []
    layers = layers_of(session, submission.id or 0)
    return [AS_STATUS[one.state] for one in required(layers) if one.state in AS_STATUS]


def _counts(standing: Standing) -> bool:
    return standing.layer in ALWAYS or standing.named


def _no(standing: Standing) -> bool:
    return standing.state is LayerState.rejected


def _events(session: Session, submission_id: int) -> list[LayerEvent]:
    return list(
        session.exec(
            select(LayerEvent)
            .where(col(LayerEvent.submission_id) == submission_id)
            .order_by(col(LayerEvent.id))
        )
    )
