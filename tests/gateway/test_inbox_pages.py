from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from clinics.models import StaffAction
from gateway.models import Message
from kernel.schema import load_every_table
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.texted import conversation, patient, sent, texts

DESK = "desk@maple-dental.example"
ADMIN = "admin@maple-dental.example"
BIRCH = "desk@birch-eye.example"
INBOX = "/desk/maple-dental/inbox"
TALK = f"{INBOX}/{PAT}"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(pages):
    return visitor(pages, DESK)


def test_an_empty_inbox_says_what_will_come_here(desk):
    for show in ("waiting", "mine", "all", "nonsense"):
        page = desk.get(f"{INBOX}?show={show}&before=99999999999999999999")

        assert page.status_code == 200
        assert (
            "stands here" in words(page)
            or "is kept here" in words(page)
            or ("I will call" in words(page))
        )


def test_what_waits_stands_first_by_how_long_it_waits(desk, database, cast):
    texts(database, cast.maple, "second", phone="+12065550102", at=NOW + MINUTE)
    texts(database, cast.maple, "first", phone="+12065550103")
    texts(database, cast.maple, "HELP", phone="+12065550104")
    patient(database, cast.maple, "Ann", "+12065550103")
    patient(database, cast.maple, "Bob", "+12065550103")

    waiting = words(desk.get(INBOX))
    everything = words(desk.get(f"{INBOX}?show=all"))

    assert waiting.index("first") < waiting.index("second")
    assert "Ann Lee, Bob Lee" in waiting
    assert "read as: not understood" in waiting
    assert "asked for help" not in waiting
    assert "asked for help" in everything


def test_a_stopped_and_a_held_number_are_marked(desk, database, cast):
    texts(database, cast.maple, "CANCEL", phone="+12065550102")
    texts(database, cast.maple, "wrong number", phone="+12065550103")

    page = words(desk.get(INBOX))

    assert "stops all texts, and may mean the visit said stop" in page
    assert "may be another person&#39;s number now nothing is sent" in page


def test_an_emergency_is_told_above_the_list_and_at_its_row(desk, database, cast):
    texts(database, cast.maple, "hello", phone="+12065550102")
    texts(database, cast.maple, "I have chest pain")
    texts(database, cast.maple, "please call")

    page = words(desk.get(INBOX))

    assert "A text sounds like an emergency." in page
    assert page.count("urgent") == 1


def test_the_list_goes_on_where_it_ended_though_a_new_text_came(desk, database, cast):
    for number in range(53):
        phone = f"+1206555{1000 + number}"
        texts(database, cast.maple, f"text {number:02}.", phone=phone)

    first = desk.get(f"{INBOX}?show=all")
    older = first.get_data(as_text=True).split("before=")[1].split('"')[0]
    texts(database, cast.maple, "new", phone="+12065551003")
    second = words(desk.get(f"{INBOX}?show=all&before={older.split('&')[0]}"))

    assert "text 52." in words(first)
    assert "text 03." in words(first)
    assert [n for n in range(53) if f"text {n:02}." in second] == [0, 1, 2]


def test_taking_it_shows_it_as_mine_and_done_ends_that(desk, pages, database, cast):
    seen = texts(database, cast.maple, "hello")
    admin = visitor(pages, ADMIN)

    taken = desk.post(TALK, {"what": "take", "seen_with": ""})
    mine, hers = desk.get(f"{INBOX}?show=mine"), admin.get(f"{INBOX}?show=mine")
    with_whom = admin.get(INBOX)
    done = desk.post(TALK, {"what": "done", "seen_id": seen})

    assert (taken.status_code, taken.location) == (303, TALK)
    assert "hello" in words(mine)
    assert "hello" not in words(hers)
    assert f"with {DESK}" in words(with_whom)
    assert (done.status_code, done.location) == (303, INBOX)
    assert "Nobody waits" in words(desk.get(INBOX))
    assert f"done by {DESK}" in words(desk.get(f"{INBOX}?show=all"))
    with database.reading() as session:
        noted = session.connection().execute(
            sa.select(col(StaffAction.action), col(StaffAction.subject)).where(
                col(StaffAction.action).like("conversation%")
            )
        )
        assert list(noted) == [
            ("conversation taken", f"text {seen}"),
            ("conversation done", f"text {seen}"),
        ]


