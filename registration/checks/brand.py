"""Brand alignment: the clinic as its tax papers, its website and its e-mail have it."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from kernel import phone as phones
from registration.checks.addresses import site
from registration.checks.finding import Finding, found
from registration.checks.words import EMAIL, LEGAL_FORMS, comparable, first, listed
from registration.submission import Address, BrandPart, Contact

EIN = re.compile(r"\d{2}-?\d{7}")
ZIP = re.compile(r"\d{5}(?:-?\d{4})?")
STATE = re.compile(r"[A-Za-z]{2}")
ENTITY_TYPES = frozenset(
    {"PRIVATE_PROFIT", "PUBLIC_PROFIT", "NON_PROFIT", "GOVERNMENT", "SOLE_PROPRIETOR"}
)
LONGEST_NAME = 100  # characters; AWS takes no more


def brand_findings(brand: BrandPart) -> Iterator[Finding]:
    yield from _identity(brand)
    yield from _address(brand.address)
    yield from _contact(brand.contact, brand.website)
    yield from _website(brand.website)


def _identity(brand: BrandPart) -> Iterator[Finding]:
    at = "brand.legal_name"
    if not brand.legal_name.strip():
        yield found("brand.legal_name", at)
    elif len(brand.legal_name) > LONGEST_NAME:
        yield found("brand.name_long", at, length=str(len(brand.legal_name)))
    elif _is_company(brand) and not LEGAL_FORMS.search(brand.legal_name.strip()):
        yield found("brand.legal_form", at, name=brand.legal_name.strip())
    if brand.dba and comparable(brand.dba) == comparable(brand.legal_name):
        yield found("brand.dba_same", "brand.dba")
    if not EIN.fullmatch(brand.ein.strip()):
        yield found("brand.ein", "brand.ein")
    elif brand.entity_type == "SOLE_PROPRIETOR":
        yield found("brand.sole_proprietor", "brand.entity_type")
    if brand.entity_type not in ENTITY_TYPES:
        kinds = ", ".join(sorted(ENTITY_TYPES))
        yield found("brand.entity_type", "brand.entity_type", kinds=kinds)
    if brand.vertical != "HEALTHCARE":
        yield found("brand.vertical", "brand.vertical")


def _is_company(brand: BrandPart) -> bool:
    return brand.entity_type in ("PRIVATE_PROFIT", "PUBLIC_PROFIT")


def _address(address: Address) -> Iterator[Finding]:
    at = "brand.address"
    missing = [
        name
        for name in ("street", "city", "state", "zip")
        if not getattr(address, name).strip()
    ]
    if missing:
        yield found("brand.address", at, missing=", ".join(missing))
    if span := first("po_box", address.street):
        yield found("brand.po_box", f"{at}.street", span)
    if address.state.strip() and not STATE.fullmatch(address.state.strip()):
        yield found("brand.state", f"{at}.state")
    if address.zip.strip() and not ZIP.fullmatch(address.zip.strip()):
        yield found("brand.zip", f"{at}.zip")


def _contact(contact: Contact, website: str) -> Iterator[Finding]:
    at = "brand.contact"
    if not contact.name.strip():
        yield found("brand.contact_name", f"{at}.name")
    if not EMAIL.fullmatch(contact.email.strip()):
        yield found("brand.contact_email", f"{at}.email")
    else:
        yield from _mail_domain(contact.email.strip(), website)
    if not isinstance(phones.read(contact.phone), phones.Phone):
        yield found("brand.contact_phone", f"{at}.phone")


def _mail_domain(email: str, website: str) -> Iterator[Finding]:
    """The exact registered domain is the website check's; here what needs no list."""
    domain = email.rpartition("@")[2].lower()
    if domain in listed("public_mail"):
        yield found("brand.public_mail", "brand.contact.email", domain=domain)
    elif (host := host_of(website)) and not _related(domain, host):
        yield found(
            "brand.mail_domain", "brand.contact.email", domain=domain, site=host
        )


def _related(domain: str, host: str) -> bool:
    """The same registered domain, whatever stands before it."""
    return site(f"https://{domain}") == site(f"https://{host}")


def host_of(url: str) -> str:
    """The host without www, or nothing."""
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
    return host.lower().removeprefix("www.")


def _website(website: str) -> Iterator[Finding]:
    if not host_of(website):
        yield found("brand.website", "brand.website")
    elif not website.strip().lower().startswith("https://"):
        yield found("brand.website_http", "brand.website")
