"""A submission to The Campaign Registry as it is written down (contract section 5).

Reading accepts what is incomplete, because finding out what is missing is the work of
the checks; it refuses what has no meaning: unknown fields, numbers where texts belong.
"""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kernel.errors import Invalid
from kernel.hashing import canonical, sha256_hex

LARGEST = 1_000_000  # bytes of a file
LONGEST = 20_000  # characters of a field; the registry takes 4,096 at most
MANY = 50  # entries of a list
SHOWN = 5  # mistakes at once


class Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, str_max_length=LONGEST
    )


class Address(Part):
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""


class Contact(Part):
    name: str = ""
    email: str = ""
    phone: str = ""


class BrandPart(Part):
    legal_name: str = ""
    dba: str = ""
    ein: str = ""
    entity_type: str = ""
    vertical: str = ""
    website: str = ""
    address: Address = Address()
    contact: Contact = Contact()


class Flags(Part):
    """What makes the carriers look themselves (R80, R152-R157)."""

    political: bool = False
    sweepstakes: bool = False
    charity: bool = False
    reseller: bool = False
    subscription: bool = False
    financial: bool = False


class CampaignPart(Part):
    use_case: str = ""
    sub_use_cases: tuple[str, ...] = Field(default=(), max_length=MANY)
    description: str = ""
    message_flow: str = ""
    samples: tuple[str, ...] = Field(default=(), max_length=MANY)
    opt_in_message: str = ""
    opt_out_message: str = ""
    help_message: str = ""
    opt_in_keywords: tuple[str, ...] = Field(default=(), max_length=MANY)
    opt_out_keywords: tuple[str, ...] = Field(default=(), max_length=MANY)
    help_keywords: tuple[str, ...] = Field(default=(), max_length=MANY)
    embedded_link: bool = False
    embedded_phone: bool = False
    age_gated: bool = False
    direct_lending: bool = False
    privacy_policy_url: str = ""
    terms_url: str = ""
    flags: Flags = Flags()


class Proof(Part):
    """That patients opted in: `kind` is web, paper, verbal, keyword or pack."""

    kind: str = ""
    url: str = ""
    file: str = ""


class Submission(Part):
    brand: BrandPart = BrandPart()
    campaign: CampaignPart = CampaignPart()
    opt_in_proof: tuple[Proof, ...] = Field(default=(), max_length=MANY)
    fee_receipt: str = ""
    needed_by: date | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What patients may know the sender by."""
        return tuple(filter(None, (self.brand.dba.strip(), self.brand.legal_name)))


def read_submission(content: bytes) -> Submission:
    """JSON as in contract section 5.  Raises Invalid with what is wrong and where."""
    if len(content) > LARGEST:
        raise Invalid(f"The submission is larger than {LARGEST:,} bytes.")
    try:
        return Submission.model_validate_json(content)
    except ValidationError as mistakes:
        raise Invalid(_sentences(mistakes)) from None


def as_json(submission: Submission) -> dict[str, Any]:
    return submission.model_dump(mode="json")


def content_bytes(submission: Submission) -> bytes:
    """What is checked, hashed and submitted: the same fields give the same bytes."""
    return canonical(as_json(submission))


def content_hash(submission: Submission) -> str:
    """Hex SHA-256 of `content_bytes`."""
    return sha256_hex(content_bytes(submission))


def _sentences(mistakes: ValidationError) -> str:
    """pydantic's own words name our classes, so they are put in ours."""
    lines = []
    for mistake in mistakes.errors(include_input=False, include_url=False)[:SHOWN]:
        place = ".".join(str(part) for part in mistake["loc"])
        what = WORDS.get(mistake["type"], mistake["msg"])
        lines.append(f"{place}: {what}" if place else what)
    more = mistakes.error_count() - len(lines)
    lines += [f"and {more} more"] if more > 0 else []
    return f"The submission cannot be read. {'; '.join(lines)}."


WORDS = {
    "json_invalid": "this is not JSON",
    "extra_forbidden": "there is no such field",
    "string_type": "a text belongs here",
    "bool_type": "true or false belongs here",
    "tuple_type": "a list belongs here",
    "model_type": "an object belongs here",
    "string_too_long": f"longer than {LONGEST:,} characters",
    "too_long": f"more than {MANY} entries",
    "date_from_datetime_parsing": "a day like 2027-02-01 belongs here",
    "date_parsing": "a day like 2027-02-01 belongs here",
    "date_type": "a day like 2027-02-01 belongs here",
}
