"""A clinic's own account at Twilio, and the two profiles a brand is made of.

Each function finds what is there by its reference before it makes anything, fills what
is missing and submits what is complete.  No database.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from kernel.phone import NotAPhone
from kernel.phone import read as read_phone
from registration.submission import BrandPart
from registration.twilio import Refused, Unclear, attempt

if TYPE_CHECKING:
    from registration.twilio import Client

# Twilio's policies (domain/registration.md section 4).
CUSTOMER_POLICY = "RNdfbf3fae0e1107f8aded0e7cead80bf5"  # secondary customer profile
A2P_POLICY = "RNb0d4771c2c98518d916a3d4cd70a8f8b"
APPROVED = "twilio-approved"
EDITABLE = frozenset({"draft", "twilio-rejected"})
BUSINESS = "customer_profile_business_information"
PERSON = "authorized_representative_1"
A2P = "us_a2p_messaging_profile_information"
LLC = ("llc", "l.l.c.", "pllc", "p.l.l.c.")


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """A sub-account; its token opens everything in it."""

    sid: str
    token: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A profile and what Twilio says of it."""

    sid: str
    status: str


def sub_account(parent: "Client", name: str) -> Account | Refused | Unclear:
    """The clinic's own account under the operator's."""

    def step() -> Account:
        found = parent.api.v2010.accounts.list(friendly_name=name, limit=1)
        made = found[0] if found else parent.api.v2010.accounts.create(name)
        return Account(str(made.sid), str(made.auth_token))

    return attempt(step)


def primary_profile(parent: "Client") -> str | Refused | Unclear | None:
    """The operator's own approved profile, which a clinic's names as its reseller."""

    def step() -> str | None:
        own = parent.trusthub.v1.customer_profiles.list(status=APPROVED, limit=50)
        return next((str(o.sid) for o in own if o.policy_sid != CUSTOMER_POLICY), None)

    return attempt(step)


def customer_profile(
    client: "Client", name: str, brand: BrandPart, primary: str | None = None
) -> Bundle | Refused | Unclear:
    """Who the clinic is: business, representative, address; submitted."""

    def step() -> Bundle | Refused:
        bundles = client.trusthub.v1.customer_profiles
        found = bundles.list(friendly_name=name, policy_sid=CUSTOMER_POLICY, limit=1)
        made = (
            found[0]
            if found
            else bundles.create(name, brand.contact.email, CUSTOMER_POLICY)
        )
        parts = [
            _end_user(client, f"{name} business", BUSINESS, business(brand)),
            _end_user(client, f"{name} representative", PERSON, person(brand)),
            _address_document(client, name, brand),
            *([primary] if primary else []),
        ]
        bundle = bundles(made.sid)
        _assign(bundle.customer_profiles_entity_assignments, parts)
        if str(made.status) not in EDITABLE:
            return Bundle(str(made.sid), str(made.status))
        looked = bundle.customer_profiles_evaluations.create(CUSTOMER_POLICY)
        return _submit(bundle, looked)

    return attempt(step)


def trust_product(
    client: "Client", name: str, brand: BrandPart, profile_sid: str
) -> Bundle | Refused | Unclear:
    """That the clinic may text: the A2P profile, submitted."""

    def step() -> Bundle | Refused:
        bundles = client.trusthub.v1.trust_products
        found = bundles.list(friendly_name=name, policy_sid=A2P_POLICY, limit=1)
        made = (
            found[0] if found else bundles.create(name, brand.contact.email, A2P_POLICY)
        )
        details = {"company_type": _entity(brand.entity_type)["company_type"]}
        if brand.entity_type == "PUBLIC_PROFIT":
            details["brand_contact_email"] = brand.contact.email
        parts = [_end_user(client, f"{name} a2p", A2P, details), profile_sid]
        bundle = bundles(made.sid)
        _assign(bundle.trust_products_entity_assignments, parts)
        if str(made.status) not in EDITABLE:
            return Bundle(str(made.sid), str(made.status))
        looked = bundle.trust_products_evaluations.create(A2P_POLICY)
        return _submit(bundle, looked)

    return attempt(step)


