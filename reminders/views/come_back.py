"""For a patient who said stop and wants our texts again: a card to show or to print."""

from flask import Blueprint, Response, make_response, render_template, request

from clinics.models import Language, Role
from clinics.web import allow, here
from gateway.cards import qr_data
from gateway.come_back import WORD, Card, card_of, pdf
from gateway.opt_in_words import NAMES
from kernel.errors import NotFound
from kernel.web import heed
from reminders.patient import Desk, desk_of
from reminders.patients import one_patient

bp = Blueprint("come_back", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)
NOTHING = (
    "There is no card to print: the patient has not said stop, or the clinic has no "
    "texting number yet. Go back to the patient's page."
)


@bp.get("/desk/<clinic>/patients/<int:patient_id>/come-back")
@desk
def card(clinic: str, patient_id: int) -> str:
    with heed().database.reading() as reading:
        patient = one_patient(reading, here().id, patient_id)
        found = card_of(reading, here(), patient.phone)
        stands: Desk = desk_of(reading, here().id, patient.phone, heed().now())
    return render_template(
        "reminders/come_back.html",
        patient=patient,
        card=found,
        desk=stands,
        word=WORD,
        qr=qr_data(found.link) if found is not None else None,
        names=NAMES,
    )


@bp.get("/desk/<clinic>/patients/<int:patient_id>/come-back.pdf")
@desk
def paper(clinic: str, patient_id: int) -> Response:
    """Raises NotFound.  The file's name tells nothing of the patient."""
    wanted = request.args.get("lang", Language.en.value)
    found: Card | None = None
    with heed().database.reading() as reading:
        patient = one_patient(reading, here().id, patient_id)
        if wanted in set(Language):
            found = card_of(reading, here(), patient.phone)
    if found is None:
        raise NotFound(NOTHING)
    answer = make_response(pdf(found, Language(wanted)))
    answer.mimetype = "application/pdf"
    name = f"{here().slug}-texts-again-{wanted}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
