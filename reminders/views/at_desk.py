"""At the desk: a form that was signed, a yes and a STOP that were spoken."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask import url_for as address
from sqlmodel import Session

from clinics.models import Patient, Role
from clinics.web import allow, here, me, noted
from consent import at_desk, attachments, disclosures, scripts
from consent.at_desk import Recorded, Refused, Said, Signed, Whose
from consent.guardian import RELATIONS, Guardian
from consent.models import Topic
from consent.standing import Word, line_state
from consent.web import hand_out
from gateway.restraint import AGREED, CHANGED
from gateway.web import look_anew
from kernel.asked import read_day
from kernel.errors import Conflict, Invalid, NotFound
from kernel.phone import shown
from kernel.views import room_for
from kernel.web import heed
from reminders.patient import desk_of
from reminders.patients import one_patient, own_number, with_phone
from reminders.views.patients import e164_or_as_it_is

bp = Blueprint("at_desk", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)
FORM_BYTES = 64 * 1024  # the other fields of a form that brings a scan


room_for(bp, "record_paper", attachments.LARGEST + FORM_BYTES)


@bp.get("/desk/<clinic>/patients/<int:patient_id>/paper")
@desk
def paper(clinic: str, patient_id: int) -> str:
    return _paper(patient_id)


@bp.post("/desk/<clinic>/patients/<int:patient_id>/paper")
@desk
def record_paper(clinic: str, patient_id: int) -> Any:
    scan = request.files.get("scan")
    signed = Signed(
        topics=[topic for topic in Topic if topic.value in request.form],
        signed_on=_day(request.form.get("signed_on", "")),
        after_stop="after_stop" in request.form,
        wording=request.form.get("wording", ""),
        scan=scan.read(attachments.LARGEST + 1) if scan else b"",
        scan_name=(scan.filename or "") if scan else "",
        guardian=_guardian(),
    )

    def work(writing: Session) -> Recorded | Refused:
        patient = one_patient(writing, here().id, patient_id)
        done = at_desk.record_signed(writing, _whose(patient), signed, heed().now())
        return _noted(writing, done, "paper opt-in", patient)

    done = heed().database.retrying(work)
    if isinstance(done, Refused):
        return _paper(patient_id, {done.field: done.why}), 400
    return _recorded(patient_id)


@bp.get("/desk/<clinic>/patients/<int:patient_id>/verbal")
@desk
def verbal(clinic: str, patient_id: int) -> str:
    return _verbal(patient_id)


@bp.post("/desk/<clinic>/patients/<int:patient_id>/verbal")
@desk
def record_verbal(clinic: str, patient_id: int) -> Any:
    said = Said(
        said_yes="said_yes" in request.form,
        wording=request.form.get("wording", ""),
        seen_stop=request.form.get("seen_stop", -1, type=int),
        guardian=_guardian(),
    )

    def work(writing: Session) -> Recorded | Refused:
        patient = one_patient(writing, here().id, patient_id)
        done = at_desk.record_said(
            writing, _whose(patient), said, patient.language, heed().now()
        )
        return _noted(writing, done, "verbal opt-in", patient)

    done = heed().database.retrying(work)
    if isinstance(done, Refused):
        return _verbal(patient_id, {done.field: done.why}), 400
    return _recorded(patient_id)


@bp.post("/desk/<clinic>/patients/<int:patient_id>/wordings/<kind>")
@allow(Role.clinic_admin)
def publish(clinic: str, patient_id: int, kind: str) -> Any:
    """The words that this patient is to agree to, in the patient's language."""
    if kind not in scripts.NAMES:
        raise NotFound("There is no such wording.")
    text = request.form.get("text", "").replace("\r\n", "\n").strip()
    try:
        with heed().database.writing() as writing:
            patient = one_patient(writing, here().id, patient_id)
            said = disclosures.publish(
                writing, here().id, kind, patient.language, text, heed().now()
            )
            subject = f"{kind} {said.language} {said.version}"
            noted(writing, "disclosure published", subject)
    except (Invalid, Conflict) as mistake:
        page = _paper if kind == scripts.PAPER else _verbal
        return page(patient_id, {"text": str(mistake)}), 400
    flash(f"The {scripts.NAMES[kind]} is in use from now on.")
    return redirect(_url(f"at_desk.{kind}", patient_id=patient_id))


@bp.get("/desk/<clinic>/patients/by-phone/<phone>/stop")
@desk
def stop(clinic: str, phone: str) -> str:
    return _stop(e164_or_as_it_is(phone))


