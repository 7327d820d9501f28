import re
import threading

import pytest
from sqlmodel import col, select

from clinics import account, passwords, signin
from clinics.models import Staff, StaffAction, StaffLink
from kernel.settings import load
from tests.mailbox import mailbox
from tests.pages import visitor, words

DESK, ADMIN = "desk@maple-dental.example", "admin@maple-dental.example"
WORDS, OTHER = "four quiet green trees", "five loud red bicycles"


@pytest.fixture
def house(pages, kept):
    """The front desk has a password."""
    with pages.extensions["heed"].database.writing() as writing:
        one = writing.exec(select(Staff).where(col(Staff.email) == DESK)).one()
        one.password_hash = kept
    return pages


@pytest.fixture
def mails(house):
    """Mails leave, into a mailbox of this test."""
    with mailbox() as box:
        heed = house.extensions["heed"]
        more = {"SMTP_URL": box.url, "MAIL_FROM": "heed@heed.example"}
        heed.settings = heed.settings.model_copy(
            update={name.lower(): getattr(load(more), name.lower()) for name in more}
        )
        yield box
        for thread in threading.enumerate():
            if thread.name == "forgotten":
                thread.join(30)


def rows(app, table):
    with app.extensions["heed"].database.reading() as reading:
        return list(reading.exec(select(table).order_by(col(table.id))))


def signed_in(visiting):
    return visiting.get("/account").status_code == 200


def changing(current=WORDS, fresh=OTHER, again=OTHER):
    return {"current": current, "fresh": fresh, "again": again}


def test_a_changed_password_ends_every_other_sign_in(house):
    here, elsewhere, admin = (visitor(house, who) for who in (DESK, DESK, ADMIN))

    answer = here.post("/account/password", changing())

    assert answer.status_code == 303
    assert [signed_in(one) for one in (here, elsewhere, admin)] == [True, False, True]
    for password, status in ((WORDS, 403), (OTHER, 302)):
        form = {"email": DESK, "password": password}
        assert visitor(house).post("/signin", form).status_code == status
    done = [row for row in rows(house, StaffAction) if "password" in row.action]
    assert [(row.staff_email, row.clinic_id is not None) for row in done] == [
        (DESK, True)
    ]


BAD_CHANGES = [
    (changing(current="a guess of mine"), 403, account.NOT_YOURS),
    (changing(again="something else"), 400, "The two passwords differ"),
    (changing(fresh="short", again="short"), 400, "at least 12 characters"),
    (changing(fresh=WORDS, again=WORDS), 400, account.SAME),
]


def test_a_change_that_cannot_be_says_why_and_changes_nothing(house, kept):
    desk, elsewhere = visitor(house, DESK), visitor(house, DESK)

    for form, status, sentence in BAD_CHANGES:
        answer = desk.post("/account/password", form)

        assert answer.status_code == status
        assert sentence in words(answer)
    assert signed_in(elsewhere)
    assert kept in [row.password_hash for row in rows(house, Staff)]


def test_a_stolen_screen_does_not_guess_the_password_for_ever(house, monkeypatch):
    desk = visitor(house, DESK)
    monkeypatch.setattr(passwords, "is_right", lambda *_: False)
    for _ in range(signin.TRIES_PER_PERSON):
        desk.post("/account/password", changing(current="a guess"))
    monkeypatch.undo()

    answer = desk.post("/account/password", changing())

    assert answer.status_code == 403
    assert signin.TOO_MANY in words(answer)


def test_sign_ins_are_listed_and_ended(house):
    here, second, third = (visitor(house, DESK) for _ in range(3))

    listed = words(here.get("/account"))
    ids = re.findall(r"/account/sign-ins/(\d+)/end", here.get("/account").text)
    one = here.post(f"/account/sign-ins/{ids[-1]}/end")
    after_one = [signed_in(who) for who in (here, second, third)]
    here.post("/account/sign-ins/end-others")

    assert listed.count("this one") == 1
    assert len(ids) == 2
    assert one.status_code == 303
    assert after_one == [True, False, True]
    assert [signed_in(who) for who in (here, second, third)] == [True, False, False]
    assert here.post(f"/account/sign-ins/{ids[-1]}/end").status_code == 404


def test_nobody_ends_a_sign_in_of_somebody_else(house):
    admin, desk = visitor(house, ADMIN), visitor(house, DESK)
    theirs = [row.id for row in rows(house, signin.StaffSession)]

    for number in [theirs[-1], 0, 2**31, 10**20]:
        assert admin.post(f"/account/sign-ins/{number}/end").status_code == 404

    assert signed_in(desk)


