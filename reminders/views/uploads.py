"""Upload a list of appointments, look it over, say which column is which, import it."""

import io
from collections.abc import Collection
from typing import IO, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow, here, me, noted, signed_in
from kernel.errors import Invalid, NotFound
from kernel.views import room_for
from kernel.web import heed
from reminders import upload as lists
from reminders.intake.cell_words import words_for
from reminders.intake.column_maps import forget_map, maps_of, save_map, saved_map
from reminders.intake.headings import IGNORED, Column
from reminders.intake.imported import COUNTS
from reminders.intake.recognise import fitting
from reminders.upload_work import work_on

bp = Blueprint("uploads", __name__)
DESK = (Role.front_desk, Role.clinic_admin)
NOT_GIVEN = "Choose a file, or paste the list."
BOTH = "A file was chosen and a list was pasted. Give one of the two."
NOT_STORED = "Nothing of it was stored."
STORED = (
    "Its import had broken off: the visits that were stored before stay, and are among "
    "the appointments."
)
LONGEST_MAP_NAME = 40
MOST_PASTED = 5 * 1024 * 1024
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


def _from_staff() -> bool:
    return signed_in() is not None


room_for(bp, "store", lists.MOST_BYTES, MOST_PASTED, only_if=_from_staff)


@bp.get("/desk/<clinic>/appointments/upload")
@allow(*DESK)
def upload(clinic: str) -> str:
    return _form("")


@bp.post("/desk/<clinic>/appointments/upload")
@allow(*DESK)
def store(clinic: str) -> Any:
    file, pasted = request.files.get("file"), request.form.get("pasted", "")
    given = file is not None and bool(file.stream.read(1))
    if given == bool(pasted.strip()):
        return _form(BOTH if given else NOT_GIVEN, pasted), 400
    name: str = "pasted list"
    stream: IO[bytes] = io.BytesIO(pasted.encode("utf-8", "replace"))
    if file is not None and given:
        name, stream = file.filename or "", file.stream
    stream.seek(0)
    map_name = _typed("map")
    draft_id = lists.arrive(
        heed().database,
        here().id,
        by=me().email,
        name=name,
        stream=stream,
        map_name=map_name or None,
        headings=_saved(map_name),
        now=heed().now(),
    )
    stream.close()
    with heed().database.writing() as writing:
        noted(writing, "list uploaded", f"{lists.tidy_name(name)} (upload {draft_id})")
    return _work(draft_id)


@bp.get("/desk/<clinic>/appointments/uploads/<int:draft_id>")
@allow(*DESK)
def preview(clinic: str, draft_id: int) -> str:
    draft = _draft(draft_id)
    with heed().database.reading() as reading:
        maps = maps_of(reading, here().id)
    return render_template(
        "reminders/upload_preview.html",
        draft=draft,
        maps=list(maps),
        suggested=draft.map_name or _free_name(draft.file_name, maps),
        choices=CHOICES,
        live=draft.working,
    )


@bp.post("/desk/<clinic>/appointments/uploads/<int:draft_id>/mapping")
@allow(*DESK)
def mapping(clinic: str, draft_id: int) -> Any:
    """Their columns as ours, chosen here or saved before; the list is read anew."""
    draft = _draft(draft_id)
    if draft.imported_at is not None:
        return _done(draft, fresh=False)
    name = _typed("map")
    saved = _saved(name)
    if saved is not None:
        chosen = fitting(_columns_of(draft), saved)
    else:
        chosen = _chosen(draft)
        if request.form.get("remember"):
            name = _typed("name").strip()[:LONGEST_MAP_NAME]
            name = name or lists.tidy_name(draft.file_name)[:LONGEST_MAP_NAME]
    with heed().database.writing() as writing:
        lists.ask_to_read(writing, draft, chosen, name or None)
        noted(writing, "columns chosen", f"upload {draft_id}")
        if request.form.get("remember"):
            save_map(writing, here().id, name, chosen)
            noted(writing, "column map saved", name)
    if request.form.get("remember"):
        flash(f"The columns are remembered as '{name}' for lists with these headings.")
    return _work(draft_id)


