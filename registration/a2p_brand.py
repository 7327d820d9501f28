"""A brand at Twilio: registered once, looked at, handed in again after it FAILED."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registration.twilio import Refused, Trouble, Unclear, attempt, raw, troubles

if TYPE_CHECKING:
    from registration.twilio import Client

FIELDS = (
    *("sid", "status", "identity_status", "tcr_id", "brand_score", "errors"),
    *("failure_reason", "brand_feedback", "mock"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandSeen:
    """What Twilio shows.  APPROVED may stand beside UNVERIFIED and errors (RT3)."""

    sid: str
    status: str
    identity: str | None
    tcr_id: str | None
    score: int | None
    errors: tuple[Trouble, ...]
    raw: str


def register(
    client: "Client", profile_sid: str, product_sid: str, *, vet: bool = False
) -> BrandSeen | Refused | Unclear:
    """Billed, so the account's list is looked through first.  Without `vet` it is a
    low-volume brand: a small clinic needs no more."""

    def step() -> BrandSeen:
        brands = client.messaging.v1.brand_registrations
        for brand in brands.list(limit=200):
            if brand.customer_profile_bundle_sid == profile_sid:
                return seen(brand)
        made = brands.create(
            profile_sid,
            product_sid,
            brand_type="STANDARD",
            skip_automatic_sec_vet=not vet,
        )
        return seen(made)

    return attempt(step)


def look(client: "Client", sid: str) -> BrandSeen | Refused | Unclear:
    return attempt(lambda: seen(client.messaging.v1.brand_registrations(sid).fetch()))


def again(client: "Client", sid: str) -> BrandSeen | Refused | Unclear:
    """After its profiles were corrected.  Billed: one that is no longer FAILED was
    handed in again already."""

    def step() -> BrandSeen:
        brand = client.messaging.v1.brand_registrations(sid)
        present = brand.fetch()
        return seen(brand.update() if str(present.status) == "FAILED" else present)

    return attempt(step)


def seen(brand: Any) -> BrandSeen:
    score = brand.brand_score
    identity = brand.identity_status
    return BrandSeen(
        sid=str(brand.sid),
        status=str(brand.status),
        identity=str(identity) if identity else None,
        tcr_id=str(brand.tcr_id) if brand.tcr_id else None,
        score=score if isinstance(score, int) else None,
        errors=troubles(brand.errors),
        raw=raw({name: getattr(brand, name, None) for name in FIELDS}),
    )
