import re
from datetime import timedelta

from kernel.clock import FixedClock
from tests.pages import visitor, words
from tests.staff import ADMIN, DESK, NEW, OPERATOR, STAFF, link_in, person


def test_the_list_is_for_the_clinics_own_admin(at_work):
    others = (DESK, "auditor@maple-dental.example", "admin@birch-eye.example", OPERATOR)

    for email in others:
        assert visitor(at_work, email).get(STAFF).status_code == 404


def test_the_list_shows_its_own_clinic_only(at_work):
    said = words(visitor(at_work, ADMIN).get(STAFF))

    assert "auditor@maple-dental.example" in said
    assert "birch" not in said
    assert OPERATOR not in said


def test_the_operator_invites_the_first_admin_of_a_clinic_and_other_operators(at_work):
    operator = visitor(at_work, OPERATOR)
    first = {"email": "a@birch.example", "role": "clinic_admin", "clinic": "birch-eye"}
    other = {"email": "second@heed.example", "role": "operator", "clinic": ""}

    answers = [operator.post("/operator/staff/invite", form) for form in (first, other)]
    wrong = [
        operator.post("/operator/staff/invite", {**first, "clinic": clinic})
        for clinic in ("", "nowhere", "\x00")
    ]

    assert all(link_in(answer) for answer in answers)
    assert person(at_work, "a@birch.example").clinic_id is not None
    assert person(at_work, "second@heed.example").clinic_id is None
    assert [answer.status_code for answer in wrong] == [400, 400, 400]
    headings = re.findall(
        r"<h2[^>]*>([^<]+)</h2>", operator.get("/operator/staff").text
    )
    assert headings[1:] == ["Operators", "Birch Eye Care", "Maple Dental"]


def test_the_list_says_who_is_here_and_who_never_came(at_work):
    heed = at_work.extensions["heed"]
    visitor(at_work, DESK)
    admin = visitor(at_work, ADMIN)
    admin.post(f"{STAFF}/invite", {"email": NEW, "role": "auditor"})

    said = words(admin.get(STAFF))
    heed.clock = FixedClock(heed.now() + timedelta(days=8))
    later = words(visitor(at_work, ADMIN).get(STAFF))

    assert "Front desk · last sign-in Mon, Nov 30, 2026, 10:00 AM PST" in said
    assert "1 open sign-in" in said
    assert "never signed in · a link waits until Mon, Dec 7, 2026" in said
    assert "the invitation ran out: make a new link" in later


def test_more_people_cost_no_more_questions(at_work, queries):
    admin, operator = visitor(at_work, ADMIN), visitor(at_work, OPERATOR)

    def asked():
        desk = queries(lambda: admin.get(STAFF))
        return desk, queries(lambda: operator.get("/operator/staff"))

    few = asked()
    for number in range(8):
        form = {"email": f"p{number}@maple-dental.example", "role": "auditor"}
        admin.post(f"{STAFF}/invite", form)

    assert asked() == few
    assert min(few) > 1
