"""The forecast of a draft: the page, its picture, the command that says the same."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kernel.clock import FixedClock
from registration.desk_models import Layer, LayerState
from registration.layers import hear
from registration.status import Source, Status
from registration.submission import as_json
from tests.pages import visitor, words
from tests.registration.checks.sound import submission
from tests.registration.handed_in import hand_in, still
from tests.registration.operating import OPERATOR
from tests.registration.test_draft_pages import put

AT_NOON = datetime(2027, 2, 1, 17, tzinfo=UTC)  # in New York
TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


@pytest.fixture
def path(pages, cast):
    address = put(pages.extensions["heed"], cast)
    return address.replace("/operator/drafts/", "/operator/forecast/")


def test_the_page_shows_a_range_per_carrier_and_both_of_the_clinics_figures(
    operator, path
):
    """R24, R25, R51, R83, R113"""
    page = words(operator.get(f"{path}?submit=2027-02-01&needed_by=2027-06-01"))

    assert "Mon, Feb 8, 2027 to Thu, Feb 11, 2027" in page
    assert "Mon, Feb 8, 2027 to Wed, Mar 24, 2027" in page
    assert "2 to 4 weeks after everything is handed in" in page
    assert "20 to 30 business days after everything is handed in" in page
    assert "5 to 8 business days in the standard case" in page
    assert "2 to 4 weeks where carriers must look themselves" in page
    assert "In time for Tue, Jun 1, 2027" in page
    assert "3 to 7 business days: Thu, Feb 4, 2027 to Wed, Feb 10, 2027" in page
    assert "7 to 28 business days, or, as the same guide says elsewhere, 1 to 4" in page


def test_the_page_warns_under_six_weeks_and_in_busy_periods(operator, path):
    """R122, R103"""
    page = words(operator.get(f"{path}?submit=2026-11-23&needed_by=2026-12-14"))

    assert "6 to 8 weeks before the first text, not 2 to 3 weeks" in page
    assert "Everything takes 50 to 100 % more" in page
    assert "8 to 16 business days usually 5 to 8 business days" in page


def test_what_the_baseline_lacks_is_named_until_somebody_saw_the_website(
    operator, path
):
    """R87"""
    assert "Baseline not met: a website that complies" in words(operator.get(path))


def test_the_draft_leads_to_its_forecast(operator, path):
    draft = path.replace("/forecast/", "/drafts/")

    assert path in operator.get(draft).get_data(as_text=True)


def test_the_picture_has_words_and_nothing_that_the_policy_forbids(operator, path):
    page = operator.get(path).get_data(as_text=True)
    [picture] = re.findall(r"<svg class=\"timeline\".*?</svg>", page, re.S)

    assert 'role="img"' in picture
    assert "<desc" in picture
    assert "AT&amp;T: " in picture
    assert "style=" not in picture
    assert picture.count('class="tl-ends"') == 7  # two layers, three carriers, two sums


@pytest.mark.parametrize("day", ["tomorrow", "2027-02-30", "9999-01-01", "0001-01-01"])
def test_a_day_that_is_none_is_said_beside_its_field(operator, path, day):
    answer = operator.get(path, query_string={"submit": day, "needed_by": day})

    assert answer.status_code == 200
    assert words(answer).count("This is no day") == 2


def test_another_clinics_draft_is_not_found(operator, path):
    assert operator.get(path.replace("maple-dental", "birch-eye")).status_code == 404


def test_the_command_says_what_the_report_does(pages, tmp_path):
    """R86"""
    file = tmp_path / "submission.json"
    file.write_text(json.dumps(as_json(submission())))
    run = pages.test_cli_runner().invoke

    said = run(
        args=["registration", "forecast", str(file), "--submit", "2027-02-01", "--json"]
    )
    pages.extensions["heed"].clock = FixedClock(AT_NOON)
    checked = run(args=["registration", "check", str(file), "--offline", "--json"])

    told = json.loads(said.stdout)["forecast"]
    assert told["standard"] == [5, 8]
    assert told["active_between"] == {
        "att": ["2027-02-08", "2027-03-24"],
        "tmobile": ["2027-02-08", "2027-02-11"],
        "verizon": ["2027-02-08", "2027-02-11"],
    }
    assert json.loads(checked.stdout)["forecast"] == told


def test_the_command_refuses_what_is_no_day(pages, tmp_path):
    file = tmp_path / "submission.json"
    file.write_text(json.dumps(as_json(submission())))
    args = ["registration", "forecast", str(file), "--submit", "soon"]
    outcome = pages.test_cli_runner().invoke(args=args)

    assert outcome.exit_code == 1
    assert "This is no day" in outcome.stderr


def test_nothing_offers_an_express_way(operator, path):
    """R26: no field of any form is a priority, and the page says that there is none."""
    offers = re.compile(r"priority review|expedite[ds]?\b|rush fee|fast[- ]track", re.I)
    fields = re.compile(r"name=\"[^\"]*(priority|express|rush)[^\"]*\"", re.I)
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text("utf-8")
        assert not offers.search(text), template
        assert not fields.search(text), template

    assert "There is no express option" in words(operator.get(path))


def test_a_campaign_in_flight_says_how_long_it_waits_and_whether_it_is_late(
    pages, operator, cast
):
    """R24, R124: counted from the day on which it was handed in last."""
    with pages.extensions["heed"].database.writing() as session:
        still(session, cast.maple, Status.PENDING, AT_NOON)
        hand_in(session, cast.maple, AT_NOON - timedelta(days=60))
        hand_in(session, cast.maple, AT_NOON, version=2).needed_by = date(2027, 2, 19)
    pages.extensions["heed"].clock = FixedClock(AT_NOON + timedelta(days=3))
    operator = visitor(pages, OPERATOR)

    page = words(operator.get("/operator/campaigns/maple-dental/maple-care/forecast"))

    assert "Handed in on Mon, Feb 1, 2027, 3 business days ago." in page
    assert (
        "May be in time for Fri, Feb 19, 2027, or up to 23 business days late" in page
    )
    assert "Mon, Feb 8, 2027 to Thu, Feb 11, 2027" in page
    assert "when it may be approved" in words(
        operator.get("/operator/campaigns/maple-dental/maple-care")
    )


def test_a_campaign_that_is_examined_by_hand_takes_longer(pages, operator, cast):
    """R56"""
    with pages.extensions["heed"].database.writing() as session:
        still(session, cast.maple, Status.REVIEW, AT_NOON)
        version = hand_in(session, cast.maple, AT_NOON)
        hear(
            session,
            version,
            Layer.dca,
            LayerState.review,
            source=Source.operator_entry,
            raw="IN_REVIEW",
            evidence="https://portal.example",
            element="campaign.message_flow",
            by=OPERATOR,
            now=AT_NOON,
        )

    page = words(operator.get("/operator/campaigns/maple-dental/maple-care/forecast"))
    assert "10 to 22 business days" in page


def test_an_active_campaign_waits_for_nobody(operator):
    page = words(operator.get("/operator/campaigns/maple-dental/maple-care/forecast"))

    assert "Nothing to wait for" in page


def test_another_clinics_campaign_is_not_found(operator):
    answer = operator.get("/operator/campaigns/birch-eye/maple-care/forecast")

    assert answer.status_code == 404
