"""How an answer about visits is said back to her, and told to the desk.  Pure.

To her: first names, days and times, and nothing of why she comes.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from clinics.day_names import WEEKDAYS
from clinics.models import Language
from gateway.models import MessageKind
from gateway.quiet_hours import clock
from reminders.models import VisitReply
from reminders.open_visits import OpenVisit
from reminders.rendering import LONGEST, UNNAMED
from reminders.visible import as_name
from reminders.which_visit import LETTERS

# The line that says it back, and what is said where a campaign has no such wording.
LINES = {
    VisitReply.confirmed: (MessageKind.visit_confirmed,),
    VisitReply.cannot_come: (MessageKind.visit_cannot_come, MessageKind.visit_to_desk),
    VisitReply.reschedule: (MessageKind.visit_reschedule, MessageKind.visit_to_desk),
}
SAID = {
    Language.en: {
        VisitReply.confirmed: "you will come",
        VisitReply.cannot_come: "you can't come",
        VisitReply.reschedule: "you want another time",
    },
    Language.es: {
        VisitReply.confirmed: "si viene",
        VisitReply.cannot_come: "no puede venir",
        VisitReply.reschedule: "quiere otra hora",
    },
}
CHOICE = {Language.en: "{} for {}", Language.es: "{} para {}"}
OR_ALL = {
    Language.en: ("or {} for both", "or {} for all"),
    Language.es: ("o {} para las dos", "o {} para todas"),
}
WANTS = {
    VisitReply.confirmed: "confirms",
    VisitReply.cannot_come: "cannot come to",
    VisitReply.reschedule: "wants another time for",
}
BEFORE = {
    VisitReply.confirmed: "had confirmed it",
    VisitReply.cannot_come: "had said they cannot come",
    VisitReply.reschedule: "had wanted another time",
}
CALL = "Call back and change the appointment."


def visit_words(visit: OpenVisit, language: Language) -> str:
    """`Ana Tue 9:00 AM`: as much as tells it from the others."""
    name = as_name(visit.given_name, LONGEST["first_name"])
    there = visit.asked.starts_at.astimezone(ZoneInfo(visit.time_zone))
    day = WEEKDAYS[language].split()[there.weekday()]
    known = name or UNNAMED[language]["first_name"]
    return f"{known} {day} {clock(there.time())}"


def visits_words(visits: Sequence[OpenVisit], language: Language) -> str:
    return ", ".join(visit_words(visit, language) for visit in visits)


def choices(visits: Sequence[OpenVisit], reply: VisitReply, language: Language) -> str:
    """`1 for Ana Tue 9:00 AM, 2 for Leo Tue 9:30 AM, or C for both`."""
    each = [
        CHOICE[language].format(number, visit_words(visit, language))
        for number, visit in enumerate(visits, 1)
    ]
    letter = LETTERS[reply].upper()
    return ", ".join([*each, OR_ALL[language][len(visits) > 2].format(letter)])


def to_the_desk(visits: Sequence[OpenVisit], reply: VisitReply) -> str:
    return " ".join(
        f"{visit.name} {WANTS[reply]} the visit of {_at(visit)}{_changed(visit, reply)}."
        for visit in visits
    )


def _changed(visit: OpenVisit, reply: VisitReply) -> str:
    before = visit.reply
    return f", and {BEFORE[before]} before" if before not in (None, reply) else ""


def to_the_old_one(visits: Sequence[OpenVisit], reply: VisitReply) -> str:
    return " ".join(
        f"{visit.name} {WANTS[reply]} a visit, but she answered the old reminder: since "
        f"then the visit was changed, and it is now on {_at(visit)}. Call and ask "
        "whether she comes then."
        for visit in visits
    )


def after_all(visits: Sequence[OpenVisit], done_by: str) -> str:
    """She confirms what somebody has dealt with as declined."""
    return (
        f"{to_the_desk(visits, VisitReply.confirmed)} The earlier answer was dealt with "
        f"by {done_by}: look whether the visit still stands, and call."
    )


def which_one(visits: Sequence[OpenVisit], reply: VisitReply) -> str:
    names = ", ".join(sorted({visit.given_name for visit in visits}))
    return (
        f"A text from this phone {WANTS[reply]} a visit, and it has several open "
        f"({names}). Ask which one is meant."
    )


def _at(visit: OpenVisit) -> str:
    return visit.wall_time.replace("T", " ")
