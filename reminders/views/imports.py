"""What a clinic admin signs for patients who come from a list: what they were told."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import col, select

from clinics.models import Role
from clinics.web import allow, here, me, noted
from consent import attest, disclosures
from consent.models import ImportAttestation
from kernel.errors import Invalid
from kernel.web import heed

bp = Blueprint("imports", __name__)
SIGNATURES = 20
LONGEST = 4000  # characters of what the patients were told
NOT_SURE = "Tick that this is what the patients were told."


@bp.get("/desk/<clinic>/patients/imports")
@allow(Role.front_desk, Role.clinic_admin)
def imports(clinic: str) -> str:
    return _page()


@bp.post("/desk/<clinic>/patients/imports")
@allow(Role.clinic_admin)
def sign(clinic: str) -> Any:
    told = request.form.get("told", "").replace("\r\n", "\n").replace("\0", "")
    if "sure" not in request.form:
        return _page({"sure": NOT_SURE}), 400
    if len(told) > LONGEST:
        return _page({"told": f"Write at most {LONGEST} characters."}), 400
    try:
        with heed().database.writing() as writing:
            signed = attest.attest(writing, here().id, me().email, told, heed().now())
            noted(writing, "import attestation", str(signed.id))
    except Invalid as mistake:
        return _page({"told": str(mistake)}), 400
    flash("Signed. Import the list again, and what it says of consent is recorded.")
    return redirect(url_for("imports.imports", clinic=here().slug))


def _page(problems: dict[str, str] | None = None) -> str:
    with heed().database.reading() as reading:
        signed = reading.exec(
            select(ImportAttestation)
            .where(col(ImportAttestation.clinic_id) == here().id)
            .order_by(col(ImportAttestation.id).desc())
            .limit(SIGNATURES)
        ).all()
        words = disclosures.newest(reading, here().id, "import")
    return render_template(
        "reminders/patient_imports.html",
        signed=signed,
        told=request.form.get("told", words.text if words else ""),
        may_sign=me().role is Role.clinic_admin,
        problems=problems or {},
    )
