from datetime import UTC, datetime

import pytest

from clinics.models import Language
from kernel.errors import Invalid
from registration.models import Campaign, WordingKind
from registration.wording_words import NAMES, WHEN
from registration.wordings import NoWording, add, newest

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
HELP, REMINDER = WordingKind.help, WordingKind.reminder


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


def say(session, cast, kind, text):
    place = (cast.maple.clinic_id, cast.maple.campaign_id)
    return add(session, *place, kind, Language.en, text, NOW)


def declare(session, cast, use_case, *subs):
    campaign = session.get_one(Campaign, cast.maple.campaign_id)
    campaign.use_case, campaign.sub_use_cases = use_case, list(subs)
    session.flush()


@pytest.mark.parametrize(
    "use_case", ["ACCOUNT_NOTIFICATION", "DELIVERY_NOTIFICATION", "NEW_SINCE_THEN"]
)
def test_r133_an_offer_is_refused_where_the_use_case_has_none(database, cast, use_case):
    with database.writing() as session:
        declare(session, cast, use_case)
        with pytest.raises(Invalid) as refused:
            say(session, cast, REMINDER, "{clinic}: see you {date}. 20% off whitening!")

    assert "'20% off' is promotional" in str(refused.value)
    assert f"registered as {use_case}" in str(refused.value)
    assert "R133" in str(refused.value)


def test_an_offer_in_a_reminder_is_refused_even_where_marketing_is_registered(
    database, cast
):
    with database.writing() as session:
        declare(session, cast, "MIXED", "ACCOUNT_NOTIFICATION", "MARKETING")
        with pytest.raises(Invalid, match="a consent of its own"):
            say(session, cast, REMINDER, "{clinic}: see you {date}. 20% off whitening!")


def test_the_opt_in_confirmation_of_a_mixed_campaign_names_its_offers(database, cast):
    text = "{clinic}: you get reminders and special offers. STOP to opt out."
    with database.writing() as session:
        with pytest.raises(Invalid, match="'special offers' is promotional"):
            say(session, cast, WordingKind.opt_in_confirmation, text)
        declare(session, cast, "MIXED", "ACCOUNT_NOTIFICATION", "MARKETING")
        added = say(session, cast, WordingKind.opt_in_confirmation, text)

    assert added.version == 2


def test_a_reminder_that_says_free_parking_is_added(database, cast):
    with database.writing() as session:
        added = say(
            session,
            cast,
            REMINDER,
            "{clinic}: {date}. Free parking, off Main. STOP ends.",
        )

    assert added.version == 2


def test_every_kind_of_wording_has_a_name_and_an_occasion():
    assert set(NAMES) == set(WHEN) == set(WordingKind)
    assert len(set(NAMES.values())) == len(NAMES)
