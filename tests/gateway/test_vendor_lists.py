"""A vendor's list only ever stops or holds: each number once, with its evidence."""

from datetime import date, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from clinics.models import TaskKind
from consent.models import (
    Attachment,
    EventKind,
    Grade,
    ImportAttestation,
    ListKind,
    Topic,
    VendorList,
)
from consent.record import opt_in, opt_out, record_asserted
from consent.standing import Word, line_state, line_states, lock_line
from gateway.deciding import Verdict as Answer
from gateway.deciding import decide
from gateway.lists import opt_outs
from gateway.lists.reading import Unusable
from gateway.lists.standing import Verdict
from gateway.lists.taking import Brought, Place
from kernel.errors import Invalid
from tests.conftest import NOW, PAT
from tests.texted import actions, ledger, tasks_of, texts

LA = ZoneInfo("America/Los_Angeles")
BY = "operator@heed.example"
DAY = timedelta(days=1)
ANN, BEA = "+12065550112", "+12065550113"


def place_of(cast):
    return Place(cast.maple.clinic_id, LA)


def brought(text, made_on=None, kind=ListKind.opt_outs):
    content = text if isinstance(text, bytes) else text.encode()
    return Brought(
        kind=kind, content=content, name="report.csv", made_on=made_on, by=BY
    )


def take(database, cast, text, made_on=None, now=NOW):
    return opt_outs.take(database, place_of(cast), brought(text, made_on), now)


def counts(taken):
    return {verdict.value: count for verdict, count in taken.did.counts.items()}


def agree(database, cast, phone=PAT, at=NOW, place=None, topic=Topic.care, **more):
    place = place or cast.maple
    with database.writing() as session:
        lock_line(session, place.clinic_id, phone)
        facts = {"method": "text message", **more}
        return opt_in(session, place.clinic_id, phone, topic, Grade.proven, facts, at)


def standing(database, place, phone=PAT):
    with database.reading() as session:
        return line_state(session, place.clinic_id, phone)


def test_each_number_of_a_report_becomes_a_stop_with_file_and_line(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)

    report = f"Phone Number,Date,Keyword\n(206) 555-0111,2026-11-25,STOP\n{ANN},,end\n"
    taken = take(database, cast, report)

    assert counts(taken) == {"already": 0, "stop": 2, "ask": 0, "leave": 0}
    assert standing(database, cast.maple).word is Word.opted_out
    assert standing(database, cast.maple, ANN).word is Word.opted_out
    kind, facts = ledger(database, cast)[1]
    assert kind is EventKind.vendor_block
    with database.reading() as session:
        kept = session.exec(select(VendorList)).one()
        file = session.get(Attachment, (cast.maple.clinic_id, kept.sha256))
    assert file.content == report.encode()
    assert facts == {
        "method": "vendor report",
        "phone": PAT,
        "scope": "all topics of the clinic",
        "list": "report.csv",
        "list_hash": kept.sha256,
        "line": 2,
        "listed_at": "2026-11-25",
        "recorded_by": BY,
    }
    assert (kept.rows, kept.stopped, kept.already, kept.asked) == (2, 2, 0, 0)
    assert actions(database)[-1][0] == "opt-out list brought"


def test_the_same_report_twice_does_nothing_twice(database, cast):
    report = f"phone\n{PAT}\n{ANN}\n"
    take(database, cast, report, date(2026, 11, 28))
    before = ledger(database, cast)

    again = take(database, cast, report, date(2026, 11, 28), NOW + DAY)

    assert again.again
    assert counts(again) == {"already": 2, "stop": 0, "ask": 0, "leave": 0}
    assert ledger(database, cast) == before
    with database.reading() as session:
        assert session.exec(select(VendorList)).one().stopped == 2


def test_consent_that_is_newer_is_held_and_a_person_decides(database, cast):
    opted = agree(database, cast, at=NOW - DAY)

    taken = take(database, cast, f"From,Date Sent\n{PAT},2026-11-20 10:00:00 UTC\n")

    assert counts(taken)["ask"] == 1
    line = standing(database, cast.maple)
    assert (line.word, line.held, line.held_why) == (Word.opted_in, True, "vendor.stop")
    (task,) = tasks_of(database, cast.maple)
    assert task.kind is TaskKind.vendor_stop
    assert task.phone == PAT
    assert "2026-11-20 10:00:00 UTC" in task.sentence
    assert f"record {opted}" in task.sentence
    assert "Sun, Nov 29, 2026" in task.sentence


def test_what_was_decided_is_not_asked_again(database, cast):
    agree(database, cast, at=NOW - DAY)
    report = f"From,Date Sent\n{PAT},2026-11-20 10:00:00 UTC\n"
    take(database, cast, report)
    (task,) = tasks_of(database, cast.maple)
    with database.writing() as session:
        decide(session, cast.maple.clinic_id, task.id, Answer.go_on, BY, "", NOW)
    assert not standing(database, cast.maple).held

    take(database, cast, report, now=NOW + DAY)
    take(database, cast, report + "\n", now=NOW + DAY)  # another file, same words

    assert not standing(database, cast.maple).held
    assert len(tasks_of(database, cast.maple)) == 1


