"""What a row of a vendor's list says, and what no list can do."""

from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from consent.models import (
    Attachment,
    VendorList,
)
from consent.record import opt_out
from consent.standing import Word, line_states, lock_line
from gateway.lists.reading import Unusable
from kernel.errors import Invalid
from tests.conftest import NOW, PAT
from tests.gateway.listing import ANN, BEA, DAY, LA, agree, counts, standing, take
from tests.texted import ledger


def test_a_bad_row_costs_itself_only_and_is_named_by_line_and_column(database, cast):
    report = (
        "Name,Mobile,Opted out at\n"
        f"Ann,{ANN},2026-11-25\n"
        "Bo,12,2026-11-25\n"
        '"Cy, Dee",(206) 555-01\n'
        f"Pat,{PAT},yesterday\n"
        "Eve,,2026-11-25\n"
        "Foe,+44 7911 123456,2026-11-25\n"
    )

    taken = take(database, cast, report)

    assert counts(taken)["stop"] == 2  # the date of Pat's row is not worth a STOP
    assert [(one.line, one.column) for one in taken.listed.problems] == [
        (3, "Mobile"),
        (4, None),
        (5, "Opted out at"),
        (6, "Mobile"),
        (7, "Mobile"),
    ]
    assert taken.listed.refused == 4
    assert not any(
        "555" in one.why or "7911" in one.why for one in taken.listed.problems
    )


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"Name,City\nAnn,Reno\n",
        b"PK\x03\x04 a workbook",
        b"phone\x00\n",
        b'"phone\n',
        b"nothing here",
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(database, cast, file):
    taken = take(database, cast, file, date(2026, 11, 28))

    assert isinstance(taken, Unusable)
    assert ledger(database, cast) == []
    with database.reading() as session:
        assert session.exec(select(VendorList)).all() == []
        assert session.exec(select(Attachment)).all() == []


@pytest.mark.parametrize("made_on", [None, date(2026, 12, 1)])
def test_a_list_without_dates_needs_its_day(database, cast, made_on):
    with pytest.raises(Invalid):
        take(database, cast, f"phone\n{PAT}\n", made_on)

    assert ledger(database, cast) == []


@pytest.mark.parametrize(
    ("headings", "row", "stopped"),
    [
        ("From,To,Body", f"{PAT},{{ours}},STOP", True),
        ("From,To,Body", f"{{ours}},{PAT},STOP", True),
        ("From,To,Body", f"{PAT},{{ours}},please take me off your list", True),
        ("From,To,Body", f"{PAT},{{ours}},thanks see you then", False),
        ("From,To,Body", f"{{ours}},{PAT},Reply STOP to opt out.", False),
        ("From,To,Body", f"{PAT},{ANN},STOP", False),
        ("phone,keyword", f"{PAT},STOPALL", True),
        ("phone,keyword", f"{PAT},", True),
        ("phone,keyword", f"{PAT},START", False),
        ("phone,opt-out type", f"{PAT},HELP", False),
        ("phone,status", f"{PAT},Opted-In", False),
        ("phone,status", f"{PAT},unsubscribed", True),
        ("RECIPIENT,other", f"{PAT},x", True),
        ("Number,other", " 1 (206) 555-0111 ,x", True),
    ],
)
def test_what_a_row_says(database, cast, headings, row, stopped):
    text = f"{headings}\n{row.format(ours=cast.maple.number)}\n"

    take(database, cast, text, date(2026, 11, 28))

    assert (standing(database, cast.maple).word is Word.opted_out) is stopped
    assert standing(database, cast.maple, cast.maple.number).word is Word.none
    assert standing(database, cast.maple, ANN).word is Word.none


def test_of_a_number_that_stands_twice_the_newest_row_counts(database, cast):
    agree(database, cast, at=NOW - 5 * DAY)

    take(database, cast, f"phone,date\n{PAT},2026-11-28\n{PAT},2026-11-01\n")

    assert standing(database, cast.maple).word is Word.opted_out
    assert ledger(database, cast)[-1][1]["line"] == 2


def test_more_numbers_than_one_transaction_takes(database, cast):
    numbers = [f"+1206555{number:04}" for number in range(1000, 1250)]
    agree(database, cast, numbers[120], at=NOW - DAY)

    taken = take(database, cast, "\n".join(["phone", *numbers]), date(2026, 11, 20))

    assert counts(taken) == {"already": 0, "stop": 249, "ask": 1, "leave": 0}


PHONES = [PAT, ANN, BEA]
DAYS = count()
STEP = st.tuples(
    st.sampled_from(["in", "signed", "out", "list"]),
    st.lists(st.sampled_from(PHONES), min_size=1, max_size=3),
    st.integers(min_value=-12, max_value=0),
)


@given(st.lists(STEP, min_size=1, max_size=6))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_after_any_list_no_stopped_line_is_allowed_and_none_is_freed(
    database, cast, steps
):
    """Before and after each list: what was not allowed is not allowed."""
    clinic_id = cast.maple.clinic_id

    def allowed():
        with database.reading() as session:
            found = line_states(session, clinic_id, PHONES)
        return {
            phone
            for phone, line in found.items()
            if line.word is Word.opted_in and not line.held
        }

    for what, named, days in steps:
        now = NOW + next(DAYS) * DAY  # one ledger for all examples: time goes on
        day = (now + days * DAY).astimezone(LA).date()
        if what == "list":
            rows = [f"{phone},{day}" for phone in named]
            before = allowed()
            taken = take(database, cast, "\n".join(["phone,date", *rows, ""]), now=now)
            assert allowed() <= before
            if not taken.again:
                assert not allowed() & set(named)
            continue
        for phone in named:
            if what == "out":
                with database.writing() as session:
                    lock_line(session, clinic_id, phone)
                    opt_out(session, clinic_id, phone, {"method": "test"}, now)
            elif what == "signed":
                agree(database, cast, phone, now, signed_on=day.isoformat())
            else:
                agree(database, cast, phone, now)
