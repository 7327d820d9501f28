"""Who says stop and who complains, campaign by campaign and carrier by carrier; a
slow-down is lifted here, with a note."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from gateway.campaign_signals import signal_lines
from gateway.restraint import look_again
from kernel.carriers import LABELS
from kernel.errors import Invalid
from kernel.web import heed
from registration.signals import Over, Signal, levels, meanings
from registration.slow_downs import lift

bp = Blueprint("signals", __name__)


@bp.get("/operator/clinics/<clinic>/signals")
@allow(Role.operator)
def signals(clinic: str) -> str:
    return _page("")


@bp.post("/operator/clinics/<clinic>/signals/<int:slow_down_id>")
@allow(Role.operator)
def go_on(clinic: str, slow_down_id: int) -> Any:
    note, now = request.form.get("note", ""), heed().now()

    def work(writing: Session) -> str:
        found = lift(writing, here().id, slow_down_id, note, me().email, now)
        noted(writing, "slow-down lifted", f"{found.carrier.value}: {slow_down_id}")
        return LABELS[found.carrier]

    try:
        label = heed().database.retrying(work)
    except Invalid as mistake:
        return _page(str(mistake)), 400
    # Apart from it: a send locks texts before it looks at what slows them down.
    heed().database.retrying(lambda writing: look_again(writing, here().id, now))
    flash(
        f"Texts leave to {label} as usual again. What happens from now on counts anew."
    )
    return redirect(url_for("signals.signals", clinic=clinic), 303)


def _page(problem: str) -> str:
    with heed().database.reading() as reading:
        lines = signal_lines(reading, here().id, heed().now())
    return render_template(
        "gateway/signals.html",
        lines=lines,
        labels=LABELS,
        meanings=meanings(),
        levels=levels(),
        Signal=Signal,
        Over=Over,
        problem=problem,
    )