def test_a_person_can_say_that_the_opt_out_counts(database, cast):
    agree(database, cast, at=NOW - DAY)
    take(database, cast, f"From,Date Sent\n{PAT},2026-11-20 10:00:00 UTC\n")
    (task,) = tasks_of(database, cast.maple)

    with database.writing() as session:
        decide(session, cast.maple.clinic_id, task.id, Answer.stop, BY, "", NOW)

    assert standing(database, cast.maple).word is Word.opted_out


@pytest.mark.parametrize(
    ("agreed", "row", "made_on", "verdict"),
    [
        # A day is not an instant: on the same day nobody knows which came first.
        (NOW - 5 * DAY, "2026-11-26", None, Verdict.stop),
        (NOW - 5 * DAY, "2026-11-25", None, Verdict.ask),
        (NOW - 5 * DAY, "2026-11-24", None, Verdict.ask),
        # An hour without a zone may be UTC or the clinic's.
        (NOW - 5 * DAY, "2026-11-25 18:00:01", None, Verdict.stop),
        (NOW - 5 * DAY, "2026-11-25 11:00:00", None, Verdict.ask),
        (NOW - 5 * DAY, "11/25/2026 6:01 PM", None, Verdict.stop),
        (NOW - 5 * DAY, "2026-11-25T10:00:01-08:00", None, Verdict.stop),
        (NOW - 5 * DAY, "2026-11-25T09:59:59-08:00", None, Verdict.ask),
        (NOW - 5 * DAY, "Wed, 25 Nov 2026 18:00:01 +0000", None, Verdict.stop),
        # No date that we can read: the day of the list, else a person.
        (NOW - 5 * DAY, "soon", None, Verdict.ask),
        (NOW - 5 * DAY, "", None, Verdict.ask),
        (NOW - 5 * DAY, "", date(2026, 11, 27), Verdict.stop),
        (NOW - 5 * DAY, "25/11/2026", date(2026, 11, 27), Verdict.stop),
        (NOW - 5 * DAY, "2027-11-25", None, Verdict.ask),  # still to come
    ],
)
def test_consent_ends_only_where_it_is_surely_older(
    database, cast, agreed, row, made_on, verdict
):
    agree(database, cast, at=agreed)

    taken = take(database, cast, f'phone,date\n{PAT},"{row}"\n', made_on)

    assert counts(taken)[verdict.value] == 1
    line = standing(database, cast.maple)
    assert line.word is not Word.opted_in or line.held


def test_a_signature_counts_from_the_day_it_was_written(database, cast):
    agree(database, cast, at=NOW, signed_on="2026-11-20", method="signed form")

    taken = take(database, cast, f"phone,date\n{PAT},2026-11-22\n")

    assert counts(taken)["stop"] == 1


def test_a_text_counts_from_when_the_vendor_got_it(database, cast):
    texts(database, cast.maple, "START", vendor_at=NOW - 5 * DAY, at=NOW)

    taken = take(database, cast, f"phone,date\n{PAT},2026-11-28\n")

    assert counts(taken)["stop"] == 1


def test_what_the_clinic_imported_never_stands_against_a_stop(database, cast):
    with database.writing() as session:
        clinic_id = cast.maple.clinic_id
        session.add(
            ImportAttestation(
                clinic_id=clinic_id, signed_by=BY, told="The form.", signed_at=NOW
            )
        )
        session.flush()
        record_asserted(session, clinic_id, PAT, Topic.care, {"row": 2}, NOW)

    taken = take(database, cast, f"phone,date\n{PAT},2026-11-01\n")

    assert counts(taken)["stop"] == 1
    with database.writing() as session:  # and no import undoes it
        assert record_asserted(session, clinic_id, PAT, Topic.care, {}, NOW) is None


def test_consent_given_after_the_report_was_brought_is_left_alone(database, cast):
    report = f"phone\n{PAT}\n"
    take(database, cast, report, date(2026, 11, 28))
    agree(database, cast, at=NOW + timedelta(hours=1))

    again = take(database, cast, report, date(2026, 11, 28), NOW + DAY)

    assert counts(again)["leave"] == 1
    line = standing(database, cast.maple)
    assert line.word is Word.opted_in
    assert not line.held


def test_a_report_of_one_clinic_says_nothing_to_another(database, cast):
    agree(database, cast, at=NOW - 9 * DAY, place=cast.birch)

    take(database, cast, f"phone,date\n{PAT},2026-11-25\n")

    assert standing(database, cast.birch).word is Word.opted_in
    with database.reading() as session:
        assert (
            session.exec(
                select(VendorList).where(
                    col(VendorList.clinic_id) == cast.birch.clinic_id
                )
            ).first()
            is None
        )


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
