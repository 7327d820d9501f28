import pytest

from clinics.models import Language
from kernel.errors import Invalid
from registration.models import WordingKind
from registration.submission import CampaignPart
from registration.wording_guard import against
from registration.wordings import add
from tests.conftest import NOW
from tests.registration.at_desk import ready, submitted
from tests.registration.checks.sound import FIELDS

SAMPLES = tuple(FIELDS["campaign"]["samples"])
CAKE = "{clinic}: come and get cake, all of you. STOP ends."
SAME = (
    "Tidewater Dental: your visit is on {date} at {time}. Reply C to confirm or X if "
    "you cannot come. Reply STOP to opt out."
)


@pytest.mark.parametrize(
    ("text", "flags", "words"),
    [
        (SAME, {}, None),
        (
            "{clinic}: {name}, your visit is on {date} at {time} at {location}. Reply C "
            "to confirm, X to cancel. STOP ends.",
            {},
            None,
        ),
        ("Happy birthday from all of us! Come by for cake.", {}, "none of the samples"),
        (SAME + " See https://tidewater.example", {}, "without links"),
        (SAME + " See https://tidewater.example", {"embedded_link": True}, None),
        (SAME + " Call (503) 325-0199.", {}, "phone number"),
        (SAME + " Call (503) 325-0199.", {"embedded_phone": True}, None),
        (SAME + " {receipt}", {}, "without links"),
    ],
)
def test_a_reminder_is_compared_with_what_is_registered(text, flags, words):
    """R133: wording versions are checked against campaign and samples before use."""
    campaign = CampaignPart(samples=SAMPLES, **flags)
    said = " ".join(against(campaign, text, kind=WordingKind.reminder, language="en"))
    assert words in said if words else not said


def test_an_answer_to_help_may_name_the_clinics_phone():
    text = "Tidewater Dental: for help call (503) 325-0199. Reply STOP to cancel."
    campaign = CampaignPart(samples=SAMPLES)
    assert against(campaign, text, kind=WordingKind.help, language="en") == ()
    assert against(campaign, text, kind=WordingKind.reminder, language="en")


def test_a_spanish_wording_is_not_measured_by_english_samples():
    text = "Tidewater Dental: su cita es el {date} a las {time}. STOP para terminar."
    campaign = CampaignPart(samples=SAMPLES)
    assert against(campaign, text, kind=WordingKind.reminder, language="es") == ()


def test_what_does_not_fit_cannot_be_added(database):
    """R133"""
    with database.writing() as session:
        version = submitted(session, ready(session))
        where = (version.clinic_id, version.campaign_id, WordingKind.reminder)
        with pytest.raises(Invalid, match=r"was not added\. It is like none"):
            add(session, *where, Language.en, CAKE, NOW)
        assert add(session, *where, Language.en, SAME, NOW).version == 1