def business(brand: BrandPart) -> dict[str, str]:
    """The legal name goes over as it stands: it must equal the tax record."""
    kind = _entity(brand.entity_type)["business_type"]
    named_llc = brand.legal_name.casefold().rstrip(" ,").endswith(LLC)
    return {
        "business_name": brand.legal_name,
        "website_url": brand.website,
        "business_regions_of_operation": "USA_AND_CANADA",
        "business_type": "Limited Liability Corporation" if named_llc else kind,
        "business_registration_identifier": "EIN",
        "business_registration_number": brand.ein,
        "business_identity": "direct_customer",
        "business_industry": brand.vertical or "HEALTHCARE",
    }


def person(brand: BrandPart) -> dict[str, str]:
    """Whom Twilio may ask: the contact of the submission."""
    first, _, last = brand.contact.name.strip().rpartition(" ")
    phone = read_phone(brand.contact.phone)
    return {
        "first_name": first or last,
        "last_name": last,
        "email": brand.contact.email,
        "phone_number": brand.contact.phone
        if isinstance(phone, NotAPhone)
        else phone.e164,
        "job_position": "Other",
        "business_title": "Contact for text messages",
    }


def _end_user(client: "Client", name: str, kind: str, given: Mapping[str, str]) -> str:
    """Made once; what was corrected since goes over too."""
    users = client.trusthub.v1.end_users
    found = next((u for u in users.list(limit=200) if u.friendly_name == name), None)
    if found is None:
        return str(users.create(name, kind, attributes=dict(given)).sid)
    if found.attributes != dict(given):
        users(found.sid).update(attributes=dict(given))
    return str(found.sid)


def _address_document(client: "Client", name: str, brand: BrandPart) -> str:
    place = brand.address
    wanted = {
        "street": place.street,
        "city": place.city,
        "region": place.state,
        "postal_code": place.zip,
    }
    kept = client.addresses.list(friendly_name=name, limit=1)
    if not kept:
        address = client.addresses.create(
            customer_name=brand.legal_name,
            iso_country="US",
            friendly_name=name,
            **wanted,
        )
    else:
        address = kept[0]
        if any(getattr(address, field) != text for field, text in wanted.items()):
            client.addresses(address.sid).update(**wanted)
    documents = client.trusthub.v1.supporting_documents
    titled = f"{name} address"
    found = [d for d in documents.list(limit=200) if d.friendly_name == titled]
    if found:
        return str(found[0].sid)
    made = documents.create(
        titled, "customer_profile_address", attributes={"address_sids": address.sid}
    )
    return str(made.sid)


def _assign(assignments: Any, parts: list[str]) -> None:
    there = {str(one.object_sid) for one in assignments.list(limit=200)}
    for sid in parts:
        if sid not in there:
            assignments.create(sid)


def _submit(bundle: Any, looked: Any) -> Bundle | Refused:
    if str(looked.status) != "compliant":
        return _incomplete(looked.results)
    submitted = bundle.update(status="pending-review")
    return Bundle(str(submitted.sid), str(submitted.status))


def _incomplete(results: Any) -> Refused:
    """Twilio's own sentences about what is missing."""
    missing = [
        part
        for one in results or ()
        if isinstance(one, Mapping) and not one.get("passed")
        for part in one.get("invalid") or [one]
    ]
    why = " ".join(str(part.get("failure_reason", "")) for part in missing)
    named = tuple(str(p["object_field"]) for p in missing if p.get("object_field"))
    code = str(missing[0].get("error_code", "")) if missing else ""
    return Refused(
        code, f"Twilio's profile is not complete. {why}".strip()[:1000], named
    )


def _entity(entity_type: str) -> Mapping[str, str]:
    return _entities().get(entity_type) or _entities()["PRIVATE_PROFIT"]


@cache
def _entities() -> Mapping[str, Mapping[str, str]]:
    path = files("registration").joinpath("data/twilio_entity_types.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return {row["entity_type"]: row for row in rows}
