import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import request
from sqlmodel import col, select

from app import create_app
from clinics import passwords, signin
from clinics.models import Staff, StaffAction, StaffSession
from clinics.tries import network_of
from kernel.keys import load_or_make
from kernel.settings import load
from tests.pages import visitor, words

DESK, WORDS = "desk@maple-dental.example", "four quiet green trees"
NOBODY = "nobody@maple-dental.example"
PAGE = "/desk/maple-dental/"


@pytest.fixture
def house(pages, kept):
    """The front desk has a password."""
    with pages.extensions["heed"].database.writing() as writing:
        desk_of(writing).password_hash = kept
    return pages


def desk_of(session):
    return session.exec(select(Staff).where(col(Staff.email) == DESK)).one()


def sign_in(app, email=DESK, password=WORDS, **more):
    heed = app.extensions["heed"]
    who = {"address": "192.0.2.1", "browser": "test", **more}
    return signin.sign_in(heed.database, email, password, now=heed.now(), **who)


def rows(app, table):
    with app.extensions["heed"].database.reading() as reading:
        return list(reading.exec(select(table).order_by(col(table.id))))


@pytest.fixture
def production(tmp_path, now):
    load_or_make(tmp_path / "keys.json", now, may_make=True)
    more = {"SECRET_KEY": "an older secret key of 32 signs.", "HEED_PROXIES": "1"}
    opened = []

    def start(**environ):
        settings = {
            "HEED_ENV": "production",
            "DATA_DIR": str(tmp_path),
            "PUBLIC_BASE_URL": "https://heed.example",
            "LOG_LEVEL": "ERROR",
            **more,
            **environ,
        }
        opened.append(create_app(load(settings)))
        return opened[-1]

    yield start
    for app in opened:
        app.extensions["heed"].database.close()


def test_in_production_the_cookie_goes_over_https_and_to_no_script(production):
    answer = production().test_client().get("/signin", base_url="https://heed.example")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-heed=")
    parts = {part.strip() for part in cookie.split(";")}
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
    assert not any(part.startswith(("Domain", "Expires", "Max-Age")) for part in parts)
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_an_older_key_still_opens_a_cookie_until_it_is_taken_away(production):
    client = production().test_client()
    client.get("/signin", base_url="https://heed.example")
    cookie = client.get_cookie("__Host-heed", domain="heed.example").value
    older, fresh = (
        "an older secret key of 32 signs.",
        "the secret key of now, 32 signs.",
    )

    read = []
    for fallbacks in (older, ""):
        app = production(SECRET_KEY=fresh, SECRET_KEY_FALLBACKS=fallbacks)
        with app.test_request_context(
            headers={"Cookie": f"__Host-heed={cookie}"}
        ) as asked:
            read.append("csrf_token" in asked.session)

    assert read == [True, False]


@pytest.mark.parametrize(
    ("proxies", "seen"), [("0", ("127.0.0.1", "http")), ("1", ("192.0.2.7", "https"))]
)
def test_an_address_is_believed_only_from_a_proxy_of_ours(production, proxies, seen):
    app, believed = production(HEED_PROXIES=proxies), []
    app.before_request(lambda: believed.append((request.remote_addr, request.scheme)))

    forged = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7", "X-Forwarded-Proto": "https"}
    app.test_client().get("/signin", headers=forged)

    assert believed == [seen]


def test_every_refusal_costs_one_look_at_a_password(house, monkeypatch):
    looks, look = [], passwords.is_right

    def counted(stored, password):
        looks.append(stored is None)
        return look(stored, password)

    monkeypatch.setattr(passwords, "is_right", counted)
    for email in (DESK, NOBODY, "auditor@maple-dental.example", "\x00", ""):
        answer = sign_in(house, email, "a wrong password")
        assert answer == signin.Refused(signin.WRONG)

    assert looks == [False, True, True, True, True]


