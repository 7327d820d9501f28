from dataclasses import replace

import pytest

from registration.signals import (
    CAUSES,
    Counts,
    Level,
    Limit,
    Over,
    Signal,
    SuspensionCause,
    level_of,
    levels,
    meanings,
    pace_of,
    raised,
)

WARN = Limit(
    signal=Signal.opt_outs,
    level=Level.warn,
    over=Over.day,
    percent=1,
    least_texts=100,
    least_events=3,
    per_hour=None,
    source="test",
)
SLOW = replace(WARN, level=Level.slow, percent=3, least_events=5, per_hour=20)


def day(texts, opt_outs):
    return Counts({Over.day: texts}, {(Signal.opt_outs, Over.day): opt_outs})


@pytest.mark.parametrize(
    ("texts", "opt_outs", "level"),
    [
        (0, 0, Level.calm),
        (99, 99, Level.calm),  # too few texts for a rate
        (100, 2, Level.calm),  # too few patients
        (300, 3, Level.calm),  # 1 % and not more
        (299, 3, Level.warn),
        (100, 3, Level.warn),
        (1000, 30, Level.warn),  # 3 % and not more
        (1000, 31, Level.slow),
        (100, 4, Level.warn),  # more than 3 %, but only four patients
    ],
)
def test_a_level_needs_enough_texts_enough_patients_and_more_than_its_rate(
    texts, opt_outs, level
):
    """R63"""
    found = raised(day(texts, opt_outs), [WARN, SLOW])

    assert level_of(found) is level
    assert pace_of(found) == (20 if level is Level.slow else None)


def test_the_gravest_level_of_each_signal_is_raised_once():
    counts = Counts(
        {Over.day: 200, Over.week: 500, Over.last_200: 200},
        {
            (Signal.opt_outs, Over.day): 4,
            (Signal.opt_outs, Over.week): 30,
            (Signal.filtered, Over.last_200): 5,
        },
    )

    found = raised(counts)

    assert [one.limit.signal for one in found] == [Signal.filtered, Signal.opt_outs]
    assert pace_of(found) == 0
    assert found[1].sentence == (
        "30 patients who said stop, of 500 texts in 7 days: more than 3 %."
    )


def test_causes_of_a_suspension_are_three_and_two_of_them_are_watched():
    """R63"""
    assert {one.value for one in SuspensionCause} == {
        "complaints",
        "opt_out_rate",
        "audit",
    }
    assert set(CAUSES) == set(SuspensionCause)
    watched = {one.signal for one in levels() if one.level is Level.slow}
    assert {Signal.complaints, Signal.opt_outs} <= watched


def test_what_the_design_proposes_is_in_the_table_and_says_so():
    by_name = {(one.signal, one.level, one.over): one for one in levels()}

    filtered = by_name[Signal.filtered, Level.slow, Over.last_200]
    assert (filtered.percent, filtered.per_hour) == (2, 0)
    assert by_name[Signal.opt_outs, Level.warn, Over.day].percent == 1
    assert {one.source for one in levels()} == {"design proposal"}
    assert all(one.source and one.do for one in meanings().values())
