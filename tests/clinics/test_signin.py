from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics import signin
from clinics.models import LinkKind, Staff, StaffAction
from kernel.clock import FixedClock
from tests.pages import visitor, words

DESK = "desk@maple-dental.example"
WORDS = "four quiet green trees"


@pytest.fixture
def desk_with_password(pages):
    with pages.extensions["heed"].database.writing() as writing:
        staff = writing.exec(select(Staff).where(col(Staff.email) == DESK)).one()
        staff.password_hash = signin.new_password(WORDS, DESK)
    return pages


def test_the_desk_signs_in_and_is_shown_today(desk_with_password):
    stranger = visitor(desk_with_password)

    answer = stranger.post("/signin", {"email": DESK.upper(), "password": WORDS})

    assert answer.status_code == 302
    assert answer.location == "/desk/maple-dental/"
    page = stranger.get(answer.location)
    assert page.status_code == 200
    assert "Can reminders leave?" in words(page)


def test_a_page_asks_a_stranger_to_sign_in_and_leads_back(desk_with_password):
    stranger = visitor(desk_with_password)

    asked = stranger.get("/desk/maple-dental/")
    after = {"email": DESK, "password": WORDS, "next": "/desk/maple-dental/?a=1"}
    answer = stranger.post("/signin", after)

    assert asked.location == "/signin?next=/desk/maple-dental/"
    assert answer.location == "/desk/maple-dental/?a=1"


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "x\n"]
)
def test_after_signing_in_nobody_is_led_to_another_site(desk_with_password, elsewhere):
    stranger = visitor(desk_with_password)

    given = {"email": DESK, "password": WORDS, "next": elsewhere}
    answer = stranger.post("/signin", given)

    assert answer.location == "/desk/maple-dental/"


@pytest.mark.parametrize(
    "email", [DESK, "nobody@maple-dental.example", "auditor@maple-dental.example"]
)
def test_a_wrong_password_is_refused_in_the_same_words_for_everyone(
    desk_with_password, email
):
    stranger = visitor(desk_with_password)

    answer = stranger.post("/signin", {"email": email, "password": "something else"})

    assert answer.status_code == 403
    assert signin.WRONG in words(answer)


def test_after_ten_wrong_tries_the_right_password_waits_too(desk_with_password):
    stranger = visitor(desk_with_password)
    for _ in range(signin.TRIES_PER_PERSON):
        stranger.post("/signin", {"email": DESK, "password": "wrong"})

    answer = stranger.post("/signin", {"email": DESK, "password": WORDS})

    assert signin.TOO_MANY in words(answer)
    heed = desk_with_password.extensions["heed"]
    heed.clock = FixedClock(heed.now() + signin.WINDOW)
    later = stranger.post("/signin", {"email": DESK, "password": WORDS})
    assert later.status_code == 302


@pytest.mark.parametrize(("later", "still"), [(29, True), (31, False)])
def test_half_an_hour_without_a_look_ends_a_session(pages, later, still):
    desk = visitor(pages, DESK)

    heed = pages.extensions["heed"]
    heed.clock = FixedClock(heed.now() + timedelta(minutes=later))

    answer = desk.get("/desk/maple-dental/")
    assert (answer.status_code == 200) is still


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(pages):
    desk = visitor(pages, DESK)
    heed = pages.extensions["heed"]

    for _ in range(4):
        heed.clock = FixedClock(heed.now() + timedelta(minutes=10))
        answer = desk.get("/desk/maple-dental/", headers={"X-Live": "1"})

    assert answer.status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy(pages):
    desk = visitor(pages, DESK)
    heed = pages.extensions["heed"]

    seen = []
    for _ in range(13 * 3):
        heed.clock = FixedClock(heed.now() + timedelta(minutes=20))
        seen.append(desk.get("/desk/maple-dental/").status_code)

    assert seen == [200] * 35 + [302] * 4


def test_signing_out_ends_the_cookie_for_good(pages):
    desk = visitor(pages, DESK)
    kept = desk.client.get_cookie("heed")

    desk.post("/signout")
    desk.client.set_cookie("heed", kept.value)

    assert desk.get("/desk/maple-dental/").status_code == 302


def test_a_form_without_the_token_changes_nothing(pages):
    desk = visitor(pages, DESK)

    answer = desk.client.post("/signout", data={})

    assert answer.status_code == 400
    assert "open too long" in words(answer)
    assert desk.get("/desk/maple-dental/").status_code == 200


def test_an_invitation_sets_a_password_once_and_signs_in(pages):
    heed = pages.extensions["heed"]
    with heed.database.writing() as writing:
        staff = writing.exec(select(Staff).where(col(Staff.email) == DESK)).one()
        by = "admin@maple-dental.example"
        link = signin.make_link(writing, staff, LinkKind.invite, by, heed.now())
    guest = visitor(pages)

    short = guest.post(f"/welcome/{link}", {"password": "short", "again": "short"})
    set_now = guest.post(f"/welcome/{link}", {"password": WORDS, "again": WORDS})
    again = guest.get(f"/welcome/{link}")

    assert short.status_code == 400
    assert set_now.status_code == 302
    assert guest.get("/desk/maple-dental/").status_code == 200
    assert again.status_code == 404
    with heed.database.reading() as reading:
        done = [row.action for row in reading.exec(select(StaffAction))]
    assert "set a password" in done


def test_every_page_carries_the_strict_policy(pages):
    for path in ("/signin", "/desk/maple-dental/", "/nothing", "/healthz"):
        answer = visitor(pages, DESK).get(path)

        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
