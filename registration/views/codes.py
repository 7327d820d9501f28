"""Rejection codes: look one up by number or by words, and what to do about it."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow
from registration.codes import (
    LONGEST,
    SHOWN,
    all_series,
    look_up,
    of_series,
    search,
    sources,
)

bp = Blueprint("codes", __name__)


@bp.get("/operator/codes")
@allow(Role.operator)
def codes() -> Any:
    sought = request.args.get("q", "").strip()[:LONGEST]
    found = look_up(sought) if sought else None
    if found is not None and found.known:
        name = found.meanings[0].short if found.meanings else sought
        return redirect(url_for("codes.code", code=name))
    hits = search(sought)
    return render_template(
        "registration/codes.html",
        sought=sought,
        unknown=found,
        hits=hits[:SHOWN],
        more=len(hits[SHOWN:]),
        series=all_series(),
    )


@bp.get("/operator/codes/<code>")
@allow(Role.operator)
def code(code: str) -> str:
    source = request.args.get("source", "")[:LONGEST] or None
    answer = look_up(code[:LONGEST], source)
    filed = of_series(answer.code.strip()) if answer.is_series else ()
    return render_template(
        "registration/code.html",
        answer=answer,
        label=sources().get(source, source) if source else None,
        filed=filed[:SHOWN],
        more=len(filed[SHOWN:]),
    )
