"""What people call each kind of wording, and when it is sent.  A table; pure."""

from collections.abc import Mapping
from types import MappingProxyType

from registration.models import WordingKind

NAMES: Mapping[WordingKind, str] = MappingProxyType(
    {
        WordingKind.reminder: "reminder",
        WordingKind.reminder_together: "reminder of several visits",
        WordingKind.update: "update to a day’s patients",
        WordingKind.review_request: "request for a review",
        WordingKind.visit_confirmed: "answer to C",
        WordingKind.visit_cannot_come: "answer to X",
        WordingKind.visit_reschedule: "answer to R",
        WordingKind.answer_changed: "answer to a second answer",
        WordingKind.which_visit: "question which visit is meant",
        WordingKind.visit_to_desk: "answer that the desk will call",
        WordingKind.opt_in_request: "opt-in request",
        WordingKind.opt_in_confirmation: "opt-in confirmation",
        WordingKind.stop_confirmation: "answer to STOP",
        WordingKind.help: "answer to HELP",
        WordingKind.not_monitored: "answer to anything else",
        WordingKind.closed: "answer outside the hours",
        WordingKind.emergency: "answer to words of an emergency",
    }
)
WHEN: Mapping[WordingKind, str] = MappingProxyType(
    {
        WordingKind.reminder: "Before each visit, by the times under Reminders.",
        WordingKind.reminder_together: "Where a phone has several visits on a day.",
        WordingKind.update: "What a day update begins with; the desk finishes it.",
        WordingKind.review_request: "After a visit, to who agreed to be asked.",
        WordingKind.visit_confirmed: "When the patient confirms the visit.",
        WordingKind.visit_cannot_come: "When the patient cannot come.",
        WordingKind.visit_reschedule: "When the patient wants another time.",
        WordingKind.answer_changed: "When the patient says otherwise than before.",
        WordingKind.which_visit: "When an answer fits several visits of a phone.",
        WordingKind.visit_to_desk: "When an answer about a visit needs a person.",
        WordingKind.opt_in_request: "Once, after a form, to ask for YES.",
        WordingKind.opt_in_confirmation: "At once when the patient agrees.",
        WordingKind.stop_confirmation: "Once, within five minutes of a STOP.",
        WordingKind.help: "Whenever the patient texts HELP.",
        WordingKind.not_monitored: "At most once in twelve hours.",
        WordingKind.closed: "At most once a night, while nobody reads.",
        WordingKind.emergency: "At once; the front desk gets an urgent task.",
    }
)


def name_of(kind: str) -> str:
    """Of a kind as rows and paths spell it; an unknown one as it stands."""
    return NAMES.get(WordingKind(kind), kind) if kind in set(WordingKind) else kind
