"""The operator's own approvals as examples: kept by hand, redacted, read by a person
before they are kept.  Only of campaigns that a carrier really cleared.

The caller commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.errors import Conflict, Invalid, NotFound
from registration.carrier_review import REVIEWERS
from registration.clinic_facts import facts_of
from registration.dossier import campaign_of
from registration.examples import TEXTS, Example, redacted, shipped, tells_of_somebody
from registration.known import known_of
from registration.models import ApprovedExample, Campaign
from registration.status import Status
from registration.workflow import cells

SHOWN = 200
LONGEST = 100
NOT_CLEARED = (
    "No carrier has cleared this campaign yet, so it is no example. Wait until one "
    "says ACTIVE."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What would be kept of a campaign."""

    campaign: Campaign
    texts: Mapping[str, Any]  # redacted
    cleared_by: tuple[str, ...]
    names: tuple[str, ...]  # that must not stand in it any more


def examples(session: Session) -> tuple[Example, ...]:
    """The operator's own first, then those that ship."""
    own = session.exec(
        select(ApprovedExample).order_by(col(ApprovedExample.id).desc()).limit(SHOWN)
    ).all()
    return (*map(_example, own), *shipped())


def example_of(session: Session, wanted: str) -> Example:
    """Raises NotFound."""
    for one in examples(session):
        if one.id == wanted:
            return one
    raise NotFound("There is no such example. See the list under Examples.")


def _example(row: ApprovedExample) -> Example:
    return Example(
        id=f"own-{row.id}",
        title=row.title,
        use_case=row.use_case,
        subs=tuple(row.sub_use_cases),
        texts={key: row.texts[key] for key in TEXTS},
        samples=tuple(row.samples),
        why="Registered here, and cleared by these carriers.",
        cleared_by=tuple(row.cleared_by),
    )


def offer(session: Session, clinic: Clinic, ref: str, base_url: str) -> Offer:
    """Raises NotFound for no such campaign, Invalid for one that nobody cleared."""
    campaign = campaign_of(session, clinic.id or 0, ref)
    cleared = cleared_by(session, campaign.id or 0)
    if not cleared:
        raise Invalid(NOT_CLEARED)
    known = known_of(session, clinic, ref)
    facts = facts_of(session, clinic, known, base_url)
    return Offer(
        campaign=campaign,
        texts=redacted(known.campaign, facts),
        cleared_by=cleared,
        names=(clinic.display_name, clinic.legal_name),
    )


def cleared_by(session: Session, campaign_id: int) -> tuple[str, ...]:
    found = cells(session, campaign_id)
    return tuple(
        carrier.value
        for carrier in REVIEWERS
        if carrier in found and found[carrier].status is Status.ACTIVE
    )


def keep(
    session: Session,
    offered: Offer,
    texts: Mapping[str, str],
    title: str,
    by: str,
    now: datetime,
) -> ApprovedExample:
    """`texts` as the person has read and changed them: `TEXTS`, and `samples` a line
    each.  Raises Invalid when the clinic still stands in them."""
    title = title.strip()
    if not title or len(title) > LONGEST or not title.isprintable():
        raise Invalid(f"Give it a title of at most {LONGEST} characters.")
    samples = [line.strip() for line in texts["samples"].split("\n") if line.strip()]
    written = "\n".join([title, *(texts[key] for key in TEXTS), *samples]).casefold()
    left = [name for name in offered.names if name.casefold() in written]
    if left:
        raise Invalid(f"'{left[0]}' still stands in it. Put {{name}} there.")
    trace = tells_of_somebody(written)
    if trace:
        raise Invalid(
            f"'{trace}' leads to a clinic. Put a place such as {{phone}} there."
        )
    campaign_id = offered.campaign.id or 0
    taken = select(ApprovedExample.id).where(
        col(ApprovedExample.campaign_id) == campaign_id
    )
    if session.exec(taken).first() is not None:
        raise Conflict("This campaign is kept as an example already.")
    row = ApprovedExample(
        clinic_id=offered.campaign.clinic_id,
        campaign_id=campaign_id,
        title=title,
        use_case=offered.campaign.use_case,
        sub_use_cases=list(offered.campaign.sub_use_cases),
        texts={key: texts[key].strip() for key in TEXTS},
        samples=samples,
        cleared_by=list(offered.cleared_by),
        kept_at=now,
        kept_by=by,
    )
    session.add(row)
    session.flush()
    return row
