"""The operator brings a list, and its page says what came of it."""

import html
import io

import pytest

from clinics.models import Task
from consent.models import Comparison, Grade, Topic, VendorList
from consent.record import opt_in
from consent.standing import Word, line_state, lock_line
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.registration.operating import OPERATOR, database_of, last_action, rows

LISTS = "/operator/clinics/maple-dental/lists"
OUT = "/operator/clinics/maple-dental/opt-outs"
GONE = "/operator/clinics/maple-dental/deactivations"


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def bring(operator, path, text, **more):
    file = (io.BytesIO(text.encode()), "report.csv")
    return operator.post(
        path, {"file": file, **more}, content_type="multipart/form-data"
    )


def word_of(pages, cast, phone=PAT):
    with database_of(pages).reading() as reading:
        return line_state(reading, cast.maple.clinic_id, phone).word


def test_a_report_is_taken_and_its_page_says_what_it_did(pages, cast, operator):
    answer = bring(operator, OUT, f"Phone,Date\n{PAT},2026-11-25\n12,2026-11-25\n")

    assert answer.status_code == 303
    page = words(operator.get(answer.location))
    assert "stopped now 1 stopped before 0" in page
    assert "not readable 1" in page
    assert "Line 3, column Phone" in page
    assert word_of(pages, cast) is Word.opted_out
    assert last_action(pages)[:2] == (OPERATOR, "opt-out list brought")
    assert PAT not in page


def test_the_same_file_again_says_so(pages, operator):
    bring(operator, OUT, f"Phone,Date\n{PAT},2026-11-25\n")

    answer = bring(operator, OUT, f"Phone,Date\n{PAT},2026-11-25\n")

    assert "had been taken before" in words(operator.get(answer.location))
    assert len(rows(pages, VendorList)) == 1


@pytest.mark.parametrize("path", [OUT, GONE])
@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("", {}, "Choose the file."),
        ("Name\nAnn\n", {}, "Nothing was changed. No heading names a column"),
        (f"phone\n{PAT}\n", {}, "Say on which day it was made"),
        (f"phone\n{PAT}\n", {"made_on": "2026-12-24"}, "still to come"),
        (f"phone\n{PAT}\n", {"made_on": "Christmas"}, "This is no day."),
    ],
)
def test_what_cannot_be_taken_changes_nothing(
    pages, cast, operator, path, text, more, said
):
    answer = bring(operator, path, text, **more)

    assert answer.status_code == 400
    assert said in words(answer)
    assert rows(pages, VendorList) == []
    assert word_of(pages, cast) is Word.none


def test_numbers_given_up_count_at_every_clinic(pages, operator):
    answer = bring(operator, GONE, f"{PAT}\n", made_on="2026-11-28")

    page = words(operator.get(answer.location))
    assert "At all clinics together: consent is void for 0 numbers" in page
    assert "nothing to do 1" in page
    assert {one.clinic_id for one in rows(pages, VendorList)} == {1, 2}


def test_a_list_of_another_clinic_is_not_here(pages, operator):
    place = bring(operator, OUT, f"Phone,Date\n{PAT},2026-11-25\n").location

    assert operator.get(place).status_code == 200
    elsewhere = place.replace("maple-dental", "birch-eye")
    assert operator.get(elsewhere).status_code == 404
    assert operator.get(f"{LISTS}/99").status_code == 404


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (None, "Not compared yet."),
        (
            {"listed": 7},
            "no difference On Mon, Nov 30, 2026, 10:00 AM PST : 7 incoming texts",
        ),
        ({"mismatches": 2}, "2 differences On"),
        ({"failed": "ConnectionError"}, "could not be had (ConnectionError)"),
    ],
)
def test_the_page_says_when_the_clinic_was_compared(pages, cast, operator, seen, said):
    if seen is not None:
        with database_of(pages).writing() as writing:
            writing.add(Comparison(clinic_id=cast.maple.clinic_id, at=NOW, **seen))
            writing.add(Comparison(clinic_id=cast.birch.clinic_id, at=NOW, listed=99))

    page = words(operator.get(LISTS))

    assert said in page
    assert "99" not in page


def test_the_desk_is_asked_which_of_the_two_counts(pages, cast, operator):
    with database_of(pages).writing() as writing:
        lock_line(writing, cast.maple.clinic_id, PAT)
        facts = {"method": "text message"}
        opt_in(writing, cast.maple.clinic_id, PAT, Topic.care, Grade.proven, facts, NOW)
    answer = bring(operator, OUT, f"Phone,Date\n{PAT},2026-11-25\n")
    assert "held, to decide 1" in words(operator.get(answer.location))

    desk = visitor(pages, "desk@maple-dental.example")
    page = words(desk.get("/desk/maple-dental/tasks"))
    assert "Opted out at Twilio?" in page
    assert (
        "Twilio says that this number opted out (2026-11-25, line 2"
        in html.unescape(page)
    )
    assert "The consent counts: go on texting" in page
    (task,) = rows(pages, Task)
    desk.post(f"/desk/maple-dental/tasks/{task.id}", {"verdict": "go_on"})
    assert word_of(pages, cast) is Word.opted_in
