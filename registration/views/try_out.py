"""Paste one text and see it judged at once.  Keeps nothing."""

from typing import Any

from flask import Blueprint, render_template, request

from clinics.models import Role
from clinics.web import allow
from registration.checks.check import TEXTS, check_text
from registration.checks.finding import outcome
from registration.checks.marked import marked
from registration.codes import sources
from registration.submission import LONGEST
from registration.usecases import use_cases

bp = Blueprint("try_out", __name__)
operator = allow(Role.operator)
KINDS = {
    "sample": "A sample message",
    "description": "A description",
    "message_flow": "How patients opt in",
    "opt_in_reply": "An opt-in confirmation",
    "help_reply": "An answer to HELP",
    "stop_reply": "An answer to STOP",
    "privacy_policy": "A part of a privacy policy",
    "terms": "Terms for texts",
}


@bp.get("/operator/try")
@operator
def try_out() -> str:
    return _page({"kind": "sample"})


@bp.post("/operator/try")
@operator
def judge() -> Any:
    typed = request.form
    if typed.get("kind") not in TEXTS:
        return _page(typed, "Choose what the text is."), 400
    if len(typed.get("text", "")) > LONGEST:
        return _page(typed, f"At most {LONGEST:,} characters can be judged."), 400
    return _page(typed, judged=True)


def _page(typed: Any, problem: str = "", *, judged: bool = False) -> str:
    text = typed.get("text", "").replace("\r\n", "\n")
    names = tuple(filter(None, [typed.get("name", "").strip()]))
    use_case = typed.get("use_case", "") or None
    findings = check_text(typed["kind"], text, use_case, names) if judged else ()
    return render_template(
        "registration/try.html",
        typed=typed,
        problem=problem,
        judged=judged,
        kinds=[(key, words) for key, words in KINDS.items() if key in TEXTS],
        use_cases=[("", "Not said"), *((code, code) for code in use_cases())],
        findings=findings,
        outcome=outcome(findings).value,
        can_write=lambda finding: False,
        issuers=sources(),
        pieces=marked(text, findings),
    )
