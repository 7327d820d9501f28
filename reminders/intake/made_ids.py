"""Ids of our own for patients and visits of a clinic that has none: the same facts, the
same id, so that tomorrow's list finds them again."""

import hashlib
from datetime import datetime

from reminders.visible import folded

MADE = "~"  # begins an id of our own


def made_patient_id(phone: str, name: str) -> str:
    """For a patient without a number of the clinic's own: a file without such numbers
    finds them again."""
    return _derived(phone, " ".join(folded(name).split()))


def derived_id(patient_id: str, starts_at: datetime) -> str:
    """The id of a visit in a file that has none for it."""
    return _derived(patient_id, starts_at.isoformat())


def _derived(*parts: str) -> str:
    """An id of our own for a file that has none: the same parts, the same id."""
    return MADE + hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:24]
