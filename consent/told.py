"""What an event of the ledger says, as one sentence for the people of the clinic."""

from collections.abc import Mapping
from typing import Any

from consent.models import EventKind, Grade

WAYS = {
    "signed form": "on a signed form",
    "web form": "on the web form",
    "said yes to staff": "by a spoken yes to staff",
}


def told(kind: EventKind, detail: Mapping[str, Any]) -> str:
    how = str(detail.get("method", "")).strip()
    words = detail.get("words")
    said = f' with the words "{words}"' if words else ""
    about = f' about "{words}"' if words else ""
    by = f", written down by {detail['recorded_by']}" if "recorded_by" in detail else ""
    why = detail.get("why") or detail.get("said") or detail.get("note") or ""
    sentences = {
        EventKind.opt_in: f"The patient agreed to texts about {detail.get('topic')} "
        f"{WAYS.get(how, f'by {how}') if how else 'in an unnamed way'}{said}{by}"
        f"{_grade(detail, by)}.",
        EventKind.opt_in_requested: "The patient was asked to reply YES.",
        EventKind.opt_out: _stop_words(detail, said, by),
        EventKind.vendor_block: _block_words(detail, why),
        EventKind.held: f"The number is held until a person decides{about} ({why}).",
        EventKind.hold_released: f"{detail.get('by')} released the hold: {why}.",
        EventKind.asserted_by_import: "The clinic's file says that the patient agreed; "
        f"{detail.get('signed_by')} signed for it: asserted consent.",
    }
    return sentences[kind]


def _grade(detail: Mapping[str, Any], by: str) -> str:
    """Who wrote it down says what `recorded` would."""
    grade = detail.get("grade")
    return "" if by and grade == Grade.recorded else f": {grade} consent"


def _stop_words(detail: Mapping[str, Any], said: str, by: str) -> str:
    if detail.get("method") == "number changed":
        return f"{str(detail.get('how')).rstrip('.')}{by}."
    if detail.get("method") == "number deactivated":
        return f"What was agreed for this number ended: {_listed(detail)} as given up."
    where = f' and told the staff: "{detail["how"]}"' if "how" in detail else ""
    if detail.get("method") == "web preference page":
        where = " on their own page"
    return f"The patient stopped all texts of the clinic{said}{where}{by}."


def _block_words(detail: Mapping[str, Any], why: str) -> str:
    if "list" in detail:
        return (
            f"Texts to this number stopped: {_listed(detail)} as opted out at Twilio."
        )
    return f"Twilio holds a STOP that we never saw{f' ({why})' if why else ''}."


def _listed(detail: Mapping[str, Any]) -> str:
    return f"line {detail.get('line')} of '{detail.get('list')}' names it"
