"""A clinic admin signs what imported patients were told.  Nothing is asserted without."""

from datetime import datetime

from sqlmodel import Session

from consent.models import ImportAttestation
from kernel.errors import Invalid


def attest(
    session: Session, clinic_id: int, signed_by: str, told: str, now: datetime
) -> ImportAttestation:
    """From now on every import names this signature.  Raises Invalid without words."""
    if not told.strip():
        raise Invalid(
            "The attestation says nothing. Write what the patients were told, and where."
        )
    attestation = ImportAttestation(
        clinic_id=clinic_id, signed_by=signed_by, told=told.strip(), signed_at=now
    )
    session.add(attestation)
    session.flush()
    return attestation
