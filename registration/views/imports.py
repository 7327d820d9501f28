"""A portal's table of carrier statuses, given as a file; what became of each line."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow, me
from kernel.errors import Invalid
from kernel.views import room_for
from kernel.visible import visible
from kernel.web import heed
from registration.portal_words import providers
from registration.status_file import LARGEST
from registration.status_import import import_statuses, summary

bp = Blueprint("status_imports", __name__)
FORM_BYTES = 64 * 1024  # around the file
SHOWN, LONGEST = 8, 200  # what a cookie holds

room_for(bp, "take", LARGEST + FORM_BYTES)


@bp.get("/operator/import-status")
@allow(Role.operator)
def page() -> str:
    return _page()


@bp.post("/operator/import-status")
@allow(Role.operator)
def take() -> Any:
    """What it did is written into each clinic's staff actions with the lines."""
    file, provider = request.files.get("file"), request.form.get("provider", "")
    name = (file.filename if file else "") or ""
    content = file.read() if file else b""
    if not content:
        return _page("Choose the CSV file; it must not be empty.", provider), 400
    try:
        told = import_statuses(
            heed().database, content, name, me().email, heed().now(), provider
        )
    except Invalid as mistake:
        return _page(str(mistake), provider), 400
    flash(summary(told))
    refused = [one for one in told if one.result == "refused"]
    for one in refused[:SHOWN]:
        words = visible(f"Line {one.line}, {one.campaign}: {one.sentence}"[:LONGEST])
        flash(words, "problem")
    if len(refused) > SHOWN:
        flash(
            f"And {len(refused) - SHOWN} more. The command prints every line.",
            "problem",
        )
    return redirect(url_for("status_imports.page"), 303)


def _page(problem: str = "", provider: str = "") -> str:
    return render_template(
        "registration/import_status.html",
        problem=problem,
        provider=provider,
        providers=[("", "As each line says")]
        + [(one, one) for one in sorted(providers())],
    )
