"""Registers a clinic with Twilio, step by step: runs what is missing, records each sid.

Takes the database, not a session: no call runs inside a transaction.  After an unclear
step the same errand is run again; every step finds what it made before.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from clinics.access import set_account
from clinics.models import Clinic, VendorAccount
from kernel import leases
from kernel.db import Database
from kernel.errors import Conflict, Invalid, NotFound
from kernel.hashing import canonical, sha256_hex
from registration import a2p_brand, a2p_profile
from registration.a2p_brand import BrandSeen
from registration.accounts import Vendor
from registration.brand_words import hear_brand, identity_of
from registration.brands import brand_of, missing
from registration.drafts import content_of, draft_of
from registration.models import Brand
from registration.status import Source
from registration.submission import BrandPart
from registration.twilio import Refused, Unclear, reference

ONE_AT_A_TIME = timedelta(minutes=10)
BUSY = "This is being done right now, by somebody else. Look again in a minute."
FAILED = "FAILED"
UNCHANGED = (
    "Twilio turned this brand down with exactly these details, and each try costs "
    "another fee. Correct the legal name, the EIN, the address, the contact or the "
    "website in the draft first, and confirm what you changed."
)


@dataclass(frozen=True, slots=True)
class Done:
    """`sid` is what was made or found; `sentence` tells people."""

    sid: str
    sentence: str


Outcome = Done | Refused | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One clinic's brand, and how far it has come."""

    clinic_id: int
    slug: str
    brand_id: int
    part: BrandPart
    has_account: bool
    profile_sid: str | None
    product_sid: str | None
    brand_sid: str | None
    brand_status: str | None
    handed_sha256: str | None  # of what went out last

    @property
    def name(self) -> str:
        return reference(self.slug, f"brand-{self.brand_id}")

    @property
    def sha256(self) -> str:
        return sha256_hex(canonical(self.part.model_dump(mode="json")))


def register_brand(
    database: Database, vendor: Vendor, clinic_id: int, draft_id: int, now: datetime
) -> Outcome:
    """Account, customer profile, A2P profile, brand, all as this draft was confirmed.
    A brand that FAILED is handed in again once something of it was corrected."""
    with database.reading() as session:
        case = _case(session, clinic_id, draft_id)
    if isinstance(case, Refused):
        return case
    if case.brand_sid and case.brand_status != FAILED:
        return Done(case.brand_sid, "The brand is registered with Twilio already.")
    if case.brand_sid and case.handed_sha256 == case.sha256:
        return Refused("", UNCHANGED)
    with alone(database, f"register:{clinic_id}", now) as free:
        if not free:
            return Unclear(BUSY)
        return _run(database, vendor, case, now)


def _run(database: Database, vendor: Vendor, case: Case, now: datetime) -> Outcome:
    for step in (_account, _profile, _product):
        result = step(database, vendor, case)
        if not isinstance(result, Case):
            return result
        case = result
    return _brand(database, vendor, case, now)


def _account(
    database: Database, vendor: Vendor, case: Case
) -> Case | Refused | Unclear:
    if case.has_account:
        return case
    parent = client(vendor, None)
    if isinstance(parent, Refused):
        return parent
    made = a2p_profile.sub_account(parent, reference(case.slug))
    if not isinstance(made, a2p_profile.Account):
        return made
    try:
        database.retrying(
            lambda session: set_account(
                session, case.clinic_id, made.sid, made.token, vendor.keys
            )
        )
    except (Conflict, Invalid) as why:
        return Refused("", str(why))
    return replace(case, has_account=True)


def _profile(
    database: Database, vendor: Vendor, case: Case
) -> Case | Refused | Unclear:
    own, primary = client(vendor, case.clinic_id), _primary(vendor)
    if isinstance(own, Refused):
        return own
    if isinstance(primary, Refused | Unclear):
        return primary
    made = a2p_profile.customer_profile(own, case.name, case.part, primary)
    if not isinstance(made, a2p_profile.Bundle):
        return made
    _note(database, case, customer_profile_sid=made.sid)
    return replace(case, profile_sid=made.sid)


def _primary(vendor: Vendor) -> str | Refused | Unclear | None:
    """None where the operator's account is not set, or has no approved profile: the
    evaluation says so, if Twilio needs it."""
    parent = client(vendor, None)
    return None if isinstance(parent, Refused) else a2p_profile.primary_profile(parent)


