import io
import re
from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import StaffAction, Task, TaskKind
from consent.models import Attachment
from kernel.clock import FixedClock
from registration import moves, signing
from registration.letter_words import SAID
from registration.move_alarms import ask_about_moves
from registration.number_models import MoveStep, NumberMove
from tests.conftest import NOW
from tests.pages import visitor
from tests.registration.office_numbers import (
    LETTER,
    OFFICE,
    ON_THE_DAY,
    PDF,
    RELEASE,
    all_but_swapped,
    move_row,
    set_out,
    signed,
    step,
)
from tests.registration.operating import OPERATOR, database_of, rows, told

ADMIN, DESK = "admin@maple-dental.example", "desk@maple-dental.example"
PAGE = "/desk/maple-dental/number"
CHECK = "/operator/numbers/check"
GOOD = {"name": "Ada B. Alder", "title": "Owner", "agree": "yes"}


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


@pytest.fixture
def move(pages, cast):
    """A letter is written; what is missing is its signature."""
    database = database_of(pages)
    found = set_out(database, cast.maple)
    step(database, moves.assign_temporary, cast.maple, found, cast.maple.number_id)
    step(database, moves.agree_release, cast.maple, found, RELEASE)
    step(database, signing.write_letter, cast.maple, found, LETTER)
    return found


def link_on(answer):
    return re.search(r"/sign/[\w-]+", answer.get_data(as_text=True))[0]


def later(pages, days):
    pages.extensions["heed"].clock = FixedClock(NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 200, "Can the office number come over?"),
        ("phone=2065550199&voice=teams&texting=nobody", 200, "cannot be brought over"),
        ("phone=2065550199&voice=voip&texting=nobody", 200, "Ask the provider first"),
        ("phone=2065550199&voice=landline&texting=platform", 200, "lets it go"),
        ("phone=2065550199&voice=landline&texting=nobody", 200, "can be brought over"),
        ("phone=72975&voice=landline&texting=nobody", 200, "large banks and airlines"),
        ("phone=12&voice=landline&texting=nobody", 400, "too few digits"),
        ("phone=2065550199", 400, "Choose who carries its calls."),
    ],
)
def test_the_wizard_answers_and_changes_nothing(pages, operator, query, status, said):
    answer = operator.get(f"{CHECK}?clinic=maple-dental&{query}")

    assert (answer.status_code, said in told(answer)) == (status, True)
    assert rows(pages, NumberMove) == []


def test_a_short_code_is_refused_where_a_number_is_added(operator):
    new = {"clinic": "maple-dental", "who_replies": "gateway", "sid": ""}
    answer = operator.post("/operator/numbers", {**new, "phone": "72975"})

    assert answer.status_code == 400
    assert "are a short code" in told(answer)


def test_a_refusal_keeps_what_was_asked(operator):
    asked = {"phone": "2065550199", "voice": "teams", "texting": "nobody"}
    answer = operator.post("/operator/numbers/maple-dental/moves", asked)

    page = told(operator.get(answer.location))
    assert "cannot be split" in page
    assert "This number cannot be brought over" in page


def test_the_letter_is_signed_by_whoever_has_the_link(pages, operator, move):
    address = f"/operator/numbers/maple-dental/moves/{move}"
    link = link_on(operator.post(f"{address}/link", {}))
    stranger = pages.test_client()

    read = stranger.get(link)
    done = stranger.post(link, data=GOOD)

    assert "Maple Dental, P.C. authorizes Maple Dental's messaging" in told(read)
    for header in (read, done):
        assert "Set-Cookie" not in header.headers
        assert header.headers["Referrer-Policy"] == "no-referrer"
    assert "Thank you. The letter is signed." in told(done)
    assert stranger.get(link).status_code == 404
    row = move_row(database_of(pages), move)
    assert (row.signer, row.step) == ("Ada B. Alder", MoveStep.signed)
    file = operator.get(f"{address}/signed-letter")
    assert file.data.startswith(b"%PDF-")
    [kept] = rows(pages, Attachment)
    assert (kept.sha256, kept.content) == (row.letter_sha256, file.data)
    page = told(operator.get(address))
    assert "Owner , on Monday, November 30, 2026, by link." in page
    assert "$10,000" not in page


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"name": "Ada"}, "wrong_name"),
        ({"name": "\x00"}, "wrong_name"),
        ({"title": " "}, "wrong_title"),
        ({"agree": ""}, "wrong_agree"),
    ],
)
def test_what_is_missing_is_said_in_the_readers_language(
    pages, operator, move, language, change, key
):
    link = link_on(operator.post(f"/operator/numbers/maple-dental/moves/{move}/link"))
    answer = pages.test_client().post(link, data={**GOOD, **change, "lang": language})

    assert answer.status_code == 400
    assert SAID[language][key] in told(answer)
    assert move_row(database_of(pages), move).signed_on is None


