"""What the pages about patients' texts share."""

from functools import partial

from clinics.web import here
from gateway.restraint import look_at_phone
from kernel.web import heed


def look_anew(phone: str) -> None:
    """What is held for this phone, after a person has decided about it."""
    step = partial(look_at_phone, clinic_id=here().id, phone=phone, now=heed().now())
    heed().database.retrying(step)
