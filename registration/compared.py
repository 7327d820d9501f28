"""Two submissions beside each other: what they say differently, and how each layer and
each carrier took them (R65).  Also how many submissions an approval took (R147).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.carriers import GATED, LABELS
from kernel.errors import NotFound
from registration.desk_models import Layer, Rejection, SubmissionVersion
from registration.layers import NAMES, layers_of
from registration.models import Campaign
from registration.status import Status
from registration.workflow import cells

LONGEST_CHOICE = 100


@dataclass(frozen=True, slots=True)
class Handed:
    """One submission that can be compared."""

    id: int
    words: str  # clinic, campaign, version


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of both; `same` is worth a quiet line only."""

    label: str
    one: str
    other: str

    @property
    def same(self) -> bool:
        return self.one == self.other


def handed(session: Session) -> list[Handed]:
    """The newest first."""
    rows = session.exec(
        select(SubmissionVersion, Campaign.ref, Clinic.display_name)
        .join(Campaign, col(Campaign.id) == col(SubmissionVersion.campaign_id))
        .join(Clinic, col(Clinic.id) == col(SubmissionVersion.clinic_id))
        .order_by(col(SubmissionVersion.id).desc())
        .limit(LONGEST_CHOICE)
    ).all()
    return [
        Handed(version.id or 0, f"{clinic}, {ref}, version {version.version}")
        for version, ref, clinic in rows
    ]


def outcomes(session: Session, one_id: int, other_id: int) -> list[Row]:
    """Layer by layer, carrier by carrier.  Raises NotFound."""
    one, other = _outcome(session, one_id), _outcome(session, other_id)
    return [Row(label, one[label], other[label]) for label in one]


def differences(session: Session, one_id: int, other_id: int) -> list[Row]:
    """Every field of the two submissions, the different ones first."""
    one = dict(_flat(_version(session, one_id).content))
    other = dict(_flat(_version(session, other_id).content))
    names = list(dict.fromkeys((*one, *other)))
    rows = [Row(name, one.get(name, ""), other.get(name, "")) for name in names]
    return sorted(rows, key=lambda row: row.same)


def submissions_per_approval(session: Session) -> float | None:
    """Versions of approved campaigns over approved campaigns; None before the first."""
    rows = session.exec(
        select(SubmissionVersion.campaign_id)
        .join(Campaign, col(Campaign.id) == col(SubmissionVersion.campaign_id))
        .where(col(Campaign.status) == Status.ACTIVE)
    ).all()
    return len(rows) / len(set(rows)) if rows else None


def _outcome(session: Session, version_id: int) -> dict[str, str]:
    version = _version(session, version_id)
    layers = layers_of(session, version_id)
    found = {
        NAMES[layer]: _state(layers[layer].state.value, layers[layer].named)
        for layer in Layer
    }
    newest = session.exec(
        select(SubmissionVersion.id)
        .where(col(SubmissionVersion.campaign_id) == version.campaign_id)
        .order_by(col(SubmissionVersion.version).desc())
        .limit(1)
    ).first()
    said = cells(session, version.campaign_id) if newest == version_id else {}
    turned_down = session.exec(
        select(Rejection).where(col(Rejection.submission_id) == version_id)
    ).all()
    for carrier in sorted(GATED):
        cell = said.get(carrier)
        own = [one for one in turned_down if one.carrier is carrier]
        word = "REJECTED" if own else "nothing heard"
        found[LABELS[carrier]] = cell.status.value if cell and not own else word
    codes = ", ".join(f"{one.issuer} {one.code}".strip() for one in turned_down)
    found["Codes"] = codes or "none"
    return found


def _state(word: str, named: bool) -> str:
    return word if named else "nothing heard"


def _version(session: Session, version_id: int) -> SubmissionVersion:
    found = session.get(SubmissionVersion, version_id)
    if found is None:
        raise NotFound("There is no such submission. Choose two from the list.")
    return found


def _flat(content: Mapping[str, Any], at: str = "") -> Iterable[tuple[str, str]]:
    for name, value in content.items():
        path = f"{at}.{name}" if at else name
        if isinstance(value, Mapping):
            yield from _flat(value, path)
        elif isinstance(value, list):
            shown = [str(one) for one in value]
            yield from ((f"{path}[{n}]", text) for n, text in enumerate(shown))
        else:
            yield path, "" if value is None else str(value)
