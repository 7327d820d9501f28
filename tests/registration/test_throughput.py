import pytest

from kernel.carriers import Carrier
from registration.throughput import limits_of
from tests.pages import visitor, words
from tests.registration.operating import OPERATOR

ATT, TMOBILE, VERIZON = Carrier.att, Carrier.tmobile, Carrier.verizon


@pytest.mark.parametrize(
    ("use_case", "score", "att", "tmobile"),
    [
        ("ACCOUNT_NOTIFICATION", None, 75, 2_000),
        ("ACCOUNT_NOTIFICATION", 0, 75, 2_000),
        ("ACCOUNT_NOTIFICATION", 1, 240, 2_000),
        ("ACCOUNT_NOTIFICATION", 24, 240, 2_000),
        ("ACCOUNT_NOTIFICATION", 25, 240, 10_000),
        ("ACCOUNT_NOTIFICATION", 49, 240, 10_000),
        ("ACCOUNT_NOTIFICATION", 50, 2_400, 40_000),
        ("MIXED", 74, 2_400, 40_000),
        ("MIXED", 75, 4_500, 200_000),
        ("MARKETING", 100, 4_500, 200_000),
        ("LOW_VOLUME", 100, 75, 2_000),
        ("SOLE_PROPRIETOR", None, 15, 1_000),
    ],
)
def test_the_limits_follow_from_the_use_case_and_the_trust_score(
    use_case, score, att, tmobile
):
    found = limits_of(use_case, score)

    assert (found[ATT].limit, found[TMOBILE].limit) == (att, tmobile)
    assert (found[ATT].per, found[TMOBILE].per) == ("campaign", "EIN")
    assert found[VERIZON].limit == 6_000
    assert all(one.source for one in found.values())


def test_the_campaigns_page_says_how_many_texts_each_carrier_takes(pages):
    page = words(
        visitor(pages, OPERATOR).get("/operator/campaigns/maple-dental/maple-care")
    )

    assert "T-Mobile: 2,000 segments a day per EIN" in page
    assert "not vetted" in page
