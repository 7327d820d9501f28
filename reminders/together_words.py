"""What a reminder of several visits says: the campaign's own wording, else the default.

Reads only.
"""

from sqlmodel import Session

from clinics.models import Language
from registration.default_wordings import defaults
from registration.models import SenderNumber, WordingKind
from registration.wordings import NoWording, newest
from reminders.compose import Wording
from reminders.rendering import check

VISITS = "{visits}"
KIND = WordingKind.reminder_together


def together_wordings(
    session: Session, clinic_id: int, number_id: int
) -> dict[Language, Wording]:
    """One that does not name the visits, or cannot be said, is not used."""
    number = session.get(SenderNumber, number_id)
    usable = {
        one.language: Wording(one.text, one.language)
        for one in defaults()
        if one.kind is KIND
    }
    if number is None or number.campaign_id is None:
        return usable
    for language in Language:
        own = newest(session, clinic_id, number.campaign_id, KIND, language.value)
        if isinstance(own, NoWording) or own.language != language.value:
            continue
        if VISITS in own.text and not check(own.text, language, KIND):
            usable[language] = Wording(own.text, language)
    return usable
