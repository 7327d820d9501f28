import pytest
from sqlmodel import col, select

from clinics import signin
from clinics.models import LinkKind, Role, Staff, StaffLink
from clinics.staff import By, Refused, close, find
from kernel.clock import FixedClock
from tests.pages import visitor, words
from tests.staff import (
    ADMIN,
    DESK,
    NEW,
    OPERATOR,
    STAFF,
    WORDS,
    link_in,
    noted,
    person,
    step,
)


def test_an_admin_invites_somebody_who_then_signs_in(at_work):
    admin = visitor(at_work, ADMIN)

    invited = admin.post(f"{STAFF}/invite", {"email": f" {NEW} ", "role": "auditor"})
    guest = visitor(at_work)
    token = link_in(invited)
    set_now = guest.post(f"/welcome/{token}", {"password": WORDS, "again": WORDS})

    assert invited.status_code == 200
    assert invited.headers["Cache-Control"] == "no-store"
    assert "It works once, until Mon, Dec 7, 2026, 10:00 AM PST" in words(invited)
    assert set_now.status_code == 302
    assert person(at_work, NEW).role is Role.auditor
    assert (ADMIN, "account added", f"{NEW} as auditor") in noted(at_work)
    assert link_in(admin.get(STAFF)) is None


def test_a_link_stands_in_no_cookie_and_in_no_log(at_work, capfd):
    admin = visitor(at_work, ADMIN)

    answer = admin.post(f"{STAFF}/invite", {"email": NEW, "role": "auditor"})

    token = link_in(answer)
    assert token
    assert token not in str(answer.headers)
    assert token not in "".join(capfd.readouterr())
    with admin.client.session_transaction() as cookie:
        assert token not in str(dict(cookie))


BAD_INVITATIONS = [
    ({"email": "nobody", "role": "auditor"}, "is no e-mail address"),
    ({"email": "a\x00b@x.example", "role": "auditor"}, "is no e-mail address"),
    ({"email": "a@b\r\nBcc: c@d", "role": "auditor"}, "is no e-mail address"),
    ({"email": NEW, "role": "operator"}, "Choose one of the roles"),
    ({"email": NEW, "role": ""}, "Choose one of the roles"),
    ({"email": DESK.upper(), "role": "auditor"}, "has an account already"),
]


def test_an_invitation_that_cannot_be_says_why_and_keeps_what_was_typed(at_work):
    admin = visitor(at_work, ADMIN)

    answers = [admin.post(f"{STAFF}/invite", form) for form, _ in BAD_INVITATIONS]

    assert [answer.status_code for answer in answers] == [400] * 5 + [409]
    for (form, sentence), answer in zip(BAD_INVITATIONS, answers, strict=True):
        assert sentence in words(answer)
        assert link_in(answer) is None
        kept = f'value="{form["email"]}"' in answer.text
        assert kept or not form["email"].isprintable()


def test_a_closed_account_is_out_at_once(at_work):
    desk = visitor(at_work, DESK)
    before = desk.get("/desk/maple-dental/").status_code

    closed = step(at_work, DESK, "close")

    assert (before, closed.status_code) == (200, 303)
    assert desk.get("/desk/maple-dental/").status_code == 302
    form = {"email": DESK, "password": WORDS}
    assert visitor(at_work).post("/signin", form).status_code == 403
    assert (ADMIN, "account closed", DESK) in noted(at_work)


def test_a_link_of_a_closed_account_is_dead_and_stays_dead(at_work):
    token = link_in(step(at_work, DESK, "link"))
    step(at_work, DESK, "close")
    with at_work.extensions["heed"].database.reading() as reading:
        ended = [row.used_at is not None for row in reading.exec(select(StaffLink))]
    opened = step(at_work, DESK, "reopen")

    guest = visitor(at_work)

    assert ended == [True]
    assert guest.get(f"/welcome/{token}").status_code == 404
    assert guest.get(f"/welcome/{link_in(opened)}").status_code == 200
    form = {"email": DESK, "password": WORDS}
    assert visitor(at_work).post("/signin", form).status_code == 403


def test_nobody_shuts_the_door_on_oneself(at_work):
    admin = visitor(at_work, ADMIN)

    for what, form in (("close", {}), ("role", {"role": "auditor"})):
        admin.post(f"{STAFF}/{person(at_work, ADMIN).id}/{what}", form)

        assert "This is your own account" in words(admin.get(STAFF))
    assert person(at_work, ADMIN).closed_at is None
    assert person(at_work, ADMIN).role is Role.clinic_admin


