import pytest

from reminders.review_link import places, wrong_with

OWN = ("https://www.maple-dental.com", "")


@pytest.mark.parametrize(
    "link",
    [
        "https://maple-dental.com/reviews",
        "https://reviews.maple-dental.com",
        "https://g.page/r/CfJk2/review",
        "https://www.google.com/maps/place/?q=place_id:ChIJ",
        "https://www.yelp.com/biz/maple-dental",
    ],
)
def test_the_clinics_own_page_and_the_known_places_may_stand_in_a_text(link):
    assert wrong_with(link, OWN) is None


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("", "is missing"),
        ("http://maple-dental.com", "begins with https"),
        ("https://user@maple-dental.com/", "plain web address"),
        ("https://maple-dental.com:8443/", "plain web address"),
        ("https://maple-dental.com/ reviews", "plain web address"),
        ("https://maple-dental.com/{first_name}", "plain web address"),
        ("https://localhost/reviews", "plain web address"),
        ("javascript:alert(1)", "plain web address"),
        ("https://[::1]/", "plain web address"),
        ("https://bit.ly/3xYz", "shortens links"),
        ("https://go.bit.ly/3xYz", "shortens links"),
        ("https://maple-dental.com.evil.example/reviews", "neither"),
        ("https://evilmaple-dental.com/", "neither"),
        ("https://maple-dental.com/" + "r" * 100, "longer than"),
    ],
)
def test_any_other_link_is_refused_with_the_reason(link, why):
    assert why in (wrong_with(link, OWN) or "")


def test_without_a_website_only_the_known_places_are_left():
    assert wrong_with("https://maple-dental.com/", ()) is not None
    assert {"google.com", "yelp.com", "healthgrades.com"} <= places()
