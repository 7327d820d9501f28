import pytest

from registration.models import Campaign
from tests.pages import visitor, words
from tests.registration.operating import OPERATOR

PAGE = "/operator/use-case"


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def test_nothing_ticked_says_what_to_do(operator):
    page = words(operator.get(PAGE))

    assert "Nothing is ticked yet. Tick at least one kind of text above." in page
    assert "Maple Dental: maple-care" in page


def test_the_answer_stands_below_the_ticks_and_is_binding(operator):
    """R132, the sentence; that it cannot be changed belongs to the desk."""
    answer = operator.get(
        f"{PAGE}?texts=reminders&texts=reviews&texts_a_day=40&practice=single"
    )
    page, html = words(answer), answer.get_data(as_text=True)

    assert "MIXED (ACCOUNT_NOTIFICATION, MARKETING)" in page
    assert "names every kind of text: appointment reminders; requests for a" in page
    assert "LOW_VOLUME (ACCOUNT_NOTIFICATION, MARKETING) fits too, at $1.50" in page
    assert "The use case is binding" in page
    assert "Second aggregator (DCA2) 602" in page
    assert html.count(" checked") == 2
    assert 'href="/operator/codes/30893?source=twilio"' in html


def test_r138_a_special_text_shows_the_sentence_and_another_estimate(operator):
    plain = words(operator.get(f"{PAGE}?texts=reminders"))
    raffle = words(operator.get(f"{PAGE}?texts=sweepstakes"))

    assert "MNO review required" not in plain
    assert "5 to 8 business days" in plain
    assert "MNO review required" in raffle
    assert "12 to 36 business days" in raffle


@pytest.mark.parametrize(
    ("ticked", "said"),
    [
        ("texts=reminders", "as it is registered fits"),
        ("texts=reminders&texts=two_way", "does not fit"),
        ("texts=reviews", "Covers nothing of what is texted"),
    ],
)
def test_a_campaign_is_compared_with_the_ticks(operator, ticked, said):
    page = words(operator.get(f"{PAGE}?{ticked}&campaign=maple-dental/maple-care"))

    assert said in page


def test_r135_a_mixed_campaign_whose_opt_in_names_one_kind_is_told(
    pages, operator, cast
):
    with pages.extensions["heed"].database.writing() as session:
        campaign = session.get_one(Campaign, cast.maple.campaign_id)
        campaign.use_case = "MIXED"
        campaign.sub_use_cases = ["ACCOUNT_NOTIFICATION", "MARKETING", "2FA"]
        campaign.message_flow = "Patients agree to appointment reminders by text."
    asked = f"{PAGE}?texts=reminders&texts=marketing&campaign=maple-dental/maple-care"

    page = words(operator.get(asked))

    assert "maple-care, as it is registered the opt-in text fails" in page
    assert "does not name: offers, news and new services." in page
    assert "Declared for nothing 2FA" in page


@pytest.mark.parametrize(
    "place", ["maple-dental/birch-care", "nobody/x", "maple-dental", "\x00/\x00", "/"]
)
def test_a_campaign_that_the_clinic_does_not_have_is_not_found(operator, place):
    answer = operator.get(PAGE, query_string={"texts": "reminders", "campaign": place})

    assert answer.status_code == 404


@pytest.mark.parametrize("number", ["many", "-3", "1e9", "99999999999", "٣", "1.5"])
def test_what_is_no_number_of_texts_is_said_beside_the_field(operator, number):
    answer = operator.get(
        PAGE, query_string={"texts": "reminders", "texts_a_day": number}
    )

    assert answer.status_code == 400
    assert "Write a whole number" in words(answer)
    assert "Nothing is ticked" not in words(answer)


def test_what_was_never_asked_is_left_out(operator):
    answer = operator.get(f"{PAGE}?texts=pigeons&facts=reminders&practice=zoo")

    assert answer.status_code == 200
    assert "Nothing is ticked yet" in words(answer)
