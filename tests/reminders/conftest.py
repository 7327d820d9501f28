"""The desk and its app; two patients and the words of the desk."""

import pytest

from clinics.models import Patient
from consent.disclosures import publish
from tests.conftest import NOW, PAT, SAM
from tests.pages import visitor
from tests.reminders.at_the_desk import DESK


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def desk(pages):
    """Maple's front desk, signed in."""
    return visitor(pages, DESK)


@pytest.fixture
def here(pages, cast):
    """Pat of Maple and Sam of Birch, and the words that Maple uses at the desk."""
    with pages.extensions["heed"].database.writing() as writing:
        for place, name, phone in ((cast.maple, "Pat", PAT), (cast.birch, "Sam", SAM)):
            writing.add(
                Patient(
                    clinic_id=place.clinic_id,
                    external_id=f"N-{name}",
                    given_name=name,
                    family_name="Alder",
                    phone=phone,
                    updated_at=NOW,
                )
            )
            for kind in ("paper", "verbal"):
                text = f"May we text you? ({kind})"
                publish(writing, place.clinic_id, kind, "en", text, NOW)
    return pages
