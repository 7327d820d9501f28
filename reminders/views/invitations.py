"""Asking a patient by text: the very words, what allows it, and one button."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Patient, Role
from clinics.web import allow, here, me, noted
from consent.at_desk import WHERE
from consent.standing import Word
from gateway.invitation import MayNot, decide
from gateway.invitations import Asked, Invited, invite, look, text_for
from gateway.opt_in_place import place_of
from kernel.web import heed
from registration.wordings import NoWording
from reminders.patient import desk_of
from reminders.patients import one_patient, own_number

bp = Blueprint("invitations", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)
NO_PLACE = (
    "The clinic has no texting number with a registered campaign yet. The operator "
    "connects one. Until then, ask at the visit."
)
NOT_TOLD = "Say where the patient told you, and tick that they did."


@bp.get("/desk/<clinic>/patients/<int:patient_id>/invite")
@desk
def look_at(clinic: str, patient_id: int) -> str:
    return _page(patient_id)


@bp.post("/desk/<clinic>/patients/<int:patient_id>/invite")
@desk
def ask(clinic: str, patient_id: int) -> Any:
    where = request.form.get("where", "")
    told = where if where in WHERE and "told" in request.form else None
    if told is None and ("told" in request.form or where):
        return _page(patient_id, problem=NOT_TOLD), 400

    def work(writing: Session) -> Asked | MayNot:
        patient = one_patient(writing, here().id, patient_id)
        place = place_of(writing, here())
        if place is None:
            return MayNot((NO_PLACE,))
        done = invite(writing, place, _invited(patient, told), heed().now())
        if isinstance(done, MayNot):
            writing.rollback()  # a refusal leaves nothing behind
        else:
            subject = f"patient {patient_id}, record {done.seq}"
            noted(writing, "asked by text", subject)
        return done

    done = heed().database.retrying(work)
    if isinstance(done, MayNot):
        return _page(patient_id, refused=done), 409
    flash(
        "The question is on its way. It leaves within a day, at an hour that is right "
        "where the patient is. Their YES will be the proof."
    )
    return redirect(
        url_for("patients.one", clinic=here().slug, patient_id=patient_id), 303
    )


def _invited(patient: Patient, told: str | None) -> Invited:
    return Invited(
        phone=patient.phone,
        patient=own_number(patient.external_id) or f"patient {patient.id}",
        language=patient.language,
        zones=(patient.time_zone or here().time_zone,),
        told=told,
        by=me().email,
    )


def _page(patient_id: int, problem: str = "", refused: MayNot | None = None) -> str:
    """`may` supposes that the patient said so: what is missing then, nobody can mend."""
    text: str | NoWording | None = None
    asserted = False
    with heed().database.reading() as reading:
        patient = one_patient(reading, here().id, patient_id)
        place = place_of(reading, here())
        if place is None:
            may: Any = MayNot((NO_PLACE,))
        else:
            facts = look(reading, place, patient.phone, told=True, now=heed().now())
            asserted = facts.word is Word.opted_in
            may = decide(facts)
            text = text_for(reading, place, patient.phone, patient.language)
            if isinstance(text, NoWording) and not isinstance(may, MayNot):
                may = MayNot((text.why,))
        stands = desk_of(reading, here().id, patient.phone, heed().now())
    return render_template(
        "reminders/patient_invite.html",
        patient=patient,
        desk=stands,
        why_not=(refused or may).why if refused or isinstance(may, MayNot) else (),
        text=text if isinstance(text, str) else "",
        asserted=asserted,
        places=WHERE,
        problem=problem,
        typed=request.form,
    )
