"""What a source says of a brand goes in here, and only here: row, event, history.

A word of an identity that is unknown is kept raw and verifies nothing.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from registration.in_flight import brand_changed
from registration.models import Brand, BrandEvent, Identity
from registration.status import Source, weaker

# What may run a campaign of a clinic (domain/registration.md 1.1).
PROVEN = frozenset({Identity.VERIFIED, Identity.VETTED_VERIFIED})


def identity_of(word: str | None) -> Identity | None:
    """None for no word, and for one that TCR has not published."""
    return Identity(word) if word in set(Identity) else None


def weighed(
    before: Identity | None,
    said: Identity | None,
    source: Source,
    others: Mapping[Source, Identity],
) -> Identity | None:
    """What the identity is after `source` said `said`; `others` is the last word of
    each source.  Pure.  Silence changes nothing, any source takes VERIFIED away, and a
    stronger source's other word stands."""
    if said is None:
        return before
    if before in PROVEN and said not in PROVEN:
        return said
    stands = any(
        word is not said and weaker(source, other) for other, word in others.items()
    )
    return before if stands else said


def hear_brand(
    session: Session,
    brand: Brand,
    *,
    identity: Identity | None,
    source: Source,
    raw: str,
    evidence: str,
    now: datetime,
    by: str | None = None,
) -> BrandEvent | None:
    """Weighs what is said of the identity and keeps the word, whether it counts or
    not; None when the source said just that."""
    events = session.exec(
        select(BrandEvent)
        .where(
            col(BrandEvent.clinic_id) == brand.clinic_id,
            col(BrandEvent.brand_id) == brand.id,
        )
        .order_by(col(BrandEvent.id))
    ).all()
    last = events[-1] if events else None
    if last and (last.source, last.raw, last.after) == (source, raw, identity):
        return None
    before = brand.identity
    words = {one.source: one.after for one in events if one.after is not None}
    now_is = weighed(before, identity, source, words)
    if before is not now_is:
        brand.identity, brand.identity_since = now_is, now
    event = BrandEvent(
        clinic_id=brand.clinic_id,
        brand_id=brand.id or 0,
        before=before,
        after=identity,
        source=source,
        raw=raw,
        evidence=evidence,
        by=by,
        at=now,
    )
    session.add(event)
    session.add(brand)
    session.flush()
    if before is not None and before is not now_is:
        brand_changed(session, brand, now)  # R105
    if before in PROVEN and now_is not in PROVEN:
        _lost(session, brand, now)
    return event


def _lost(session: Session, brand: Brand, now: datetime) -> None:
    word = brand.identity.value if brand.identity else "no known word"
    open_task(
        session,
        brand.clinic_id,
        TaskKind.brand_changed,
        f"brand-lost:{brand.id}:{now:%Y-%m-%dT%H}",
        f"The identity of {brand.legal_name} is no longer verified: The Campaign "
        f"Registry has {word} for it. Compare name and EIN with the tax letter, and "
        "look at its campaigns.",
        now,
        urgent=True,
    )
