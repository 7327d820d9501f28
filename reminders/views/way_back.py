"""The way back from a patient's pages: to Today, the call list or the question
why for who came from there, whatever form they sent in between, else to the list of
patients."""

from typing import Any

from flask import has_request_context, request

FROM = {
    "today": ("today.today", "Today"),
    "calls": ("calls.calls", "Call list"),
    "why": ("why.why", "Why no text?"),
}
PATIENTS = ("patients.patients", "Patients")
OF_ONE_PATIENT = frozenset(
    {
        "patients.one",
        "patients.patient",
        "patients.change",
        "at_desk.paper",
        "at_desk.record_paper",
        "at_desk.verbal",
        "at_desk.record_verbal",
        "at_desk.publish",
        "at_desk.stop",
        "invitations.look_at",
        "invitations.ask",
        "come_back.card",
        "page_link.make",
        "phoned.phoned",
        "phoned.not_phoned",
    }
)


def came_from() -> tuple[str, str]:
    """The page that leads back, as an endpoint, and its name."""
    return FROM.get(request.args.get("from", ""), PATIENTS)


def keep(endpoint: str, values: dict[str, Any]) -> None:
    """Every link and redirect among these pages carries it on."""
    if endpoint in OF_ONE_PATIENT and has_request_context():
        page = request.args.get("from", "")
        if page in FROM:
            values.setdefault("from", page)
