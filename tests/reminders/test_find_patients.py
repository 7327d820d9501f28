"""A patient is found by what a desk types, at its own clinic alone."""

import pytest
import sqlalchemy as sa

from consent.models import Grade
from consent.standing import Word
from reminders.find_patients import SHOWN, find
from tests.reminders.booked import NOW, book
from tests.reminders.desk import OLD, agreed, person, stored


def names(database, place, wanted, after=None):
    with database.reading() as session:
        found = find(session, place.clinic_id, wanted, after, NOW)
    return [row.name for row in found.rows]


FINDS = {
    "garcia": ["José García"],
    "jose GARCIA": ["José García"],
    "García jos": ["José García"],
    "ana": ["Ana Lee", "Ana Maria Muñoz"],
    "munoz": ["Ana Maria Muñoz"],
    "lee ana": ["Ana Lee"],
    "(206) 555-0003": ["Ana Maria Muñoz"],
    "2065550003": ["Ana Maria Muñoz"],
    "+1 206.555.0003": ["Ana Maria Muñoz"],
    "555 0003": ["Ana Maria Muñoz"],
    "m-2": ["José García"],
    "M-1": ["Ana Lee"],
    "%": [],
    "_": [],
    "a\x00na lee": ["Ana Lee"],
    "'; DROP TABLE patient; --": [],
    "Ana Garcia": [],
    "": ["José García", "Ana Lee", "Ana Maria Muñoz"],
}


def test_a_patient_is_found_by_what_a_desk_types(database, cast):
    stored(
        database,
        person(cast.maple, 1, "Ana", "Lee"),
        person(cast.maple, 2, "José", "García"),
        person(cast.maple, 3, "Ana Maria", "Muñoz"),
        person(cast.birch, 4, "Ana", "Garcia"),
    )

    assert {wanted: names(database, cast.maple, wanted) for wanted in FINDS} == FINDS


def test_the_list_goes_on_where_the_page_before_ended(database, cast):
    many = [person(cast.maple, n, f"P{n:03}", "Same") for n in range(SHOWN + 5)]
    stored(database, *many)

    with database.reading() as session:
        first = find(session, cast.maple.clinic_id, "", None, NOW)
        rest = find(session, cast.maple.clinic_id, "", first.after, NOW)

    seen = [row.name for row in (*first.rows, *rest.rows)]
    assert seen == [f"P{n:03} Same" for n in range(SHOWN + 5)]
    assert (len(first.rows), rest.after) == (SHOWN, None)


@pytest.mark.parametrize("size", [1, 25])
def test_the_number_of_queries_does_not_grow_with_the_list(database, cast, size):
    stored(
        database, *(person(cast.maple, n, "Josefina", "Íñiguez") for n in range(size))
    )
    asked = []
    sa.event.listen(
        database.reader, "before_cursor_execute", lambda *call: asked.append(call[2])
    )

    assert len(names(database, cast.maple, "iniguez")) == size
    assert len([one for one in asked if "SELECT" in one]) == 5


def test_the_row_says_what_may_be_sent_and_when_the_next_visit_is(database, cast):
    book(database, cast.maple, her_phone=OLD)
    agreed(database, cast.maple, OLD)

    with database.reading() as session:
        (row,) = find(session, cast.maple.clinic_id, OLD, None, NOW).rows

    assert (row.word, row.grade, row.held) == (Word.opted_in, Grade.recorded, False)
    assert row.next_visit > NOW