@pytest.mark.parametrize(
    ("what", "form"), [("close", {}), ("role", {"role": "front_desk"})]
)
def test_the_last_admin_who_can_sign_in_stays(at_work, what, form):
    operator = visitor(at_work, OPERATOR)
    invited = {"email": NEW, "role": "clinic_admin", "clinic": "maple-dental"}
    operator.post("/operator/staff/invite", invited)

    path = f"/operator/staff/{person(at_work, ADMIN).id}/{what}"
    operator.post(path, form)
    refused = person(at_work, ADMIN)
    said = words(operator.get("/operator/staff"))
    with at_work.extensions["heed"].database.writing() as writing:
        find(writing, person(at_work, NEW).id).password_hash = "of her own"
    operator.post(path, form)

    assert refused.closed_at is None
    assert refused.role is Role.clinic_admin
    assert "is the last clinic admin who has signed in" in said
    after = person(at_work, ADMIN)
    assert after.closed_at is not None or after.role is Role.front_desk


def test_two_admins_who_close_each_other_leave_one(at_work, race):
    with at_work.extensions["heed"].database.writing() as writing:
        other = writing.exec(select(Staff).where(col(Staff.email) == DESK)).one()
        other.role = Role.clinic_admin
        writing.add(other)
    first, second = person(at_work, ADMIN), person(at_work, DESK)
    database = at_work.extensions["heed"].database
    now = at_work.extensions["heed"].now()

    def closing(mine, theirs):
        def work(session):
            by = By(id=mine.id, email=mine.email)
            return close(session, find(session, theirs.id), by, now)

        return lambda: database.retrying(work)

    outcomes = race(closing(first, second), closing(second, first))

    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    shut = [person(at_work, email).closed_at for email in (ADMIN, DESK)]
    assert shut.count(None) == 1


def test_another_role_holds_from_the_next_click_on(at_work):
    desk = visitor(at_work, DESK)
    before = desk.get("/desk/maple-dental/").status_code

    step(at_work, DESK, "role", role="auditor")

    assert before == 200
    assert desk.get("/desk/maple-dental/").status_code == 404
    assert desk.get("/audit/maple-dental/actions").status_code == 200
    what = f"{DESK}: front desk to auditor"
    assert (ADMIN, "role changed", what) in noted(at_work)


def test_a_role_that_is_not_of_a_clinic_cannot_be_given(at_work):
    admin = visitor(at_work, ADMIN)

    for role in ("operator", "king", ""):
        admin.post(f"{STAFF}/{person(at_work, DESK).id}/role", {"role": role})

        assert person(at_work, DESK).role is Role.front_desk
        assert "Choose one of the roles" in words(admin.get(STAFF))


def test_staff_of_another_clinic_is_not_there(at_work):
    birch = "admin@birch-eye.example"
    before = person(at_work, DESK)

    for what in ("link", "close", "reopen", "role", "delete"):
        theirs = step(at_work, DESK, what, by=birch, base="/desk/birch-eye/staff")
        ours = step(at_work, DESK, what, by=birch, base=STAFF)

        assert (theirs.status_code, ours.status_code) == (404, 404)
    assert person(at_work, DESK) == before


def test_a_number_that_nobody_has_is_not_found(at_work):
    admin = visitor(at_work, ADMIN)

    for number in ("0", "2147483648", "99999999999999999999"):
        assert admin.post(f"{STAFF}/{number}/close").status_code == 404


def test_a_new_link_ends_the_one_before_and_the_password_holds_until_it_is_used(
    at_work,
):
    first, second = (link_in(step(at_work, DESK, "link")) for _ in range(2))
    guest = visitor(at_work)

    assert guest.get(f"/welcome/{first}").status_code == 404
    form = {"email": DESK, "password": WORDS}
    assert visitor(at_work).post("/signin", form).status_code == 302
    used = {"password": "other quiet green trees", "again": "other quiet green trees"}
    assert guest.post(f"/welcome/{second}", used).status_code == 302
    assert visitor(at_work).post("/signin", form).status_code == 403


def test_a_link_runs_out(at_work):
    token = link_in(step(at_work, DESK, "link"))
    heed = at_work.extensions["heed"]

    heed.clock = FixedClock(heed.now() + signin.LINK_LASTS[LinkKind.reset])

    assert visitor(at_work).get(f"/welcome/{token}").status_code == 404
