"""Lets a wording be used: the one door of the pages and the command.

Everything is looked at once more, whoever asks: what it can be filled with, what the
campaign is registered with, and words about health, which need a reason that is kept.
"""

from datetime import datetime

from sqlmodel import Session

from clinics.access import note_action
from clinics.models import Clinic, Language, Role
from kernel.errors import Invalid
from registration.health_words import health_words, sentences
from registration.models import WordingKind, WordingVersion
from registration.wordings import Approval, add
from reminders.rendering import check

LONGEST = 1_000
SHORTEST_NOTE, LONGEST_NOTE = 10, 500
# What the clinic may word itself; the rest was handed in to the carriers as it stands.
OF_THE_CLINIC = frozenset(
    {
        WordingKind.reminder,
        WordingKind.reminder_together,
        WordingKind.update,
        WordingKind.review_request,
        WordingKind.visit_confirmed,
        WordingKind.visit_cannot_come,
        WordingKind.visit_reschedule,
        WordingKind.visit_to_desk,
        WordingKind.answer_changed,
        WordingKind.which_visit,
        WordingKind.closed,
    }
)
NEEDS_NOTE = "Say why it may stand there all the same, in a sentence. It is kept."


def may_word(role: Role, kind: WordingKind) -> bool:
    if role is Role.operator:
        return True
    return role is Role.clinic_admin and kind in OF_THE_CLINIC


def approve(
    session: Session,
    clinic: Clinic,
    campaign_id: int,
    kind: WordingKind,
    language: Language,
    text: str,
    *,
    by: str,
    note: str = "",
    now: datetime,
) -> WordingVersion:
    """In use from the next text on.  Raises Invalid with every reason why not."""
    clinic_id = clinic.id or 0
    if len(text) > LONGEST or "\0" in text:
        raise Invalid(f"A wording has at most {LONGEST:,} characters.")
    wrong = check(text, language, kind)
    if wrong:
        raise Invalid(" ".join(wrong))
    names = (clinic.display_name, clinic.legal_name)
    kept = health_note(text, names, note)
    wording = add(
        session,
        clinic_id,
        campaign_id,
        kind,
        language,
        text,
        now,
        Approval(by=by, health_note=kept),
    )
    subject = f"{kind.value} {language.value}, version {wording.version}"
    subject += ", with words about health" if kept else ""
    note_action(session, clinic_id, by, "wording in use", subject, now)
    return wording


def health_note(text: str, names: tuple[str, ...], note: str) -> str | None:
    """The reason to keep; None where nothing gives a patient away.  Raises Invalid where
    something does and nobody says why it may."""
    found = health_words(text, names)
    if not found:
        return None
    kept = " ".join(note.split())[:LONGEST_NOTE]
    if len(kept) < SHORTEST_NOTE or "\0" in kept:
        raise Invalid(" ".join([*sentences(found), NEEDS_NOTE]))
    return kept
