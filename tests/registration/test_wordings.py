from datetime import UTC, datetime

import pytest

from clinics.models import Language
from kernel.errors import Invalid
from registration.models import WordingKind
from registration.wordings import NoWording, add, newest

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
HELP = WordingKind.help


def test_the_newest_version_of_the_language_is_in_use(database, cast):
    place = (cast.maple.clinic_id, cast.maple.campaign_id)
    with database.writing() as session:
        first = newest(session, *place, HELP, "en")
        add(session, *place, HELP, Language.en, "{clinic}: call {phone}.", NOW)
        add(session, *place, HELP, Language.es, "{clinic}: llame {phone}.", NOW)

    with database.reading() as session:
        english = newest(session, *place, HELP, "en")
        spanish = newest(session, *place, HELP, "es")
        french = newest(session, *place, HELP, "fr")
        theirs = newest(
            session, cast.birch.clinic_id, cast.birch.campaign_id, HELP, "en"
        )
    assert (first.version, english.version, spanish.version) == (1, 2, 1)
    assert english.text == "{clinic}: call {phone}."
    assert spanish.text == "{clinic}: llame {phone}."
    assert french.text == english.text
    assert theirs.version == 1


def test_a_wording_of_another_clinic_is_never_used(database, cast):
    with database.reading() as session:
        found = newest(
            session, cast.birch.clinic_id, cast.maple.campaign_id, HELP, "en"
        )

    assert isinstance(found, NoWording)
    assert "'help'" in found.why


def test_an_empty_wording_is_invalid(database, cast):
    with database.writing() as session, pytest.raises(Invalid):
        add(
            session,
            cast.maple.clinic_id,
            cast.maple.campaign_id,
            HELP,
            Language.en,
            " \n",
            NOW,
        )