@bp.post("/desk/<clinic>/patients/by-phone/<phone>/stop")
@desk
def record_stop(clinic: str, phone: str) -> Any:
    number = e164_or_as_it_is(phone)
    where, how = request.form.get("where", ""), request.form.get("how", "").strip()
    if where not in at_desk.WHERE:
        return _stop(number, "Say where the patient asked, then press the button."), 400

    def work(writing: Session) -> None:
        seq = at_desk.record_stop(
            writing,
            here().id,
            number,
            how=how[:500],
            where=where,
            by=me().email,
            now=heed().now(),
        )
        noted(writing, "spoken stop", f"record {seq}")

    heed().database.retrying(work)
    look_anew(number)
    flash(f"{shown(number)} gets no more texts of any kind.")
    return redirect(_url("patients.patient", phone=number))


@bp.get("/desk/<clinic>/scans/<sha256>")
@desk
def scan(clinic: str, sha256: str) -> Response:
    with heed().database.reading() as reading:
        found = attachments.kept(reading, here().id, sha256)
    return hand_out(found, f"scan-{sha256[:12]}")


def _paper(patient_id: int, problems: dict[str, str] | None = None) -> str:
    with heed().database.reading() as reading:
        patient = one_patient(reading, here().id, patient_id)
        forms = at_desk.forms(reading, here().id)
        page = _page(reading, patient, problems)
    forms.sort(key=lambda form: form.language != patient.language)
    today = heed().now().astimezone(ZoneInfo(here().time_zone)).date()
    return render_template(
        "reminders/patient_paper.html",
        forms=forms,
        today=today,
        proposed=_proposed(scripts.PAPER, patient),
        **page,
    )


def _verbal(patient_id: int, problems: dict[str, str] | None = None) -> str:
    with heed().database.reading() as reading:
        patient = one_patient(reading, here().id, patient_id)
        script = disclosures.newest(
            reading, here().id, scripts.VERBAL, patient.language
        )
        line = line_state(reading, here().id, patient.phone)
        page = _page(reading, patient, problems)
    return render_template(
        "reminders/patient_verbal.html",
        script=script,
        seen_stop=line.stopped_seq,
        proposed=_proposed(scripts.VERBAL, patient),
        **page,
    )


def _page(
    reading: Session, patient: Patient, problems: dict[str, str] | None
) -> dict[str, Any]:
    return {
        "patient": patient,
        "desk": desk_of(reading, here().id, patient.phone, heed().now()),
        "language": scripts.LANGUAGES[patient.language],
        "may_publish": me().role is Role.clinic_admin,
        "problems": problems or {},
        "typed": request.form,
        "relations": [("", "Choose"), *RELATIONS.items()],
    }


def _stop(number: str, problem: str = "") -> str:
    with heed().database.reading() as reading:
        known = with_phone(reading, here().id, number)
        line = line_state(reading, here().id, number)
    return render_template(
        "reminders/patient_stop.html",
        phone=number,
        people=known,
        stopped=line.word is Word.opted_out,
        places=at_desk.WHERE,
        problem=problem,
        typed=request.form,
    )


def _whose(patient: Patient) -> Whose:
    return Whose(
        clinic_id=here().id,
        zone=here().time_zone,
        phone=patient.phone,
        patient=own_number(patient.external_id) or f"patient {patient.id}",
        by=me().email,
    )


def _guardian() -> Guardian | None:
    ticked = "for_patient" in request.form
    name = request.form.get("guardian", "").replace("\0", "").strip()
    relation = request.form.get("relation", "")
    return Guardian(ticked, name, relation) if ticked or name else None


def _noted(
    writing: Session, done: Recorded | Refused, action: str, patient: Patient
) -> Recorded | Refused:
    if isinstance(done, Refused):
        writing.rollback()  # a refusal leaves nothing behind
        return done
    records = ", ".join(str(seq) for seq in done.seqs)
    noted(writing, action, f"patient {patient.id}, record {records}")
    return done


def _recorded(patient_id: int) -> Any:
    with heed().database.reading() as reading:
        phone = one_patient(reading, here().id, patient_id).phone
        agreed = line_state(reading, here().id, phone).word is Word.opted_in
    look_anew(phone, AGREED if agreed else CHANGED)
    flash("Written down. The patient's yes counts from now on.")
    return redirect(_url("patients.one", patient_id=patient_id))


def _proposed(kind: str, patient: Patient) -> str:
    clinic = scripts.Clinic(here().name, shown(here().phone))
    return scripts.proposed(kind, patient.language, clinic)


def _day(text: str) -> date | None:
    try:
        return read_day(text)
    except Invalid:
        return None


def _url(endpoint: str, **path: Any) -> str:
    return address(endpoint, clinic=here().slug, **path)
