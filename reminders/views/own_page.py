"""A link to a patient's own page, made at the desk and shown there once: to copy, and
as a code to scan.  It texts nobody."""

from flask import Blueprint, render_template

from clinics.models import Role
from clinics.web import allow, here, me, noted
from consent import page_links
from gateway.cards import qr_data
from kernel.web import heed
from reminders.patients import one_patient

bp = Blueprint("page_link", __name__)


@bp.post("/desk/<clinic>/patients/<int:patient_id>/own-page")
@allow(Role.front_desk, Role.clinic_admin)
def make(clinic: str, patient_id: int) -> str:
    """The link stands in this one answer and nowhere else."""
    now = heed().now()
    with heed().database.writing() as writing:
        patient = one_patient(writing, here().id, patient_id)
        token = page_links.make(
            writing, here().id, patient.phone, patient.language, now, me().email
        )
        noted(writing, "link to a patient's own page", f"patient {patient_id}")
    address = page_links.address(heed().settings.public_base_url, token)
    return render_template(
        "reminders/patient_link.html",
        patient=patient,
        address=address,
        qr=qr_data(address),
        until=now + page_links.LASTS,
    )
