from dataclasses import replace
from datetime import date, timedelta

import pytest

from kernel.carriers import Carrier
from registration.forecast import Case, forecast
from registration.launch import late_words, lateness, plan, planning_figures

QUIET = []
ATT, TMOBILE = Carrier.att, Carrier.tmobile
FEB_1 = date(2027, 2, 1)
CLINIC = Case(use_case="ACCOUNT_NOTIFICATION", flags=frozenset(), handed_in=FEB_1)
SPECIAL = replace(CLINIC, use_case="CHARITY")


@pytest.mark.parametrize(
    ("days", "warned"), [(14, True), (21, True), (41, True), (42, False), (56, False)]
)
def test_less_than_six_weeks_before_the_first_text_is_warned_of(days, warned):
    """R122"""
    launch = plan(CLINIC, FEB_1 + timedelta(days=days), configured=QUIET)

    assert (launch.warning is not None) is warned
    if launch.warning:
        assert "6 to 8 weeks before" in launch.warning
        assert "not 2 to 3 weeks" in launch.warning


def test_only_all_three_approvals_need_the_six_weeks():
    """R122"""
    launch = plan(CLINIC, date(2027, 2, 15), {TMOBILE}, QUIET)

    assert launch.warning is None


def test_the_advised_days_are_eight_and_six_weeks_before():
    launch = plan(CLINIC, date(2027, 6, 1), configured=QUIET)

    assert launch.advised == (date(2027, 4, 6), date(2027, 4, 20))


@pytest.mark.parametrize("case", [CLINIC, SPECIAL])
def test_the_latest_day_to_hand_in_is_a_range_and_the_very_last_one(case):
    """R123"""
    needed_by = date(2027, 6, 1)
    launch = plan(case, needed_by, configured=QUIET)
    assert launch.surely is not None
    assert launch.at_best is not None
    day_after = launch.surely + timedelta(days=1)

    assert launch.surely < launch.at_best
    for day, in_time in ((launch.surely, True), (day_after, False)):
        found = forecast(replace(case, handed_in=day), QUIET)
        assert (lateness(found, needed_by) == (0, 0)) is in_time


def test_a_busy_period_moves_the_latest_day_forward():
    needed_by = date(2027, 12, 1)
    quiet, busy = (plan(CLINIC, needed_by, configured=rows) for rows in (QUIET, None))
    assert quiet.surely
    assert busy.surely

    assert busy.surely < quiet.surely


@pytest.mark.parametrize(
    ("needed_by", "waiting", "said"),
    [
        ("2027-06-01", {ATT, TMOBILE}, "In time for Tue, Jun 1, 2027"),
        (
            "2027-02-19",
            {ATT, TMOBILE},
            "May be in time for Fri, Feb 19, 2027, or up to",
        ),
        ("2027-02-19", {TMOBILE}, "In time for"),
        ("2027-02-05", {TMOBILE}, "Late for Fri, Feb 5, 2027: by 1 to 4 business days"),
        ("2027-02-05", set(), "Every carrier has approved"),
    ],
)
def test_lateness_is_said_as_a_range_for_the_carriers_that_are_waited_for(
    needed_by, waiting, said
):
    """R47: needed by, and how late it may be."""
    found = forecast(CLINIC, QUIET)

    assert said in late_words(found, date.fromisoformat(needed_by), FEB_1, waiting)


def test_an_estimate_that_has_ended_says_for_how_long():
    found = forecast(CLINIC, QUIET)
    said = late_words(found, date(2027, 6, 1), date(2027, 2, 17), {TMOBILE})

    # Its last day was Thursday the 11th; Monday the 15th was a holiday.
    assert said.endswith("ended 3 business days ago: ask where it stands.")


def test_both_figures_to_plan_with_are_named():
    """R113"""
    assert planning_figures() == ("5 to 8 business days", "2 to 4 weeks")
