from datetime import timedelta

import pytest

from reminders.intake.entry import Passed
from reminders.intake.rows import AppointmentRow, RefusedRow
from tests.reminders.feeding import (
    appointment,
    bundle,
    found_in,
    messages,
    only,
    patient,
)
from tests.reminders.imports import NOW

MOBILE = {"system": "phone", "value": "206-555-0111", "use": "mobile"}


HOME = {"system": "phone", "value": "206-555-0199", "use": "home"}


def test_a_patient_may_stand_inside_the_visit():
    visit = appointment(who="#p", contained=[patient("p")])

    row = only(visit)

    assert row.phone == "+12065550111"
    assert row.patient_id.startswith("~")  # her id means nothing outside


def test_the_patient_of_r5_may_be_the_subject():
    visit = appointment(participant=[], subject={"reference": "Patient/P1"})

    assert only(bundle(visit, patient())).patient_id == "P1"


@pytest.mark.parametrize(
    ("telecom", "phone"),
    [
        ([HOME, MOBILE], "+12065550111"),
        ([{**MOBILE, "rank": 2}, {**MOBILE, "value": "206-555-0112", "rank": 1}], "12"),
        ([{**MOBILE, "value": "1"}, {**MOBILE, "value": "206-555-0112"}], "12"),
        (
            [
                {**MOBILE, "period": {"end": "2020"}},
                {**MOBILE, "value": "206-555-0112"},
            ],
            "12",
        ),
        ([{**MOBILE, "period": {"end": "2026-11"}}], "+12065550111"),
        ([{"system": "sms", "value": "206-555-0112"}, HOME], "12"),
        ([{"system": "phone", "value": "206-555-0112"}], "12"),
        ([None, {**MOBILE, "rank": "first"}], "+12065550111"),
    ],
)
def test_the_mobile_is_chosen_by_use_rank_and_period(telecom, phone):
    row = only(bundle(appointment(), patient(telecom=telecom)))

    assert row.phone.endswith(phone)


@pytest.mark.parametrize(
    ("telecom", "said"),
    [
        ([], "Patient/P1 has no phone."),
        ([HOME], "has no mobile phone (only home)"),
        ([{**MOBILE, "use": "old"}], "has no phone"),
        ([{**MOBILE, "period": {"end": "2026-11-29"}}], "has no phone"),
        ([{"system": "email", "value": "ana@example.com"}], "has no phone"),
        ([{**MOBILE, "value": "+31612345678"}], "outside the US"),
    ],
)
def test_a_missing_mobile_is_named(telecom, said):
    row = only(bundle(appointment(), patient(telecom=telecom)))

    assert isinstance(row, RefusedRow)
    assert said in messages(row)
    assert row.problems[0].column == "Patient.telecom"


def test_home_phones_count_where_the_clinic_says_so():
    content = bundle(appointment(), patient(telecom=[HOME]))

    assert only(content, {"phone": "mobile, home"}).phone == "+12065550199"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ([{"language": {"coding": [{"code": "es-MX"}]}}], "es"),
        (
            [
                {"language": {"coding": [{"code": "en"}]}},
                {"language": {"coding": [{"code": "es"}]}, "preferred": True},
            ],
            "es",
        ),
        ([{"language": {"text": "Spanish"}}], "es"),
        ([], None),
    ],
)
def test_the_preferred_language_counts(said, language):
    row = only(bundle(appointment(), patient(communication=said)))

    assert (row.language and row.language.value) == language


@pytest.mark.parametrize(
    ("names", "given", "family"),
    [
        (
            [
                {"use": "official", "family": "Lee", "given": ["Ana"]},
                {"use": "usual", "given": ["Annie"]},
            ],
            *("Annie", "Lee"),
        ),
        ([{"use": "maiden", "family": "Ray"}, {"family": "Lee"}], None, "Lee"),
        ([{"text": "Lee, Ana"}], "Ana", "Lee"),
        ([{"use": "old", "family": "Ray", "given": ["X"]}], None, None),
        ([], None, None),
    ],
)
def test_she_is_called_what_she_is_called(names, given, family):
    row = only(bundle(appointment(), patient(name=names)))

    assert (row.given_name, row.family_name) == (given, family)


@pytest.mark.parametrize(
    "changes",
    [{"active": False}, {"deceasedBoolean": True}, {"deceasedDateTime": "2026-01"}],
)
def test_nobody_who_died_or_left_is_reminded(changes):
    row = only(bundle(appointment(), patient(**changes)))

    assert isinstance(row, RefusedRow)
    assert "no visit is imported" in messages(row)


def test_patients_without_a_visit_are_found_too():
    found = found_in(bundle(patient(), patient("P2", telecom=[])))

    assert [row.patient_id for row in found.people.rows] == ["P1"]
    assert [type(one) for one in found.items] == [RefusedRow]


def test_one_patient_who_died_is_no_row_but_is_known_to_be_gone():
    found = found_in(patient(deceasedBoolean=True))

    assert [type(one) for one in found.items] == [Passed]
    assert list(found.people.gone) == ["P1"]


def test_a_number_counts_until_its_last_day():
    content = bundle(
        appointment(), patient(telecom=[{**MOBILE, "period": {"end": "2026-11-30"}}])
    )

    assert isinstance(only(content, now=NOW), AppointmentRow)
    assert isinstance(only(content, now=NOW + timedelta(days=1)), RefusedRow)
