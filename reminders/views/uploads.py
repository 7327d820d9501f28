"""Upload a list of appointments, look it over, say which column is which, import it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow, here, me, noted
from kernel.errors import Invalid, NotFound
from kernel.views import room_for
from kernel.web import heed
from reminders import upload as lists
from reminders.intake.headings import IGNORED, Column
from reminders.intake.rows import words_for
from reminders.intake.store import save_map, saved_map

bp = Blueprint("uploads", __name__)
DESK = (Role.front_desk, Role.clinic_admin)
NOT_GIVEN = "Choose a file, or paste the list."
BOTH = "A file was chosen and a list was pasted. Give one of the two."
LONGEST_MAP_NAME = 40
FIELDS = {
    Column.appointment_id: "appointment number",
    Column.patient_id: "patient number",
    Column.given_name: "first name",
    Column.family_name: "last name",
    Column.full_name: "full name",
    Column.phone: "mobile phone",
    Column.language: "language",
    Column.starts_at: "date and time together",
    Column.date: "date",
    Column.time: "time",
    Column.location: "place",
    Column.provider: "provider",
    Column.status: "status of the visit",
    Column.consent: "agreed to texts",
    Column.time_zone: "patient's time zone",
}
HELD_BY = (
    ("appointment_id", "the visit's number in your calendar", "up to 64 characters"),
    ("patient_id", "the patient's number in your charts", "up to 64 characters"),
    ("given_name, family_name", "first and last name; or full_name", "any"),
    ("phone", "the mobile phone; needed", "US numbers, in any form"),
    ("date, time", "of the visit; or starts_at; needed", "12/1/2026, 3:00 PM"),
    ("provider, location", "who sees the patient, and where", "any"),
    ("language", "what the reminder is written in", "{language}"),
    ("status", "whether the visit takes place", "{status}"),
    ("consent", "the patient agreed to texts, you say", "asserted, or empty"),
    ("time_zone", "of the patient, if not the clinic's", "America/New_York"),
)
CHOICES = [(IGNORED, "not used"), *((str(key), word) for key, word in FIELDS.items())]


room_for(bp, "store", lists.MOST_BYTES, in_memory=lists.MOST_BYTES)


@bp.get("/desk/<clinic>/appointments/upload")
@allow(*DESK)
def upload(clinic: str) -> str:
    return _form("")


@bp.post("/desk/<clinic>/appointments/upload")
@allow(*DESK)
def store(clinic: str) -> Any:
    file, pasted = request.files.get("file"), request.form.get("pasted", "")
    content = file.read() if file else b""
    if bool(content) == bool(pasted.strip()):
        return _form(BOTH if content else NOT_GIVEN, pasted), 400
    heed_, name = heed(), (file.filename or "") if file and content else "pasted list"
    draft = lists.new_draft(
        heed_.database,
        here().id,
        by=me().email,
        name=name,
        content=content or pasted.encode("utf-8", "replace"),
        headings=_saved(request.form.get("map", "")),
        now=heed_.now(),
    )
    with heed_.database.writing() as writing:
        draft_id = lists.keep(writing, draft)
        noted(writing, "list uploaded", f"{draft.file_name} (upload {draft_id})")
    return _to(draft_id)


@bp.get("/desk/<clinic>/appointments/uploads/<int:draft_id>")
@allow(*DESK)
def preview(clinic: str, draft_id: int) -> str:
    with heed().database.reading() as reading:
        return render_template(
            "reminders/upload_preview.html",
            draft=lists.draft_of(reading, here().id, draft_id, heed().now()),
            maps=lists.saved_maps(reading, here().id),
            choices=CHOICES,
        )


@bp.post("/desk/<clinic>/appointments/uploads/<int:draft_id>/mapping")
@allow(*DESK)
def mapping(clinic: str, draft_id: int) -> Any:
    """Their columns as ours, chosen here or saved before; the list is read anew."""
    now, database = heed().now(), heed().database
    with database.reading() as reading:
        draft = lists.draft_of(reading, here().id, draft_id, now)
    if draft.imported_at is not None:
        return _done(draft.preview, draft_id, fresh=False)
    chosen = _saved(request.form.get("map", "")) or _chosen(draft)
    name = request.form.get("name", "").strip()[:LONGEST_MAP_NAME]
    seen = lists.previewed(database, here().id, draft_id, chosen, now)
    with database.writing() as writing:
        lists.remap(writing, here().id, draft_id, chosen, seen)
        noted(writing, "columns chosen", f"upload {draft_id}")
        if name:
            save_map(writing, here().id, name, chosen)
            noted(writing, "column map saved", name)
    saved = f" The mapping is saved as '{name}'." if name else ""
    flash(f"The list was read again.{saved}")
    return _to(draft_id)


@bp.post("/desk/<clinic>/appointments/uploads/<int:draft_id>/import")
@allow(*DESK)
def bring_in(clinic: str, draft_id: int) -> Any:
    done, fresh = lists.import_draft(
        heed().database, here().id, draft_id, me().email, heed().now()
    )
    return _done(done, draft_id, fresh=fresh)


@bp.post("/desk/<clinic>/appointments/uploads/<int:draft_id>/discard")
@allow(*DESK)
def discard(clinic: str, draft_id: int) -> Any:
    with heed().database.writing() as writing:
        name = lists.discard(writing, here().id, draft_id)
        if name is None:
            raise NotFound(lists.GONE)
        noted(writing, "list discarded", f"{name} (upload {draft_id})")
    flash(f"'{name}' was discarded. Nothing of it was stored.")
    return redirect(url_for("appointments.appointments", clinic=here().slug))


def _done(done: dict[str, Any], draft_id: int, *, fresh: bool) -> Any:
    counts = (
        f"{done['added']} added, {done['changed']} changed, {done['cancelled']} "
        f"cancelled, {done['unchanged']} unchanged, {done['refused']} refused"
    )
    if not fresh:
        flash(f"This list was imported already, once: {counts}.")
    else:
        flash(f"The list is imported: {counts}.")
    if done["refused"]:
        return _to(draft_id)
    page = "appointments.appointments"
    return redirect(url_for(page, clinic=here().slug, day=done["day"]))


def _to(draft_id: int) -> Any:
    return redirect(url_for("uploads.preview", clinic=here().slug, draft_id=draft_id))


def _form(problem: str, pasted: str = "") -> str:
    with heed().database.reading() as reading:
        return render_template(
            "reminders/upload.html",
            problem=problem,
            pasted=pasted,
            maps=[(name, name) for name in lists.saved_maps(reading, here().id)],
            drafts=lists.drafts(reading, here().id, heed().now()),
            columns=_columns(),
        )


def _columns() -> list[tuple[str, str, str]]:
    """Column, what it holds, what it may say: the words of the import's own table."""

    def words(column: Column, meaning: str) -> str:
        return ", ".join(words_for(column, meaning))

    language, status = Column.language, Column.status
    said = {
        "language": f"English: {words(language, 'en')}. Spanish: "
        f"{words(language, 'es')}. Empty is English.",
        "status": f"Cancelled: {words(status, 'cancelled')}. No-show: "
        f"{words(status, 'noshow')}. Booked: empty, {words(status, 'booked')}. "
        f"Moved: {words(status, 'moved')}.",
    }
    return [(name, holds, allowed.format(**said)) for name, holds, allowed in HELD_BY]


def _saved(name: str) -> dict[str, str] | None:
    """Raises NotFound."""
    if not name:
        return None
    with heed().database.reading() as reading:
        return saved_map(reading, here().id, name)


def _chosen(draft: lists.Draft) -> dict[str, str]:
    """Raises Invalid when it is the form of another list."""
    headings = list(draft.preview["columns"])
    words = request.form.getlist("column")
    if len(words) != len(headings) or not words:
        raise Invalid(
            "These are not the columns of this list. Reload and choose again."
        )
    return dict(zip(headings, words, strict=True))
