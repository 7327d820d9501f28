"""The clinic's own part of the intake: which fields it fills in by its link, and how
what it typed becomes a draft.  Pure.
"""

from collections.abc import Mapping
from typing import Any

from registration.draft_form import FIELDS, SAMPLES, Field, read_form, typed_of
from registration.submission import Submission

PATHS = (
    "brand.legal_name",
    "brand.dba",
    "brand.ein",
    "brand.address.street",
    "brand.address.city",
    "brand.address.state",
    "brand.address.zip",
    "brand.contact.name",
    "brand.contact.phone",
    "brand.contact.email",
    "brand.website",
    "campaign.privacy_policy_url",
)
SAMPLE_NAMES = tuple(f"sample.{number}" for number in range(SAMPLES))


def fields() -> tuple[Field, ...]:
    return tuple(FIELDS[path] for path in PATHS)


def typed_by_clinic(submission: Submission) -> dict[str, Any]:
    typed = typed_of(submission)
    return {name: typed[name] for name in (*PATHS, *SAMPLE_NAMES)}


def with_clinics_part(before: Submission, form: Mapping[str, str]) -> Submission:
    """Only the clinic's fields change, whatever else was posted.  Raises Invalid."""
    typed = {
        name: value for name, value in typed_of(before).items() if value is not False
    }
    typed |= {name: form[name] for name in (*PATHS, *SAMPLE_NAMES) if name in form}
    return read_form(typed, before)
