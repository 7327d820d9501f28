"""Numbers that texts cannot reach: each with the visit, the reason and the one step."""

from datetime import timedelta

import pytest

from consent import record
from consent.models import Grade, Topic
from consent.standing import lock_line
from gateway.models import ArrivedBy, CarrierLookup, InboundMessage
from kernel.carriers import Carrier
from reminders.models import VisitStatus
from reminders.numbers_to_mend import Fault, numbers_to_mend
from tests.gateway.signalling import message
from tests.pages import visitor, words
from tests.reminders.at_the_desk import BIRCH, look
from tests.reminders.booked import NOW, TUESDAY_AT_THREE, book
from tests.reminders.imports import ANA as LEE
from tests.reminders.imports import BEN, HEADINGS
from tests.reminders.queries import queries_of

PAGE = "/desk/maple-dental/numbers-to-mend"
ANA = "+12065550001"  # the first who is booked
DAY = timedelta(days=1)


def looked_up(database, place, phone, **values):
    with database.writing() as session:
        session.add(
            CarrierLookup(
                **{
                    "clinic_id": place.clinic_id,
                    "phone": phone,
                    "carrier": Carrier.other,
                    "textable": False,
                    "line_type": "landline",
                    "looked_up_at": NOW,
                    **values,
                }
            )
        )


def lost(database, place, phone, *codes, at=NOW - DAY):
    with database.writing() as session:
        for number, code in enumerate(codes):
            finished = at + timedelta(minutes=number)
            row = message(place, number, finished, phone=phone, finished_at=finished)
            row.delivery, row.error_code = "undelivered", code
            row.dedupe_key = f"{phone}:{number}:{code}"
            session.add(row)


def held(database, place, phone, rule):
    with database.writing() as session:
        lock_line(session, place.clinic_id, phone)
        record.opt_in(
            session, place.clinic_id, phone, Topic.care, Grade.proven, {}, NOW
        )
        record.hold(session, place.clinic_id, phone, rule, {}, NOW)


def wrote(database, place, phone, at):
    with database.writing() as session:
        session.add(
            InboundMessage(
                clinic_id=place.clinic_id,
                number_id=place.number_id,
                account_sid=place.account_sid,
                vendor_sid=f"SM{at.timestamp()}",
                phone=phone,
                body="hello",
                raw="[]",
                arrived_by=ArrivedBy.webhook,
                received_at=at,
            )
        )


def found(database, place):
    with database.reading() as session:
        return numbers_to_mend(session, place.clinic_id, NOW)


def faults(database, place):
    return [one.fault for one in found(database, place).rows]


@pytest.mark.parametrize(
    ("line_type", "fault", "why"),
    [
        ("landline", Fault.not_textable, "It is a landline"),
        ("tollFree", Fault.not_textable, "It is a toll-free number"),
        ("unknown", Fault.invalid, "no phone can have this number"),
    ],
)
def test_what_a_look_up_says_of_a_number(database, cast, line_type, fault, why):
    book(database, cast.maple)
    looked_up(database, cast.maple, ANA, line_type=line_type)

    [one] = found(database, cast.maple).rows

    assert (one.fault, one.name, one.visit_at) == (fault, "Ana Lee", TUESDAY_AT_THREE)
    assert why in one.why


@pytest.mark.parametrize(
    ("codes", "fault"),
    [
        (["30003"], None),
        (["30003", "30005"], Fault.unreachable),
        (["30003", "30003"], Fault.unreachable),
        (["30006"], Fault.not_textable),
        (["21211"], Fault.invalid),
        (["30007", "30007"], None),  # the wording's fault, not the number's
    ],
)
def test_what_errors_of_its_texts_say_of_a_number(database, cast, codes, fault):
    book(database, cast.maple)
    lost(database, cast.maple, ANA, *codes)

    assert faults(database, cast.maple) == ([fault] if fault else [])