def test_a_text_that_came_meanwhile_keeps_it_waiting_and_says_so(desk, database, cast):
    seen = texts(database, cast.maple, "hello")
    texts(database, cast.maple, "hello?", at=NOW + MINUTE)

    answer = desk.post(TALK, {"what": "done", "seen_id": seen})

    assert answer.location == TALK
    assert "Another text came in the meantime" in words(desk.get(TALK))
    assert conversation(database, cast.maple).waiting_since == NOW


def test_it_can_be_given_back_and_put_back(desk, database, cast):
    seen = texts(database, cast.maple, "hello")

    for form in (
        {"what": "take"},
        {"what": "give_back"},
        {"what": "done", "seen_id": seen},
        {"what": "again"},
    ):
        assert desk.post(TALK, form).status_code == 303

    found = conversation(database, cast.maple)
    assert (found.waiting_since, found.assigned_to) == (NOW, None)


def test_a_form_that_asks_for_nothing_known_is_refused(desk, database, cast):
    texts(database, cast.maple, "hello")

    forms = [{}, {"what": "delete"}, {"what": "done\0"}]
    assert [desk.post(TALK, form).status_code for form in forms] == [400] * 3


def test_birch_sees_nothing_of_maple(pages, desk, database, cast):
    texts(database, cast.maple, "a secret of Maple")
    birch = visitor(pages, BIRCH)

    assert birch.get(INBOX).status_code == 404
    assert birch.get(TALK).status_code == 404
    assert birch.post(TALK, {"what": "take"}).status_code == 404
    own = f"/desk/birch-eye/inbox/{PAT}"
    assert "secret" not in words(birch.get("/desk/birch-eye/inbox?show=all"))
    for answer in (
        birch.get(own),
        birch.post(own, {"what": "again"}),
        birch.post(f"/desk/birch-eye/inbox-hold/{PAT}", {"verdict": "stop"}),
    ):
        assert answer.status_code == 404
    assert conversation(database, cast.maple).assigned_to is None


def test_looking_changes_no_row(desk, database, cast):
    texts(database, cast.maple, "too many texts")
    sent(database, cast.maple, "ours", NOW)
    before = rows(database)

    for path in (INBOX, f"{INBOX}?show=all", TALK, "/desk/maple-dental/tasks"):
        assert desk.get(path).status_code == 200

    assert rows(database) == before


def test_the_pages_ask_no_more_questions_for_more_rows(desk, pages, database, cast):
    def asked(path):
        found = []
        reader = pages.extensions["heed"].database.reader
        engine = getattr(reader, "_proxied", reader)  # its options are in between
        sa.event.listen(engine, "before_cursor_execute", lambda *a: found.append(a[2]))
        assert desk.get(path).status_code == 200
        return len(found)

    paths = (INBOX, f"{INBOX}?show=all", TALK, "/desk/maple-dental/tasks")
    texts(database, cast.maple, "too many texts", phone="+12065550119")
    texts(database, cast.maple, "hello")
    few = [asked(path) for path in paths]
    assert min(few) > 3
    for number in range(8):
        texts(database, cast.maple, "stop this at once", phone=f"+120655502{number:02}")
        texts(database, cast.maple, "hello")

    assert [asked(path) for path in paths] == few


def rows(database):
    load_every_table()
    with database.reading() as session:
        return {
            table.name: session.connection().execute(sa.select(table)).all()
            for table in Message.metadata.sorted_tables
        }
