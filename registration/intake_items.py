"""The seven items of the intake: what a draft says of each, what is missing, what is
doubtful.  Pure.
"""

import re
from collections.abc import Mapping

from registration.checks.brand import EIN
from registration.checks.words import comparable
from registration.desk_models import Item
from registration.submission import Submission

PO_BOX = re.compile(r"\b(p\.?\s*o\.?|post\s+office)\s*box\b", re.IGNORECASE)
LABELS: Mapping[Item, str] = {
    Item.legal_name: "Legal name, exactly as on the tax document",
    Item.ein: "Tax number (EIN)",
    Item.address: "Street address of the clinic",
    Item.contact: "Contact person",
    Item.samples: "Examples of the texts",
    Item.opt_in_proof: "Proof that patients opt in",
    Item.policy: "Privacy policy on the website",
}


def values_of(item: Item, submission: Submission) -> tuple[str, ...]:
    """What the draft says of an item, in lines."""
    brand, campaign = submission.brand, submission.campaign
    where, person = brand.address, brand.contact
    place = ", ".join(filter(None, (where.city, where.state, where.zip)))
    found: Mapping[Item, tuple[str, ...]] = {
        Item.legal_name: (brand.legal_name,),
        Item.ein: (brand.ein,),
        Item.address: (where.street, place),
        Item.contact: (person.name, person.phone, person.email),
        Item.samples: campaign.samples,
        Item.opt_in_proof: tuple(
            f"{one.kind}: {one.url or one.file}" for one in submission.opt_in_proof
        ),
        Item.policy: (campaign.privacy_policy_url,),
    }
    return tuple(value.strip() for value in found[item] if value.strip())


def lacks_of(item: Item, submission: Submission) -> list[str]:
    brand = submission.brand
    where, person = brand.address, brand.contact
    wanted: Mapping[Item, tuple[tuple[bool, str], ...]] = {
        Item.legal_name: ((bool(brand.legal_name.strip()), "The name is missing."),),
        Item.ein: (
            (
                EIN.fullmatch(brand.ein.strip()) is not None,
                "Nine digits are needed, like 12-3456789.",
            ),
        ),
        Item.address: tuple(
            (bool(getattr(where, name).strip()), f"The {words} is missing.")
            for name, words in (
                ("street", "street"),
                ("city", "city"),
                ("state", "state"),
                ("zip", "ZIP code"),
            )
        ),
        Item.contact: tuple(
            (bool(getattr(person, name).strip()), f"The contact’s {words} is missing.")
            for name, words in (
                ("name", "name"),
                ("phone", "phone"),
                ("email", "e-mail"),
            )
        ),
        Item.samples: (
            (
                len(values_of(Item.samples, submission)) >= 2,
                "At least two different texts are needed.",
            ),
        ),
        Item.opt_in_proof: (
            (
                any(one.url or one.file for one in submission.opt_in_proof),
                "Attach a picture or give the address of the form.",
            ),
        ),
        Item.policy: (
            (
                bool(submission.campaign.privacy_policy_url.strip()),
                "The address of the policy is missing.",
            ),
        ),
    }
    return [sentence for there, sentence in wanted[item] if not there]


def remarks_of(item: Item, submission: Submission) -> list[str]:
    """R11: a PO box is flagged, not refused."""
    if item is Item.address and PO_BOX.search(submission.brand.address.street):
        return ["This is a PO box. The registry wants the street address."]
    url = submission.campaign.privacy_policy_url.strip()
    if item is Item.policy and url and not url.startswith("https://"):
        return ["The address must begin with https://."]
    return []


def name_differs(given: str, document: str) -> str | None:
    """R9: the sentence that says how a name differs from the tax document, or None."""
    given, document = " ".join(given.split()), " ".join(document.split())
    if not document:
        return (
            "Type the name as it stands on the tax document (letter CP 575 or 147C), "
            "so that the two can be compared."
        )
    if given == document:
        return None
    if comparable(given) == comparable(document):
        return (
            f"“{given}” and “{document}” differ in the suffix, in punctuation or in "
            "capital letters. The registry compares them sign by sign: write it as on "
            "the document."
        )
    return (
        f"“{given}” is not the name on the tax document, “{document}”. Ask the clinic "
        "which is right; the brand fails otherwise."
    )