def _product(
    database: Database, vendor: Vendor, case: Case
) -> Case | Refused | Unclear:
    own = client(vendor, case.clinic_id)
    if isinstance(own, Refused):
        return own
    profile_sid = case.profile_sid or ""
    made = a2p_profile.trust_product(own, f"{case.name} a2p", case.part, profile_sid)
    if not isinstance(made, a2p_profile.Bundle):
        return made
    _note(database, case, trust_product_sid=made.sid)
    return replace(case, product_sid=made.sid)


def _brand(database: Database, vendor: Vendor, case: Case, now: datetime) -> Outcome:
    own = client(vendor, case.clinic_id)
    if isinstance(own, Refused):
        return own
    if case.brand_sid:
        made = a2p_brand.again(own, case.brand_sid)
    else:
        profile, product = case.profile_sid or "", case.product_sid or ""
        made = a2p_brand.register(own, profile, product)
    if not isinstance(made, BrandSeen):
        return made
    _note(database, case, handed_sha256=case.sha256)
    take_brand(database, case.brand_id, made, now)
    return Done(made.sid, f"The brand is with Twilio: {made.status}.")


def take_brand(
    database: Database, brand_id: int, seen: BrandSeen, now: datetime
) -> None:
    """What Twilio shows of a brand, into its row and its history."""

    def work(session: Session) -> None:
        brand = session.get_one(Brand, brand_id)
        brand.vendor_sid, brand.vendor_status = seen.sid, seen.status
        brand.tcr_brand_id = seen.tcr_id or brand.tcr_brand_id
        brand.vetting_score = (
            seen.score if seen.score is not None else brand.vetting_score
        )
        hear_brand(
            session,
            brand,
            identity=identity_of(seen.identity),
            source=Source.vendor_verified,
            raw=" ".join(filter(None, (seen.status, seen.identity))),
            evidence=seen.raw,
            now=now,
        )

    database.retrying(work)


def client(vendor: Vendor, clinic_id: int | None) -> Any | Refused:
    """Twilio's client of an account, or why there is none."""
    return client_of_account(vendor.client_of, clinic_id)


def client_of_account(client_of: Callable[[Any], Any], clinic_id: int | None) -> Any:
    try:
        return client_of(clinic_id)
    except (Invalid, NotFound) as why:
        return Refused("", str(why))


def alone(database: Database, name: str, now: datetime) -> AbstractContextManager[bool]:
    """False while somebody else runs the errand of this name: two at once would both
    find nothing and both make one.  A process that died holds it for ten minutes."""
    return leases.alone(database, name, ONE_AT_A_TIME, now)


def _note(database: Database, case: Case, **sids: str) -> None:
    def work(session: Session) -> None:
        brand = session.get_one(Brand, case.brand_id)
        for name, sid in sids.items():
            setattr(brand, name, sid)

    database.retrying(work)


def _case(session: Session, clinic_id: int, draft_id: int) -> Case | Refused:
    """Raises NotFound for another clinic's draft."""
    draft = draft_of(session, clinic_id, draft_id)
    wrong = missing(session, draft)
    if wrong:
        return Refused("", f"The brand cannot be registered yet. {' '.join(wrong)}")
    given = content_of(draft).brand
    brand = brand_of(session, clinic_id, given.ein)
    if brand is None:
        return Refused("", "The clinic has no brand yet. Record its details first.")
    return Case(
        clinic_id=clinic_id,
        slug=session.get_one(Clinic, clinic_id).slug,
        brand_id=brand.id or 0,
        part=_part(given, brand),
        has_account=session.get(VendorAccount, clinic_id) is not None,
        profile_sid=brand.customer_profile_sid,
        product_sid=brand.trust_product_sid,
        brand_sid=brand.vendor_sid,
        brand_status=brand.vendor_status,
        handed_sha256=brand.handed_sha256,
    )


def _part(given: BrandPart, brand: Brand) -> BrandPart:
    """Address and contact of the draft, the rest as the brand is recorded."""
    return given.model_copy(
        update={
            "legal_name": brand.legal_name,
            "ein": brand.ein,
            "entity_type": brand.entity_type,
            "vertical": brand.vertical,
            "website": brand.website,
        }
    )
