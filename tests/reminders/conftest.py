"""Two patients and the words of the desk, for the pages of patients."""

import pytest

from clinics.models import Patient
from consent.disclosures import publish
from tests.conftest import NOW, PAT, SAM


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
