"""Appointments: a day's visits, one visit with its reminders, a visit typed by hand."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Clinic, Role
from clinics.web import allow, here, me, noted
from kernel.asked import read_day, read_id
from kernel.web import heed
from reminders import appointments as look
from reminders import find_patients
from reminders.answered import history
from reminders.intake import by_hand
from reminders.intake.compare import Outcome
from reminders.intake.doubts import settle
from reminders.intake.typed import Typed, Wrong
from reminders.list_watch import missing_list
from reminders.models import VisitStatus
from reminders.patients import one_patient

bp = Blueprint("appointments", __name__)
DESK = (Role.front_desk, Role.clinic_admin)
FIELDS = (
    "date",
    "time",
    "provider",
    "place",
    "given_name",
    "family_name",
    "phone",
    "language",
)
MOST_SKIPPED = 100_000


@bp.get("/desk/<clinic>/appointments")
@allow(*DESK)
def appointments(clinic: str) -> str:
    skip = request.args.get("skip", 0, int)
    with heed().database.reading() as reading:
        day = look.day(
            reading,
            here(),
            read_day(request.args.get("day", "")),
            heed().now(),
            min(max(skip, 0), MOST_SKIPPED),
        )
        no_list = missing_list(reading, here().id)
    return render_template(
        "reminders/appointments.html", day=day, skip=skip, no_list=no_list
    )


@bp.get("/desk/<clinic>/appointments/<int:visit_id>")
@allow(*DESK)
def visit(clinic: str, visit_id: int) -> str:
    return _visit_page(visit_id, {}, None)


@bp.post("/desk/<clinic>/appointments/<int:visit_id>/move")
@allow(*DESK)
def move(clinic: str, visit_id: int) -> Any:
    typed, now, by = _typed(), heed().now(), me().email
    before = _line(visit_id)

    def work(writing: Session) -> by_hand.Stored | Wrong:
        place = writing.get_one(Clinic, here().id)
        done = by_hand.move(writing, place, visit_id, typed, now, by=by)
        if isinstance(done, by_hand.Stored) and done.outcome is not Outcome.unchanged:
            noted(writing, "visit moved", f"visit {visit_id}, was {before.wall_time}")
        return done

    done = heed().database.retrying(work)
    if isinstance(done, Wrong):
        return _visit_page(visit_id, done.sentences, typed), 400
    return _tell(before, done, "The visit was changed.")


@bp.post("/desk/<clinic>/appointments/<int:visit_id>/clear")
@allow(*DESK)
def clear(clinic: str, visit_id: int) -> Any:
    """Its time is right, whatever a list says that nobody can read."""
    now, before = heed().now(), _line(visit_id)
    with heed().database.writing() as writing:
        if settle(writing, here().id, visit_id, now):
            noted(writing, "visit found right", f"visit {visit_id}")
    after = _line(visit_id)
    flash(f"The visit stands as it is. {look.said(before, after, here().time_zone)}")
    return redirect(url_for("appointments.visit", clinic=clinic, visit_id=visit_id))


@bp.post("/desk/<clinic>/appointments/<int:visit_id>/cancel")
@allow(*DESK)
def cancel(clinic: str, visit_id: int) -> Any:
    return _end(visit_id, VisitStatus.cancelled, "The visit was cancelled.")


@bp.post("/desk/<clinic>/appointments/<int:visit_id>/noshow")
@allow(*DESK)
def noshow(clinic: str, visit_id: int) -> Any:
    return _end(visit_id, VisitStatus.noshow, "The visit was marked as a no-show.")


@bp.get("/desk/<clinic>/appointments/new")
@allow(*DESK)
def new(clinic: str) -> str:
    return _new_page(read_id(request.args.get("patient")), "", {}, None)


@bp.post("/desk/<clinic>/appointments/new/find")
@allow(*DESK)
def find(clinic: str) -> str:
    """Looks only; a name does not belong into an address, which logs keep."""
    return _new_page(None, request.form.get("find", "")[:100].strip(), {}, None)


@bp.post("/desk/<clinic>/appointments/new")
@allow(*DESK)
def add(clinic: str) -> Any:
    typed, now, by = _typed(), heed().now(), me().email
    sought = request.form.get("find", "")[:100]
    patient_id = read_id(request.form.get("patient"))

    def work(writing: Session) -> by_hand.Stored | Wrong:
        done = by_hand.add(
            writing,
            writing.get_one(Clinic, here().id),
            typed,
            now,
            patient_id=patient_id or None,
            by=by,
        )
        if isinstance(done, by_hand.Stored) and done.outcome is not Outcome.unchanged:
            noted(writing, "visit added", f"visit {done.visit_id}")
        return done

    done = heed().database.retrying(work)
    if isinstance(done, Wrong):
        return _new_page(patient_id, sought, done.sentences, typed), 400
    return _tell(None, done, "The visit is stored.")


def _end(visit_id: int, status: VisitStatus, sentence: str) -> Any:
    now, by = heed().now(), me().email
    before = _line(visit_id)

    def work(writing: Session) -> by_hand.Stored | Wrong:
        place = writing.get_one(Clinic, here().id)
        done = by_hand.end(writing, place, visit_id, status, now, by=by)
        if isinstance(done, by_hand.Stored) and done.outcome is not Outcome.unchanged:
            noted(writing, f"visit {status.value}", f"visit {visit_id}")
        return done

    done = heed().database.retrying(work)
    if isinstance(done, Wrong):
        return _visit_page(visit_id, done.sentences, None), 400
    return _tell(before, done, sentence)


def _tell(before: look.Line | None, done: by_hand.Stored, sentence: str) -> Any:
    """To the visit, with what became of its reminders."""
    if done.outcome is Outcome.unchanged:
        flash("That was done already; nothing was changed.")
    else:
        after = _line(done.visit_id)
        flash(f"{sentence} {look.said(before, after, here().time_zone)}")
    page = "appointments.visit"
    return redirect(url_for(page, clinic=here().slug, visit_id=done.visit_id))


def _line(visit_id: int) -> look.Line:
    with heed().database.reading() as reading:
        return look.visit(reading, here(), visit_id, heed().now())


def _visit_page(visit_id: int, wrong: Any, typed: Typed | None) -> str:
    line = _line(visit_id)
    with heed().database.reading() as reading:
        said = history(reading, here().id, visit_id)
    return render_template(
        "reminders/visit.html",
        visit=line,
        said=said,
        wrong=wrong,
        typed=typed
        or Typed(
            date=line.wall_time[:10],
            time=line.wall_time[11:],
            provider=line.provider,
            place=line.place,
        ),
        over=line.starts_at <= heed().now(),
    )


def _new_page(
    patient_id: int | None, sought: str, wrong: Any, typed: Typed | None
) -> str:
    found, more = _known(sought, patient_id)
    return render_template(
        "reminders/visit_new.html",
        found=found,
        more=more,
        sought=sought,
        chosen=patient_id,
        wrong=wrong,
        typed=typed or Typed(date="", time=""),
    )


def _known(sought: str, patient_id: int | None) -> tuple[list[Any], bool]:
    """The patients to choose from, and whether there are more.  Raises NotFound."""
    with heed().database.reading() as reading:
        if sought:
            found = find_patients.find(reading, here().id, sought, None, heed().now())
            return list(found.rows), found.after is not None
        if not patient_id:
            return [], False
        one = one_patient(reading, here().id, patient_id)
        name = f"{one.given_name} {one.family_name}".strip()
        return [{"id": one.id, "name": name, "phone": one.phone}], False


def _typed() -> Typed:
    fields = {name: request.form.get(name, "")[:200] for name in FIELDS}
    return Typed(**fields, at_night="at_night" in request.form)
