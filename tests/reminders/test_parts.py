from reminders.intake.parts import FEWEST, FIRST, MOST, Pace, parts_of
from tests.reminders.tables import read, written


def rows(*changes):
    return read(written(*changes))


def lines(parts):
    return [[row.line for row in part.rows] for part in parts]


def test_the_last_part_says_so_and_an_empty_feed_is_one_part():
    (empty,) = parts_of([])
    assert (empty.last, empty.rows, empty.read) == (True, [], 0)

    parts = list(parts_of(rows({}, {}, {}), pace=Pace(2)))
    assert lines(parts) == [[2, 3], [4]]
    assert [part.last for part in parts] == [False, True]
    assert [part.read for part in parts] == [2, 3]


def test_a_visit_that_follows_itself_and_a_second_phone_begin_a_new_part():
    first, again, moved, other = rows(
        {}, {}, {"starts_at": "2026-12-02T15:00"}, {"phone": "415-555-0199"}
    )
    moved.appointment_id = first.appointment_id
    other.patient_id = moved.patient_id

    assert lines(parts_of([first, again, moved, other])) == [[2, 3], [4], [5]]


def test_rows_that_were_brought_before_are_skipped_but_their_problems_are_said():
    found = rows({}, {"phone": "12"}, {"location": "m" * 300}, {})

    (part,) = parts_of(found, skip=3)

    assert lines([part]) == [[5]]
    assert (part.refused, part.read) == (0, 4)
    assert [problem.line for problem in part.problems] == [3, 4]


def test_parts_are_as_long_as_the_time_that_we_aim_at():
    (full,) = parts_of(rows(*[{}] * 4), pace=Pace(4))
    pace = Pace(4)
    pace.took(full, 0.01)
    assert pace.rows == FEWEST

    slow, fast = Pace(FIRST), Pace(MOST)
    full.rows = full.rows * 500
    slow.took(full, 2.0)
    fast.took(full, 0.001)
    assert (slow.rows, fast.rows) == (FEWEST, MOST)
    few = Pace(FIRST)
    full.rows = full.rows[:10]
    few.took(full, 2.0)
    assert few.rows == FIRST
