"""The facts of a record in words for people.  A fact that is not known here is shown
under its own name: nothing of a record is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.models import EventKind
from consent.readable import WHAT
from kernel.hashing import canonical

KINDS = {kind.value: WHAT[kind.value].capitalize() for kind in EventKind}
TOPICS = {
    "care": "appointments and care",
    "reviews": "reviews",
    "marketing": "offers",
}
GRADES = {
    "proven": "Proven: the patient's own phone said it.",
    "recorded": "Recorded: signed or spoken, and a staff member is named.",
    "asserted": "Asserted: the clinic says so, and signed that it may.",
}
LABELS = {
    "method": "How it was said",
    "words": "The patient's words",
    "topic": "Texts about",
    "grade": "How well it is proven",
    "scope": "Covers",
    "scope_rule": "By the rule",
    "why": "Why",
    "how": "How, in words",
    "note": "Note",
    "told": "What the patients were told",
    "by": "Staff member",
    "recorded_by": "Recorded by",
    "signed_by": "Signed by",
    "campaign": "Campaign",
    "form": "Form",
    "signed_on": "Signed on",
    "signed_for": "Said or signed for",
    "guardian": "By the parent or guardian",
    "relation": "Who is to the patient",
    "attachment_type": "Kind of scan",
    "patient": "Patient",
    "disclosure_version": "Wording",
    "row": "Row of the list",
    "list": "List",
    "list_hash": "Fingerprint (SHA-256) of the list",
    "line": "Line of the list",
    "listed_at": "Date in the list",
    "rule": "Rule that read the text",
    "arrived_by": "Reached us by",
    "inbound_id": "Our number of the text",
    "vendor_sid": "The vendor's number of the text",
    "vendor_opt_out_type": "The vendor's own reading",
    "code": "Error number",
    "said": "What the vendor said",
    "url": "Page",
    "ip": "Internet address",
    "user_agent": "Browser",
    "language": "Language",
    "name": "The name that was typed",
    "typed": "The number as it was typed",
    "topics": "Boxes that were ticked",
    "boxes": "How the boxes stood",
    "link": "Number of the link to the page",
    "asked": "The text that asked",
    "request": "Request",
    "request_seq": "Answers the request in record",
}
STAFF = ("by", "recorded_by", "signed_by")
ELSEWHERE = {"phone", "disclosure_sha256"}  # each has a place of its own on the page


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


def in_words(facts: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Those we know first, in the order above; what is null was never said."""
    order = [*(name for name in LABELS if name in facts), *sorted({*facts} - {*LABELS})]
    return tuple(
        Fact(LABELS.get(name, _label(name)), _value(name, facts[name]))
        for name in order
        if not (name in ELSEWHERE or _names_scan(name)) and facts[name] is not None
    )


def how(facts: Mapping[str, Any]) -> str:
    """By which way it was said, for a list that tells no words of hers."""
    return str(facts.get("method") or facts.get("why") or "")


def what(kind: str, facts: Mapping[str, Any]) -> str:
    said = KINDS.get(kind, kind)
    topic = facts.get("topic")
    return f"{said}: {TOPICS.get(str(topic), str(topic))}" if topic else said


def staff_of(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The e-mails of the staff who stand behind a record."""
    named = [facts.get(name) for name in STAFF]
    return tuple(dict.fromkeys(name for name in named if isinstance(name, str)))


def scans_of(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The hashes of the files that prove a record."""
    return tuple(
        value
        for name, value in sorted(facts.items())
        if _names_scan(name) and isinstance(value, str)
    )


def _names_scan(name: str) -> bool:
    return name.endswith("sha256") and name not in ELSEWHERE


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _value(name: str, value: Any) -> str:
    if name == "topic":
        return TOPICS.get(str(value), str(value))
    if name == "grade":
        return GRADES.get(str(value), str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return canonical(value).decode()
    return str(value)