@bp.post("/desk/<clinic>/appointments/upload/forget")
@allow(*DESK)
def forget(clinic: str) -> Any:
    name = _typed("map")
    with heed().database.writing() as writing:
        forget_map(writing, here().id, name)
        noted(writing, "column map forgotten", name)
    flash(f"'{name}' is forgotten. Lists that were imported with it stay as they are.")
    return redirect(url_for("uploads.upload", clinic=here().slug))


@bp.post("/desk/<clinic>/appointments/uploads/<int:draft_id>/import")
@allow(*DESK)
def bring_in(clinic: str, draft_id: int) -> Any:
    with heed().database.writing() as writing:
        draft = lists.draft_of(writing, here().id, draft_id, heed().now())
        fresh = lists.ask_to_import(writing, draft, me().email)
    if draft.small:
        work_on(heed().database, heed().clock, draft_id)
    return _done(_draft(draft_id), fresh=fresh)


@bp.post("/desk/<clinic>/appointments/uploads/<int:draft_id>/discard")
@allow(*DESK)
def discard(clinic: str, draft_id: int) -> Any:
    with heed().database.writing() as writing:
        found = lists.discard(writing, here().id, draft_id)
        if found is None:
            raise NotFound(lists.GONE)
        name, stored = found
        noted(writing, "list discarded", f"{name} (upload {draft_id})")
    lists.remove(heed().database, draft_id)
    flash(f"'{name}' was discarded. {STORED if stored else NOT_STORED}")
    return redirect(url_for("appointments.appointments", clinic=here().slug))


def _draft(draft_id: int) -> lists.Draft:
    """Raises NotFound."""
    with heed().database.reading() as reading:
        return lists.draft_of(reading, here().id, draft_id, heed().now())


def _work(draft_id: int) -> Any:
    """A small list is read at once, a large one by the clock's next pass."""
    if _draft(draft_id).small:
        work_on(heed().database, heed().clock, draft_id)
    return _to(draft_id)


def _done(draft: lists.Draft, *, fresh: bool) -> Any:
    """To the visits, or to what is left to say of the list."""
    done = draft.preview or {}
    if draft.imported_at is None:
        return _to(draft.id)
    counts = ", ".join(f"{done[word]} {word}" for word in COUNTS)
    if not fresh:
        flash(f"This list was imported already, once: {counts}.")
    else:
        flash(f"The list is imported: {counts}.")
    if done["refused"] or not done["day"]:
        return _to(draft.id)
    page = "appointments.appointments"
    return redirect(url_for(page, clinic=here().slug, day=done["day"]))


def _to(draft_id: int) -> Any:
    return redirect(url_for("uploads.preview", clinic=here().slug, draft_id=draft_id))


def _form(problem: str, pasted: str = "") -> str:
    with heed().database.reading() as reading:
        maps = maps_of(reading, here().id)
        return render_template(
            "reminders/upload.html",
            problem=problem,
            pasted=pasted,
            maps=maps,
            fields=FIELDS,
            drafts=lists.drafts(reading, here().id, heed().now()),
            columns=_columns(),
        )


def _free_name(file_name: str, maps: Collection[str]) -> str:
    """For a mapping that is to be remembered: after its file."""
    stem = file_name.rpartition(".")[0] or file_name
    names = (stem, *(f"{stem} {number}" for number in range(2, 1000)))
    free = (name[-LONGEST_MAP_NAME:] for name in names)
    return next((name for name in free if name not in maps), stem)


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


def _typed(field: str) -> str:
    """Without NULs, which PostgreSQL keeps in no text."""
    return request.form.get(field, "").replace("\0", "")


def _saved(name: str) -> dict[str, str] | None:
    """Raises NotFound."""
    if not name:
        return None
    with heed().database.reading() as reading:
        return saved_map(reading, here().id, name)


def _columns_of(draft: lists.Draft) -> list[str]:
    return list((draft.preview or {}).get("columns", ()))


def _chosen(draft: lists.Draft) -> dict[str, str]:
    """Raises Invalid when it is the form of another list."""
    headings = request.form.getlist("heading") or _columns_of(draft)
    words = request.form.getlist("column")
    theirs = sorted(headings) == sorted(_columns_of(draft))
    if not theirs or len(words) != len(headings) or not words:
        raise Invalid(
            "These are not the columns of this list. Reload and choose again."
        )
    return dict(zip(headings, words, strict=True))