def test_a_link_ends_after_seven_days_and_after_twenty_tries(pages, operator, move):
    link = link_on(operator.post(f"/operator/numbers/maple-dental/moves/{move}/link"))
    stranger = pages.test_client()
    tries = [
        stranger.post(link, data={**GOOD, "name": "Ada"}).status_code for _ in range(21)
    ]
    capped = stranger.post(link, data=GOOD)
    later(pages, 7)

    assert tries == [400] * 20 + [429]
    assert "Too many tries" in told(capped)
    assert stranger.get(link).status_code == 404
    assert stranger.get("/sign/nothing").status_code == 404
    assert move_row(database_of(pages), move).signed_on is None


def test_the_clinic_reads_agrees_and_brings_its_letter(pages, cast):
    database = database_of(pages)
    move = set_out(database, cast.maple)
    admin, desk = visitor(pages, ADMIN), visitor(pages, DESK)
    first = told(admin.get(PAGE))
    step(database, moves.assign_temporary, cast.maple, move, cast.maple.number_id)
    step(database, signing.write_letter, cast.maple, move, LETTER)

    admin.post(f"{PAGE}/{move}/release", {"day": "2026-12-04"})
    letter = admin.get(f"{PAGE}/{move}/letter.pdf")
    brought = {
        "scan": (io.BytesIO(PDF), "letter.pdf"),
        "signer": "Ada Alder",
        "signer_title": "Owner",
        "signed_on": "2026-11-30",
    }
    answer = admin.post(f"{PAGE}/{move}/scan", brought)

    assert "First the operator chooses the temporary number." in first
    assert letter.data.startswith(b"%PDF-")
    assert "The signed letter is kept." in told(admin.get(answer.location))
    row = move_row(database, move)
    assert (row.release_on, row.signed_how) == (RELEASE, "scan")
    seen = told(desk.get(PAGE))
    assert "signed on Monday, November 30, 2026" in seen
    assert "Agree on this day" not in seen
    assert "Make a link to sign" not in seen
    with database.reading() as session:
        noted = session.exec(select(StaffAction.action)).all()
    assert noted == ["release agreed", "letter signed"]


def test_the_clinic_ticks_its_own_lines_only(pages, cast):
    database = database_of(pages)
    move = signed(database, cast.maple)
    pages.extensions["heed"].clock = FixedClock(ON_THE_DAY)
    step(database, moves.begin_cut_over, cast.maple, move, at=ON_THE_DAY)
    admin = visitor(pages, ADMIN)

    mine = told(
        admin.get(admin.post(f"{PAGE}/{move}/tick", {"item": "desk_ready"}).location)
    )
    theirs = told(
        admin.get(admin.post(f"{PAGE}/{move}/tick", {"item": "text_in"}).location)
    )

    assert "1 of 7 done" in mine
    assert f"{ADMIN} , Fri, Dec 4, 2026" in mine
    assert "Choose a line of the cut-over list." in theirs
    assert "1 of 7 done" in theirs


def test_another_clinics_move_is_not_there(pages, cast):
    move = signed(database_of(pages), cast.birch)
    admin, operator = visitor(pages, ADMIN), visitor(pages, OPERATOR)

    for person, path in (
        (admin, f"{PAGE}/{move}/letter.pdf"),
        (admin, f"{PAGE}/{move}/signed-letter"),
        (operator, f"/operator/numbers/maple-dental/moves/{move}"),
        (operator, f"/operator/numbers/maple-dental/moves/{move}/letter.pdf"),
        (operator, f"/operator/numbers/maple-dental/moves/{move}/signed-letter"),
        (operator, f"/operator/numbers/maple-dental/{cast.birch.number_id}"),
    ):
        assert person.get(path).status_code == 404, path
    for what in ("release", "tick", "link", "scan"):
        data = {"day": "2026-12-04", "item": "desk_ready", "signed_on": "2026-11-30"}
        assert admin.post(f"{PAGE}/{move}/{what}", data).status_code == 404, what
    assert "(206) 555-0199" not in told(admin.get(PAGE)).replace("office", "")


def test_the_days_of_a_move_are_tasks_each_once(pages, cast, operator):
    database = database_of(pages)
    set_out_id = signed(database, cast.maple)
    for days in (0, 3, 3, 4, 5):
        with database.writing() as session:
            ask_about_moves(session, NOW + timedelta(days=days))

    with database.reading() as session:
        found = session.exec(
            select(Task.dedupe_key, Task.urgent)
            .where(col(Task.kind) == TaskKind.number_move)
            .order_by(col(Task.id))
        ).all()
    assert found == [
        (f"release:{set_out_id}:2026-12-04:before", False),
        (f"release:{set_out_id}:2026-12-04:day", True),
    ]
    assert "Bring the office number over" in told(operator.get("/operator/tasks"))


def test_a_kept_number_asks_to_be_detached_until_it_is(pages, cast):
    database = database_of(pages)
    move = all_but_swapped(database, cast.maple)
    with database.writing() as session:
        row = session.get(NumberMove, move)
        row.step, row.ended_at, row.keep_until = MoveStep.hosted, NOW, RELEASE
    with database.writing() as session:
        ask_about_moves(session, ON_THE_DAY)

    [task] = rows(pages, Task)
    assert task.sentence.startswith("(206) 555-0100 was kept until Friday, December 4")
    assert OFFICE not in task.sentence
