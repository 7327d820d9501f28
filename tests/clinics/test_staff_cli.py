import json

import pytest
from sqlmodel import col, select

from clinics.models import Staff, StaffAction
from tests.pages import visitor

ADMIN, DESK = "admin@maple-dental.example", "desk@maple-dental.example"
OPERATOR, NEW = "operator@heed.example", "new@maple-dental.example"
WORDS = "four quiet green trees"


@pytest.fixture
def flask(pages):
    """A command of `flask staff`: its exit status, and its answer or its refusal."""

    def run(*words):
        done = pages.test_cli_runner().invoke(args=["staff", *words, "--json"])
        return done.exit_code, json.loads(done.stdout) if done.stdout else done.stderr

    return run


def test_the_first_operator_comes_in_by_the_command_line_and_nobody_after(pages, flask):
    status, given = flask("invite", OPERATOR)
    path = given["link"].removeprefix(pages.extensions["heed"].settings.public_base_url)
    guest = visitor(pages)
    guest.post(path, {"password": WORDS, "again": WORDS})
    after = flask("invite", DESK)
    by_her = flask("invite", DESK, "--by", OPERATOR)

    assert status == 0
    assert guest.get("/operator/staff").status_code == 200
    assert after == (1, "Say who invites: --by and your staff e-mail.\n")
    assert by_her[0] == 0


REFUSED = [
    (("invite", NEW, "--by", ADMIN), "is not on the staff yet"),
    (("invite", OPERATOR, "--by", ADMIN), "may not do this here"),
    (("invite", "desk@birch-eye.example", "--by", ADMIN), "may not do this here"),
    (("invite", NEW, "--role", "operator", "--by", ADMIN), "may not do this here"),
    (("invite", DESK, "--by", DESK), "may not do this here"),
    (("close", ADMIN, "--by", ADMIN), "This is your own account"),
    (("close", NEW, "--by", ADMIN), "is not on the staff"),
    (("close", DESK, "--by", "admin@birch-eye.example"), "may not do this here"),
]


def test_what_may_not_be_is_refused(flask):
    for words, sentence in REFUSED:
        status, said = flask(*words)

        assert status == 1
        assert sentence in said


def test_an_account_is_invited_and_closed_by_the_command_line(pages, flask):
    place = ("--role", "auditor", "--clinic", "maple-dental")

    invited = flask("invite", NEW, *place, "--by", ADMIN)
    visitor(pages, NEW)
    closed = flask("close", NEW.upper(), "--by", ADMIN)
    again = flask("invite", NEW, "--by", ADMIN)

    assert invited[0] == 0
    assert closed == (0, {"email": NEW, "closed": True, "ended": 1})
    assert again[0] == 1
    with pages.extensions["heed"].database.reading() as reading:
        known = select(Staff).where(col(Staff.email) == NEW)
        assert reading.exec(known).one().closed_at is not None
        noted = [
            (row.staff_email, row.action) for row in reading.exec(select(StaffAction))
        ]
    assert (ADMIN, "account closed") in noted
