from dataclasses import fields as parts
from dataclasses import replace
from datetime import date, timedelta

import pytest

from kernel.carriers import Carrier
from registration.bands import Days, Unit, band, bands, days_of
from registration.busy_periods import Row
from registration.carrier_review import Expected
from registration.checks.finding import Severity, rules
from registration.checks.finding import found as finding
from registration.checks.score import BASELINE, baseline_missed
from registration.forecast import Case, fields, forecast

ATT, TMOBILE, VERIZON = Carrier.att, Carrier.tmobile, Carrier.verizon
QUIET: list[Row] = []  # no busy period
CLINIC = Case(
    use_case="ACCOUNT_NOTIFICATION", flags=frozenset(), handed_in=date(2027, 2, 1)
)


def on(day, **changes):
    return replace(CLINIC, handed_in=date.fromisoformat(day), **changes)


def between(window):
    return window.first.isoformat(), window.last.isoformat()


@pytest.mark.parametrize(
    ("key", "unit", "least", "most", "source"),
    [
        ("validation", "business_days", 2, 3, "campaign approval guide"),
        ("aggregators", "business_days", 3, 5, "campaign approval guide"),
        ("standard", "business_days", 5, 8, "campaign approval guide"),
        ("pending", "business_days", 3, 7, "campaign approval guide"),
        ("reviewed", "business_days", 5, 14, "campaign approval guide"),
        ("carrier", "business_days", 7, 28, "campaign approval guide"),
        ("carrier_weeks", "weeks", 1, 4, "campaign approval guide"),
        ("special", "weeks", 2, 4, "campaign approval guide"),
        ("launch", "weeks", 6, 8, "campaign approval guide"),
        ("clinic", "weeks", 2, 4, "clinic texting set-up guide"),
        ("clinic_at_most", "business_days", 20, 30, "clinic texting set-up guide"),
        ("busy", "percent_more", 50, 100, "campaign approval guide"),
    ],
)
def test_a_figure_is_kept_in_its_own_unit_with_its_source(
    key, unit, least, most, source
):
    """R83: the weeks of a carrier's review too (C1, C2)."""
    one = band(key)

    assert (one.unit, one.least, one.most) == (Unit(unit), least, most)
    assert one.source == source


def test_validation_and_aggregators_add_up_to_the_standard_time():
    """R86, R102"""
    both = days_of("validation").and_then(days_of("aggregators"))

    assert both == days_of("standard") == Days(5, 8)


def test_weeks_are_never_turned_into_business_days():
    with pytest.raises(ValueError, match="not converted"):
        days_of("carrier_weeks")
    assert band("carrier_weeks").dates(date(2026, 11, 23)) == (
        date(2026, 11, 30),
        date(2026, 12, 21),
    )


@pytest.mark.parametrize(
    ("handed_in", "standard", "att"),
    [
        # A plain week: Mon Feb 1, 2027; Presidents' Day is Feb 15.
        ("2027-02-01", ("2027-02-08", "2027-02-11"), ("2027-02-08", "2027-03-24")),
        # Presidents' Day lies within the eight days.
        ("2027-02-09", ("2027-02-17", "2027-02-22"), ("2027-02-17", "2027-04-01")),
        # Thanksgiving is a holiday; the Friday after it is none.
        ("2026-11-23", ("2026-12-01", "2026-12-04"), ("2026-12-01", "2027-01-15")),
        # A Saturday counts from the Monday.
        ("2027-01-30", ("2027-02-08", "2027-02-11"), ("2027-02-08", "2027-03-24")),
        # Christmas Day 2027 is a Saturday, kept on Friday the 24th.
        ("2027-12-20", ("2027-12-28", "2028-01-03"), ("2027-12-28", "2028-02-11")),
    ],
)
def test_dates_count_business_days_without_federal_holidays(handed_in, standard, att):
    """R86"""
    found = forecast(on(handed_in), QUIET)

    assert between(found.carriers[VERIZON].window) == standard
    assert between(found.carriers[ATT].window) == att


def test_every_clinic_counts_with_a_closer_look_of_att():
    """R154: the flag of healthcare is on every clinic, and the estimate has it in."""
    found = forecast(CLINIC, QUIET).carriers

    assert found[ATT].expected is Expected.likely
    assert found[ATT].window.days == Days(5, 8 + 28)
    assert found[TMOBILE].window.days == Days(5, 8)


@pytest.mark.parametrize(
    "flag", ["political", "sweepstakes", "age_gated", "reseller", "charity"]
)
def test_a_special_category_adds_every_carriers_own_review(flag):
    """R104, R160: by 7 to 28 business days, and no carrier promises a day."""
    found = forecast(replace(CLINIC, flags=frozenset({flag})), QUIET).carriers

    assert {step.window.days for step in found.values()} == {Days(5 + 7, 8 + 28)}
    assert all(step.no_sla for step in found.values())


