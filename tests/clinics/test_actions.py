import re
from datetime import UTC, datetime, timedelta
from html import unescape

from sqlmodel import col, select

from clinics.access import note_action
from clinics.actions import SHOWN
from clinics.models import Clinic, Staff
from tests.pages import visitor, words

ADMIN, AUDITOR = "admin@maple-dental.example", "auditor@maple-dental.example"
DESK, OPERATOR = "desk@maple-dental.example", "operator@heed.example"
BIRCH = "admin@birch-eye.example"
HERE, ALL = "/audit/maple-dental/actions", "/operator/actions"
DAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # midnight at Maple Dental


def note(app, who, action, subject="", at=DAY, clinic="maple-dental"):
    with app.extensions["heed"].database.writing() as writing:
        known = select(Clinic.id).where(col(Clinic.slug) == clinic)
        clinic_id = writing.exec(known).one_or_none()
        note_action(writing, clinic_id, who, action, subject, at)


def number_of(app, email):
    with app.extensions["heed"].database.reading() as reading:
        return reading.exec(select(Staff.id).where(col(Staff.email) == email)).one()


def seen(answer):
    assert answer.status_code == 200
    return re.findall(r"<strong><bdi>([^<]*)</bdi></strong>", unescape(answer.text))


def test_who_did_what_to_what_and_when(pages):
    note(pages, DESK, "number added", "+12065550100", DAY + timedelta(hours=9))

    said = words(visitor(pages, AUDITOR).get(HERE))

    assert "Number added Mon, Nov 30, 2026, 9:00 AM PST" in said
    assert f"(206) 555-0100 by {DESK}" in said


def test_a_clinic_sees_its_own_and_the_operator_all(pages):
    note(pages, DESK, "ours")
    note(pages, BIRCH, "theirs", clinic="birch-eye")
    note(pages, OPERATOR, "nobody's", clinic="")

    every = visitor(pages, OPERATOR)

    assert seen(visitor(pages, ADMIN).get(HERE)) == ["Ours"]
    assert seen(every.get(ALL)) == ["Nobody's", "Theirs", "Ours"]
    assert seen(every.get(f"{ALL}?clinic=birch-eye")) == ["Theirs"]
    for email in (DESK, BIRCH, OPERATOR):
        assert visitor(pages, email).get(HERE).status_code == 404
    for email in (DESK, ADMIN, AUDITOR):
        assert visitor(pages, email).get(ALL).status_code == 404


def test_a_person_is_picked_out(pages):
    for who, action in ((DESK, "one"), (ADMIN, "two"), (OPERATOR, "three")):
        note(pages, who, action)
    note(pages, BIRCH, "four", clinic="birch-eye")
    admin = visitor(pages, ADMIN)

    desk = admin.get(f"{HERE}?person={number_of(pages, DESK)}")
    theirs = admin.get(f"{HERE}?person={number_of(pages, BIRCH)}")

    assert seen(desk) == ["One"]
    assert seen(admin.get(f"{HERE}?person=operators")) == ["Three"]
    assert "Four" not in seen(theirs)
    assert BIRCH not in theirs.text
    assert OPERATOR not in re.sub(r"<li>.*?</li>", "", theirs.text, flags=re.DOTALL)


def test_a_day_is_the_clinics_own(pages):
    note(pages, DESK, "the day before", at=DAY - timedelta(seconds=1))
    note(pages, DESK, "first", at=DAY)
    note(pages, DESK, "last", at=DAY + timedelta(hours=24, seconds=-1))
    note(pages, DESK, "the day after", at=DAY + timedelta(hours=24))

    admin, operator = visitor(pages, ADMIN), visitor(pages, OPERATOR)

    assert seen(admin.get(f"{HERE}?day=2026-11-30")) == ["Last", "First"]
    utc = seen(operator.get(f"{ALL}?day=2026-11-30"))
    assert utc == ["First", "The day before"]
    empty = admin.get(f"{HERE}?day=2026-10-01")
    assert "Nothing was recorded" in words(empty)


def test_a_day_that_is_none_is_refused_beside_its_field(pages):
    admin = visitor(pages, ADMIN)

    for day in ("yesterday", "0001-01-01", "9999-12-31", "\x00"):
        answer = admin.get(HERE, query_string={"day": day})

        assert answer.status_code == 400
        assert (
            "This is no day. Choose one in the calendar, or write it like 2026-11-30."
            in words(answer)
        )


def test_fifty_a_page_and_the_older_ones_behind_a_link(pages):
    for number in range(SHOWN + 3):
        note(pages, DESK, f"step {number}")
    note(pages, ADMIN, "another")
    admin = visitor(pages, ADMIN)

    first = admin.get(f"{HERE}?person={number_of(pages, DESK)}")
    older = re.search(r'href="([^"]*before=[^"]*)"', first.text)[1]
    second = admin.get(older.replace("&amp;", "&"))

    assert seen(first) == [f"Step {n}" for n in range(SHOWN + 2, 2, -1)]
    assert seen(second) == ["Step 2", "Step 1", "Step 0"]
    assert "before=" not in second.text
    for before in ("0", "-1", "x", "9" * 30, "٣", ""):
        answer = admin.get(HERE, query_string={"before": before})
        assert len(seen(answer)) == SHOWN


def test_hostile_words_are_shown_and_do_nothing(pages):
    note(pages, DESK, "<script>alert(1)</script>", "{{ 7 * 7 }}\u202e<b>")

    text = visitor(pages, ADMIN).get(HERE).text

    assert "<script>alert" not in text
    assert "{{ 7 * 7 }}⟨U+202E⟩&lt;b&gt;" in text


def test_more_rows_cost_no_more_questions(pages, queries):
    admin, operator = visitor(pages, ADMIN), visitor(pages, OPERATOR)

    def asked():
        one = queries(lambda: admin.get(HERE))
        return one, queries(lambda: operator.get(ALL))

    few = asked()
    for number in range(SHOWN):
        note(pages, DESK, f"step {number}")

    assert asked() == few
    assert min(few) > 1
