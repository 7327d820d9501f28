import pytest

from registration.codes import remedies
from tests.pages import visitor, words
from tests.registration.operating import OPERATOR
from tests.site.hostile import ALL

PAGE = "/operator/codes"


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def test_the_first_page_has_the_series_and_a_field(operator):
    page = words(operator.get(PAGE))

    assert "The SMS terms of service are missing or incomplete." in page
    assert "7100 part of 7000" in page


def test_a_code_leads_to_its_own_page(operator):
    answer = operator.get(f"{PAGE}?q=%20crs0003%20")

    assert answer.status_code == 302
    assert answer.location == f"{PAGE}/INTERNAL_ERROR"
    assert "Sinch" in words(operator.get(answer.location))


def test_one_number_of_two_companies_stands_side_by_side(operator):
    page = words(operator.get(f"{PAGE}/7100"))
    one = words(operator.get(f"{PAGE}/501?source=sinch"))

    assert "First aggregator (DCA1, Bandwidth) 7100" in page
    assert "The SMS terms of service are missing" in page
    assert "As Sinch uses it." in one
    assert one.index("What it means") < one.index("What others mean by it")


def test_words_are_found_and_lead_to_the_code(operator):
    answer = operator.get(f"{PAGE}?q=privacy")

    assert "Codes with these words" in words(answer)
    assert f"{PAGE}/30908?source=twilio" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", [f"{PAGE}?q=8999", f"{PAGE}/8999"])
def test_r145_an_unknown_code_says_whom_to_ask_and_that_the_series_is_a_guess(
    operator, path
):
    answer = operator.get(path)
    page = words(answer)

    assert answer.status_code == 200
    assert "8999" in page
    assert "a guess" in page
    assert "Sample messages are deficient." in page
    assert "Ask your CSP (campaign service provider) for the specific code" in page


def test_r144_each_step_leads_to_a_page_that_its_reader_may_open(pages, operator):
    screens = {step.screen for steps in remedies().values() for step in steps}
    rules = {rule.endpoint: rule for rule in pages.url_map.iter_rules()}

    for screen in screens:
        path = rules[screen].rule
        assert operator.get(path).status_code == 200, screen
        assert "<" not in path


def test_every_category_has_a_heading(operator):
    examples = {
        "twilio": ["30034", "21712", "21720", "30897", "30901"],
        "dca2": ["601"],
    }
    for source, codes in examples.items():
        for code in codes:
            answer = operator.get(f"{PAGE}/{code}?source={source}")
            assert answer.status_code == 200


def test_hostile_words_are_shown_as_words(operator):
    for text in ALL:
        answer = operator.get(PAGE, query_string={"q": text})

        assert answer.status_code in (200, 302), text
        assert "<script>alert" not in answer.get_data(as_text=True), text
        assert "\u202e" not in words(answer), text