def test_nobody_looks_at_a_password_inside_a_transaction(house, monkeypatch):
    database, free = house.extensions["heed"].database, []

    def look(stored, password):
        # Another writer gets through meanwhile: a STOP would not wait.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write).result(timeout=20)
        return True

    def write():
        with database.writing() as writing:
            free.append(desk_of(writing).email)

    monkeypatch.setattr(passwords, "is_right", look)

    assert isinstance(sign_in(house), signin.SignedIn)
    assert free == [DESK]


def test_tries_at_the_same_moment_are_counted_each(house, monkeypatch):
    looks = []
    monkeypatch.setattr(passwords, "is_right", lambda *_: looks.append(1))
    together = threading.Barrier(15)

    def guess(number):
        together.wait(30)
        return sign_in(house, password=f"guess {number}", address=f"192.0.2.{number}")

    with ThreadPoolExecutor(15) as pool:
        answers = list(pool.map(guess, range(15)))

    assert len(looks) == signin.TRIES_PER_PERSON
    assert answers.count(signin.Refused(signin.TOO_MANY)) == 5


def test_signing_in_often_and_rightly_is_no_failed_try(house, monkeypatch):
    monkeypatch.setattr(passwords, "is_right", lambda *_: True)

    answers = [sign_in(house) for _ in range(signin.TRIES_PER_PERSON + 3)]

    assert all(isinstance(answer, signin.SignedIn) for answer in answers)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("x" * 500, "x" * 100),
        ("", ""),
    ],
)
def test_a_home_is_one_address(address, counted):
    assert network_of(address) == counted


def test_a_cookie_from_before_signing_in_is_worth_nothing_after(house):
    victim = visitor(house)
    before = victim.client.get_cookie("heed").value

    victim.post("/signin", {"email": DESK, "password": WORDS})
    after = victim.client.get_cookie("heed").value
    attacker = house.test_client()
    attacker.set_cookie("heed", before)

    assert before != after
    assert victim.get(PAGE).status_code == 200
    assert attacker.get(PAGE).status_code == 302


def test_signing_in_over_another_sign_in_leaves_nothing_of_it(house):
    planted = visitor(house, "admin@maple-dental.example")
    with planted.client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        theirs = cookie["token"]
        cookie.pop("token")

    planted.post("/signin", {"email": DESK, "password": WORDS})

    with planted.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["token"] != theirs
    assert DESK in words(planted.get(PAGE))


@pytest.mark.parametrize("ended", ["revoked", "closed", "another role"])
def test_what_ends_in_the_database_ends_at_the_next_click(house, ended):
    desk = visitor(house, DESK)
    heed = house.extensions["heed"]
    before = desk.get(PAGE).status_code

    with heed.database.writing() as writing:
        one = desk_of(writing)
        if ended == "revoked":
            signin.revoke(writing, one.id, heed.now())
        elif ended == "closed":
            one.closed_at = heed.now()
        else:
            one.role = "auditor"

    assert before == 200
    assert desk.get(PAGE).status_code == (404 if ended == "another role" else 302)


def test_signing_out_is_noted_at_the_clinic(house):
    visitor(house, DESK).post("/signout")

    (row,) = rows(house, StaffAction)
    assert (row.staff_email, row.action) == (DESK, "signed out")
    assert row.clinic_id is not None


def test_what_is_kept_is_no_token_and_old_sign_ins_are_forgotten(house):
    heed = house.extensions["heed"]
    first = sign_in(house)
    (row,) = rows(house, StaffSession)

    with heed.database.writing() as writing:
        later = heed.now() + signin.LONGEST + signin.KEPT
        for hours in (0, 1):
            moment = later + hours * signin.IDLE
            signin.open_session(
                writing, desk_of(writing), address="", browser="", now=moment
            )

    assert first.token not in str(row)
    assert row.id not in [kept.id for kept in rows(house, StaffSession)]
    assert len(rows(house, StaffSession)) == 2