def test_a_browser_is_named_by_its_name_and_never_by_what_it_says():
    chrome = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/1 Safari/537.36"
    hostile = "<script>alert(1)</script>\u202e"

    assert account.browser_name(chrome) == "Chrome on Windows"
    assert account.browser_name(f"{chrome} Edg/1") == "Edge on Windows"
    assert account.browser_name(hostile) == "Another browser"


def test_without_a_mail_server_the_page_says_whom_to_ask(house):
    stranger = visitor(house)

    asked = stranger.get("/forgotten")
    posted = stranger.post("/forgotten", {"email": DESK})

    assert "Ask your clinic's admin" in words(asked)
    assert 'name="email"' not in asked.text
    assert (posted.status_code, words(posted)) == (200, words(asked))
    assert not rows(house, StaffLink)


def test_a_forgotten_password_is_set_anew_by_mail(house, mails):
    stranger = visitor(house)

    stranger.post("/forgotten", {"email": f" {DESK.upper()} "})
    (mail,) = mails.wait_for()
    link = re.search(r"http://\S+(/welcome/\S+)", mail.get_content())
    form = {"password": OTHER, "again": OTHER}
    answer = stranger.post(link[1], form)

    assert mail["To"] == DESK
    assert "at Maple Dental" in mail.get_content()
    assert link[0].startswith(house.extensions["heed"].settings.public_base_url)
    assert answer.status_code == 302
    assert signed_in(stranger)


def test_a_forgotten_password_answers_everybody_alike(house, mails, capfd):
    asked = (DESK, "nobody@maple-dental.example", "no address", "\x00@x", "")

    answers = [visitor(house).post("/forgotten", {"email": who}) for who in asked]

    first = words(answers[0])
    assert "If there is an account" in first
    assert all(words(answer) == first for answer in answers)
    assert {answer.status_code for answer in answers} == {200}
    mails.wait_for()
    assert [mail["To"] for mail in mails.mails] == [DESK]
    assert DESK not in "".join(capfd.readouterr())


def test_who_is_asked_for_is_looked_up_after_the_answer(house, mails):
    mails.silent = True

    answer = visitor(house).post("/forgotten", {"email": DESK})

    waiting = [one for one in threading.enumerate() if one.name == "forgotten"]
    assert answer.status_code == 200
    assert waiting


def test_a_link_never_leads_to_the_host_that_a_request_claims(house, mails):
    client, evil = house.test_client(), "http://evil.example"
    page = client.get("/forgotten", base_url=evil).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    form = {"email": DESK, "csrf_token": token}
    client.post("/forgotten", data=form, base_url=evil)

    (mail,) = mails.wait_for()
    assert "evil.example" not in mail.get_content()


def test_asking_is_counted_for_known_and_unknown_alike(house, mails):
    unknown = "nobody@maple-dental.example"

    answers = [
        [visitor(house).post("/forgotten", {"email": who}).status_code for _ in "1234"]
        for who in (DESK, unknown)
    ]

    assert answers == [[200, 200, 200, 429]] * 2
    assert len(mails.wait_for(3)) == 3


def test_one_address_asks_twenty_times_an_hour(house, mails):
    emails = [f"p{number}@x.example" for number in range(21)]
    answers = [
        visitor(house).post("/forgotten", {"email": who}).status_code for who in emails
    ]
    elsewhere = visitor(house).post(
        "/forgotten",
        {"email": "p@x.example"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.9"},
    )

    assert answers == [200] * 20 + [429]
    assert elsewhere.status_code == 200


def test_a_closed_account_gets_no_mail(house, mails):
    heed = house.extensions["heed"]
    with heed.database.writing() as writing:
        one = writing.exec(select(Staff).where(col(Staff.email) == DESK)).one()
        one.closed_at = heed.now()

    assert account.link_of(heed.database, DESK, heed.now()) is None
    assert not rows(house, StaffLink)


def test_an_invitation_is_mailed_where_mails_leave(house, mails):
    admin = visitor(house, ADMIN)
    new = "new@maple-dental.example"
    form = {"email": new, "role": "auditor"}

    answer = admin.post("/desk/maple-dental/staff/invite", form)
    after = admin.get("/desk/maple-dental/staff")

    assert answer.status_code == 303
    assert [mail["To"] for mail in mails.mails] == [new]
    assert f"was mailed to {new}" in words(after)
    assert "/welcome/" not in after.text


def test_an_invitation_that_was_not_mailed_is_shown_to_copy(house, mails):
    mails.refuse = {"RCPT": "550 no"}
    form = {"email": "new@maple-dental.example", "role": "auditor"}

    answer = visitor(house, ADMIN).post("/desk/maple-dental/staff/invite", form)

    assert answer.status_code == 200
    assert "It was not mailed: The mail server refused this e-mail" in words(answer)
    assert "/welcome/" in answer.text
