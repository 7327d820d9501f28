"""What the pages about patients' texts share."""

from functools import partial

from clinics.web import here
from gateway.restraint import CHANGED, look_at_phone
from kernel.web import heed


def look_anew(phone: str, why: str = CHANGED) -> None:
    """What is held for this phone, after a person has decided about it."""
    step = partial(
        look_at_phone, clinic_id=here().id, phone=phone, now=heed().now(), why=why
    )
    heed().database.retrying(step)