@pytest.mark.parametrize(
    ("flag", "carrier", "says"),
    [
        ("financial", ATT, "financ"),
        ("direct_lending", ATT, "lending"),
        ("political", TMOBILE, "first"),
        ("sweepstakes", TMOBILE, "first"),
        ("age_gated", VERIZON, "age"),
        ("subscription", VERIZON, "subscription"),
    ],
)
def test_what_a_carrier_looks_at_closer_is_flagged_with_its_reason(flag, carrier, says):
    """R152, R153, R155, R157"""
    plain = forecast(CLINIC, QUIET).carriers[carrier]
    found = forecast(replace(CLINIC, flags=frozenset({flag})), QUIET).carriers[carrier]

    [reason] = set(found.reasons) - set(plain.reasons)
    assert says in reason.casefold()
    assert found.expected is not Expected.no
    assert found.window.days.most == 8 + 28


def test_a_carrier_that_looks_itself_promises_no_day():
    """R57"""
    found = forecast(replace(CLINIC, flags=frozenset({"political"})), QUIET)
    standard = forecast(CLINIC, QUIET)

    assert all(step.no_sla for step in found.carriers.values())
    assert "promises no day" in found.path
    assert not standard.carriers[VERIZON].no_sla
    assert fields(standard)["no_sla"] == ["att"]


def test_a_standard_case_is_told_its_predictable_path():
    """R85"""
    assert "Standard path, the most predictable" in forecast(CLINIC, QUIET).path
    special = forecast(replace(CLINIC, use_case="CHARITY"), QUIET)
    assert special.path.startswith("MNO review required")


def test_the_window_in_pending_is_worked_out():
    """R51"""
    found = forecast(CLINIC, QUIET).pending

    assert (found.first, found.last) == (date(2027, 2, 4), date(2027, 2, 10))


def test_an_examination_by_hand_shifts_the_estimate_by_its_band():
    """R56"""
    before = forecast(CLINIC, QUIET)
    found = forecast(replace(CLINIC, reviewed=True), QUIET)

    assert found.layers[0] == before.layers[0]
    assert found.layers[1].window.days == Days(5 + 5, 8 + 14)
    assert found.carriers[ATT].window.days == Days(10, 22 + 28)


def test_the_time_depends_on_the_use_case_and_on_how_long_the_queues_are():
    """R101, R156: T-Mobile's too, with what the campaign is and what is enforced."""
    plain = forecast(CLINIC, QUIET).carriers[TMOBILE].window
    behind = forecast(replace(CLINIC, long_queue=True), QUIET).carriers[TMOBILE].window
    special = forecast(replace(CLINIC, use_case="POLITICAL"), QUIET).carriers[TMOBILE]

    assert behind.days == Days(8, 16)
    assert plain.last < behind.last < special.window.last
    assert "what T-Mobile enforces" in " ".join(special.reasons)


def test_a_resubmission_is_counted_like_a_first_submission_from_its_own_day():
    """R45: R112, R124: there is nothing in a case that says it is the second time."""
    first = forecast(on("2027-02-01"), QUIET)
    again = forecast(on("2027-03-01"), QUIET)

    assert not {"version", "priority", "express"} & {one.name for one in parts(Case)}
    assert again.day_zero == date(2027, 3, 1)
    assert [one.window.days for one in again.carriers.values()] == [
        one.window.days for one in first.carriers.values()
    ]
    assert first.carriers[VERIZON].window.last == date(2027, 2, 11)
    assert again.carriers[VERIZON].window.last == date(2027, 3, 11)


def test_the_clinic_is_told_weeks_and_the_upper_band():
    """R24, R25: C1, apart from the layers and with the source of each."""
    found = forecast(CLINIC, QUIET)

    assert [(str(one.band), one.band.source) for one in found.clinic] == [
        ("2 to 4 weeks", "clinic texting set-up guide"),
        ("20 to 30 business days", "clinic texting set-up guide"),
    ]
    assert found.clinic[0].last == CLINIC.handed_in + timedelta(weeks=4)


def rule_of(area):
    """Some rule of this area that blocks."""
    return next(
        one.id
        for one in rules().values()
        if one.area == area and one.severity is Severity.blocking
    )


@pytest.mark.parametrize(
    ("area", "missed"),
    [
        ("brand", "brand"),
        ("website", "website"),
        ("policy", "website"),
        ("flow", "opt_in"),
        ("samples", "samples"),
    ],
)
def test_one_failing_area_is_named_as_baseline_not_met(area, missed):
    """R87"""
    spoiled = baseline_missed([finding(rule_of(area), "x")], site_seen=True)
    found = forecast(replace(CLINIC, missed=spoiled), QUIET)

    assert spoiled == (missed,)
    assert found.baseline is not None
    assert BASELINE[missed] in found.baseline


def test_the_baseline_is_met_only_with_a_website_that_somebody_has_seen():
    """R87"""
    assert forecast(CLINIC, QUIET).baseline is None
    assert baseline_missed([], site_seen=True) == ()
    assert baseline_missed([], site_seen=False) == ("website",)


def test_carriers_have_windows_of_their_own_and_not_a_point():
    """R123: a range, and how wide it is differs by carrier."""
    windows = [one.window for one in forecast(CLINIC, QUIET).carriers.values()]

    assert all(one.first < one.last for one in windows)
    assert len({one.last for one in windows}) == 2


def test_every_figure_names_its_source():
    assert all(one.source and one.covers for one in bands().values())
