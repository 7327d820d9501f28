"""Patients: found, looked at, added, changed."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.access import clinic_by_slug
from clinics.models import Language, Patient, Role
from clinics.web import allow, here, me, noted
from consent.standing import LineState, Word, line_state
from kernel import phone as phones
from kernel.asked import read_id
from kernel.errors import Conflict, Invalid, NotFound
from kernel.phone import shown
from kernel.web import heed
from reminders.answer import Answer, answers
from reminders.explain import timeline
from reminders.find_patients import find
from reminders.first_mention import introduce
from reminders.held import held_for
from reminders.held_words import about_new_number
from reminders.near import near
from reminders.patient import desk_of, visits_ahead
from reminders.patients import (
    Details,
    add,
    edit,
    one_patient,
    own_number,
    read_details,
    version,
    with_phone,
)
from reminders.phoned import marks_of
from reminders.views.way_back import came_from, keep
from reminders.visit_facts import Fact

bp = Blueprint("patients", __name__)
bp.app_url_defaults(keep)
desk = allow(Role.front_desk, Role.clinic_admin)
FACTS = 50
OURS = ("verdict", "sent", "delivery", "ended")  # kinds of facts
LONGEST_PHONE = 64  # of an odd sender, as `gateway.inbound` keeps it
CHANGED = {
    "given_name": "the given name",
    "family_name": "the family name",
    "phone": "the phone",
    "language": "the language",
    "external_id": "the chart number",
}


@bp.get("/desk/<clinic>/patients")
@desk
def patients(clinic: str) -> str:
    wanted = request.args.get("q", "").strip()
    after = read_id(request.args.get("after"))
    with heed().database.reading() as reading:
        found = find(reading, here().id, wanted, after, heed().now())
    return render_template(
        "reminders/patients.html", found=found, wanted=wanted, after=after
    )


@bp.get("/desk/<clinic>/patients/new")
@desk
def new(clinic: str) -> str:
    return _form({"phone": request.args.get("phone", "")}, {})


@bp.post("/desk/<clinic>/patients/new")
@desk
def add_new(clinic: str) -> Any:
    details = read_details(request.form)
    if not isinstance(details, Details):
        return _form(request.form, details), 400
    try:
        with heed().database.writing() as writing:
            patient_id = add(writing, here().id, details, heed().now())
            noted(writing, "patient added", f"patient {patient_id}")
    except Invalid as mistake:
        return _form(request.form, {"own_number": str(mistake)}), 400
    flash(f"{details.name} is on the list now.")
    return _to(patient_id)


@bp.get("/desk/<clinic>/patients/<int:patient_id>")
@desk
def one(clinic: str, patient_id: int) -> str:
    with heed().database.reading() as reading:
        patient = one_patient(reading, here().id, patient_id)
        sharing = with_phone(reading, here().id, patient.phone)
        visits = visits_ahead(reading, here().id, patient_id, heed().now())
        page = _of_phone(reading, patient.phone)
        held = held_for(reading, here(), patient, page["desk"].line, heed().now())
        return render_template(
            "reminders/patient.html",
            patient=patient,
            own_number=own_number(patient.external_id),
            sharing=[other for other in sharing if other.id != patient.id],
            held=held,
            answer=_answer(reading, patient_id),
            visits=visits,
            marks=marks_of(reading, here().id, [visit.id or 0 for visit in visits]),
            soon=[
                visit.id
                for visit in visits
                if near(visit.starts_at, heed().now(), here().time_zone)
            ],
            came_from=came_from(),
            **page,
        )


@bp.get("/desk/<clinic>/patients/by-phone/<phone>")
@desk
def patient(clinic: str, phone: str) -> Any:
    """Who has this number; a page for a number that nobody of the list has."""
    number = e164_or_as_it_is(phone)
    with heed().database.reading() as reading:
        known = with_phone(reading, here().id, number)
        if known:
            return _to(known[0].id)
        page = _of_phone(reading, number)
    readable = isinstance(phones.read(number), phones.Phone)
    if not readable and not page["facts"] and not page["desk"].known:
        raise NotFound(f"Nothing is known of '{number}', and it is no phone number.")
    return render_template(
        "reminders/patient_phone.html",
        phone=number,
        readable=readable,
        came_from=came_from(),
        **page,
    )


@bp.get("/desk/<clinic>/patients/<int:patient_id>/edit")
@desk
def change(clinic: str, patient_id: int) -> str:
    with heed().database.reading() as reading:
        patient = one_patient(reading, here().id, patient_id)
    typed = {
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "phone": shown(patient.phone),
        "language": patient.language.value,
        "own_number": own_number(patient.external_id),
        "seen": version(patient),
    }
    return _form(typed, {}, patient)


@bp.post("/desk/<clinic>/patients/<int:patient_id>/edit")
@desk
def save(clinic: str, patient_id: int) -> Any:
    details = read_details(request.form)
    if not isinstance(details, Details):
        return _again(patient_id, details)

    def work(writing: Session) -> tuple[list[str], Word, LineState]:
        had = _line(writing, one_patient(writing, here().id, patient_id).phone)
        changed = edit(
            writing,
            here().id,
            patient_id,
            details,
            seen=request.form.get("seen", ""),
            by=me().email,
            now=heed().now(),
        )
        if changed:
            what = ", ".join(CHANGED[name] for name in changed)
            noted(writing, "patient changed", f"patient {patient_id}: {what}")
        return changed, had.word, _line(writing, details.phone)

    try:
        done = heed().database.retrying(work)
    except Invalid as mistake:
        return _again(patient_id, {"own_number": str(mistake)})
    except Conflict as mistake:
        flash(str(mistake), "problem")
        return redirect(_url("patients.change", patient_id))
    flash(_said(*done))
    return _to(patient_id)


def e164_or_as_it_is(text: str) -> str:
    """Odd senders have a history too.  Raises NotFound for what none can be."""
    found = phones.read(text)
    if isinstance(found, phones.Phone):
        return found.e164
    if not text.isprintable() or len(text) > LONGEST_PHONE:
        raise NotFound("This is no phone number.")
    return text


def _of_phone(reading: Session, phone: str) -> dict[str, Any]:
    """What both pages show of a number; `?all=1` is the whole of its timeline."""
    everything = "all" in request.args
    most = None if everything else FACTS + 1
    facts = timeline(reading, clinic_by_slug(reading, here().slug), phone, most)
    facts.reverse()
    return {
        "desk": desk_of(reading, here().id, phone, heed().now()),
        "facts": _introduced(facts if everything else facts[:FACTS]),
        "more": not everything and len(facts) > FACTS,
    }


def _answer(reading: Session, patient_id: int) -> Answer:
    clinic, now = clinic_by_slug(reading, here().slug), heed().now()
    return answers(reading, clinic, [patient_id], now)[patient_id]


def _introduced(facts: list[Fact]) -> list[Fact]:
    """In the program's own sentences only: what somebody wrote stays as it is."""
    told = introduce([fact.sentence if fact.kind in OURS else "" for fact in facts])
    return [
        replace(fact, sentence=sentence or fact.sentence)
        for fact, sentence in zip(facts, told, strict=True)
    ]


def _again(patient_id: int, problems: dict[str, str]) -> Any:
    with heed().database.reading() as reading:
        patient = one_patient(reading, here().id, patient_id)
    return _form(request.form, problems, patient), 400


def _form(typed: Any, problems: dict[str, str], patient: Patient | None = None) -> str:
    return render_template(
        "reminders/patient_form.html",
        typed=typed,
        problems=problems,
        patient=patient,
        languages=[(Language.en, "English"), (Language.es, "Spanish")],
    )


def _line(session: Session, phone: str) -> LineState:
    return line_state(session, here().id, phone)


def _said(changed: list[str], had: Word, line: LineState) -> str:
    """`had` is how the number before stood, `line` how the present one does."""
    if not changed:
        return "Nothing was changed."
    if "phone" in changed:
        return f"Saved. {about_new_number(had, line)}"
    return "Saved. Texts that have not left yet are written anew."


def _to(patient_id: int | None) -> Any:
    return redirect(_url("patients.one", patient_id))


def _url(endpoint: str, patient_id: int | None) -> str:
    return url_for(endpoint, clinic=here().slug, patient_id=patient_id)