def test_a_number_that_was_heard_of_since_is_no_longer_in_doubt(database, cast):
    book(database, cast.maple)
    book(database, cast.maple)
    second = "+12065550002"
    for phone in (ANA, second):
        lost(database, cast.maple, phone, "30003", "30003")
    wrote(database, cast.maple, ANA, NOW - timedelta(hours=1))
    with database.writing() as session:
        arrived = message(cast.maple, 9, NOW, phone=second, delivered_at=NOW)
        session.add(arrived)

    assert faults(database, cast.maple) == []


@pytest.mark.parametrize("rule", ["reassigned.stranger", "unreached", "deactivated"])
def test_a_number_that_is_held_because_it_may_be_another_persons(database, cast, rule):
    book(database, cast.maple)
    held(database, cast.maple, ANA, rule)

    [one] = found(database, cast.maple).rows

    assert one.fault is Fault.wrong_person
    assert "Nothing is sent to it" in one.why


def test_a_hold_for_another_reason_is_not_the_numbers_fault(database, cast):
    book(database, cast.maple)
    held(database, cast.maple, ANA, "phrase.unsure")

    assert faults(database, cast.maple) == []


def test_one_number_of_two_families_is_asked_about_and_a_familys_is_not(database, cast):
    book(database, cast.maple)
    book(
        database, cast.maple, her_phone=ANA, her_given_name="Zoé", her_family_name="LEE"
    )
    assert faults(database, cast.maple) == []

    book(database, cast.maple, her_phone=ANA, her_family_name="Ray")

    rows = found(database, cast.maple).rows
    assert [one.fault for one in rows] == [Fault.shared] * 3
    assert "Ana Lee, Ana Ray" in rows[0].why


def test_only_visits_ahead_count_the_nearest_first_each_patient_once(database, cast):
    late = book(database, cast.maple, starts_at=TUESDAY_AT_THREE + DAY)
    near = book(database, cast.maple)
    book(database, cast.maple, starts_at=NOW - DAY)
    book(database, cast.maple, status=VisitStatus.cancelled)
    for number in range(1, 5):
        looked_up(database, cast.maple, f"+1206555{number:04}")

    rows = found(database, cast.maple)

    assert [one.visit_id for one in rows.rows] == [near, late]
    assert rows.counts == {Fault.not_textable: 2}


def test_the_page_says_why_and_what_to_do_in_a_fixed_number_of_queries(
    desk, database, cast, pages
):
    heed = pages.extensions["heed"]
    assert "No number has to be mended" in words(desk.get(PAGE))
    book(database, cast.maple)
    looked_up(database, cast.maple, ANA)
    first = queries_of(heed, lambda: desk.get(PAGE))

    for number in range(2, 9):
        book(database, cast.maple)
        looked_up(database, cast.maple, f"+1206555{number:04}")

    assert queries_of(heed, lambda: desk.get(PAGE)) == first
    page = words(desk.get(PAGE))
    assert "8 patients" in page
    assert "8 cannot receive texts" in page
    assert "Ask the patient for a mobile number and change it." in page
    assert "Change the number of Ana Lee" in page


def test_lines_of_the_last_list_without_a_number_are_named(desk):
    without = BEN.replace("206-555-0112", "")
    at_no_time = BEN.replace("A2", "A3").replace("2026-12-08T15:30", "soon")
    path, _ = look(desk, HEADINGS + LEE + without + at_no_time)

    desk.post(f"{path}/import")

    page = words(desk.get(PAGE))
    assert "Line 3: No phone number was given." in page
    assert "Line 4" not in page
    assert "1 without a number in the last list" in page


def test_another_clinic_sees_nothing_of_it(database, cast, pages):
    book(database, cast.maple)
    looked_up(database, cast.maple, ANA)

    assert visitor(pages, BIRCH).get(PAGE).status_code == 404
    assert faults(database, cast.birch) == []
