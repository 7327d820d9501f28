from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import StaffAction
from consent.models import Attachment, ConsentDetail, Grade, Topic
from consent.record import opt_in
from consent.records import UNKNOWN_PHONE
from kernel.clock import FixedClock
from kernel.hashing import sha256_hex
from tests.consent.conftest import HOSTILE, KIM, PAT
from tests.consent.test_records import fill
from tests.pages import visitor, words

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AUDITOR, DESK = "auditor@maple-dental.example", "desk@maple-dental.example"
HERE = "/audit/maple-dental"


@pytest.fixture
def auditor(pages, ledger):
    return visitor(pages, AUDITOR)


def done(database):
    with database.reading() as session:
        rows = session.exec(select(StaffAction).order_by(col(StaffAction.id))).all()
        return [(row.action, row.subject) for row in rows if row.staff_email == AUDITOR]


def test_the_first_page_of_an_auditor_is_the_ledger_without_a_number(auditor):
    answer = auditor.get(f"{HERE}/")
    page = auditor.get(answer.location)

    assert answer.location == f"{HERE}/records"
    assert "Opted in: appointments and care" in words(page)
    assert "Sat, Nov" not in words(page)
    assert "Tue, Dec 1, 2026, 10:00 AM PST" in words(page)
    for phone in (PAT, "555-0111", "5550111", KIM[2:]):
        assert phone not in page.get_data(as_text=True)


def test_a_search_leads_to_an_address_without_the_number_and_is_written_down(
    auditor, database
):
    asked = {"phone": "(206) 555-0111", "kind": "opt_out"}
    answer = auditor.post(f"{HERE}/records", asked)
    found = words(auditor.get(answer.location))

    assert answer.status_code == 303
    assert answer.location == f"{HERE}/records?kind=opt_out&same=2"
    assert "Records of the phone …11" in found
    assert done(database) == [("looked for a phone", "…11, ledger no. 2")]


def test_a_number_without_a_record_is_said_so_and_stays_typed(auditor, database):
    answer = auditor.post(f"{HERE}/records", {"phone": "206 555 0199"})

    assert answer.status_code == 200
    assert UNKNOWN_PHONE in words(answer)
    assert 'value="206 555 0199"' in answer.get_data(as_text=True)
    assert done(database) == [("looked for a phone", "…99, no record")]


@sqlite_alone
@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"from": "x"},
            "This is no day. Choose one in the calendar, or write it like 2026-11-30.",
        ),
        ({"from": "2026-11-30", "to": "2026-11-01"}, "before the first"),
        ({"number": "-1"}, "Write the number of a record"),
        ({"number": "9" * 30}, "Write the number of a record"),
    ],
)
def test_a_search_that_cannot_be_read_says_why(auditor, database, asked, sentence):
    posted = auditor.post(f"{HERE}/records", asked)
    got = auditor.get(f"{HERE}/records", query_string=asked)

    assert (posted.status_code, got.status_code) == (400, 400)
    assert sentence in words(posted)
    assert sentence in words(got)
    assert auditor.get(f"{HERE}/records?kind=x").status_code == 400
    assert auditor.get(f"{HERE}/records?same=99").status_code == 404
    assert auditor.get(f"{HERE}/records?before=x%00").status_code == 200
    assert done(database) == []


def test_a_record_shows_itself_only_after_the_view_is_written_down(auditor, database):
    closed = words(auditor.get(f"{HERE}/records/1"))
    before = done(database)
    answer = auditor.post(f"{HERE}/records/1/open")
    shown = words(auditor.get(answer.location))

    assert "START" not in closed
    assert "555-0111" not in closed
    assert "Open, your view is recorded" in closed
    assert before == []
    assert answer.location == f"{HERE}/records/1"
    assert done(database) == [("opened record", "ledger no. 1")]
    for part in ("(206) 555-0111", "START", "Text START to get reminders."):
        assert part in shown
    assert shown.count("recomputed: the same") == 4
    assert "DIFFERENT" not in shown


def test_what_one_person_opened_stays_closed_to_another_and_after_an_hour(
    auditor, pages
):
    auditor.post(f"{HERE}/records/1/open")
    admin = visitor(pages, "admin@maple-dental.example")
    other = words(admin.get(f"{HERE}/records/1"))
    heed = pages.extensions["heed"]
    for _ in range(3):
        heed.clock = FixedClock(heed.now() + timedelta(minutes=20))
        later = words(auditor.get(f"{HERE}/records/1"))

    assert "START" not in other
    assert "START" not in later
    assert "Open, your view is recorded" in later


def test_a_damaged_record_is_loud_in_the_list_and_in_full(auditor, database):
    with database.writing() as session:
        session.connection().execute(
            sa.update(ConsentDetail)
            .where(col(ConsentDetail.seq) == 2)
            .values(detail='{"words":"yes please"}')
        )
    auditor.post(f"{HERE}/records/2/open")

    shown = words(auditor.get(f"{HERE}/records/2"))
    listed = words(auditor.get(f"{HERE}/records?number=2"))

    assert "This record is damaged." in shown
    assert shown.count("recomputed: DIFFERENT") == 1
    assert "yes please" in shown
    assert "damaged" in listed


def test_hostile_words_are_shown_and_do_nothing(auditor):
    pages = []
    for seq in range(6, 22):
        auditor.post(f"{HERE}/records/{seq}/open")
        pages.append(auditor.get(f"{HERE}/records/{seq}").get_data(as_text=True))

    text = "".join(pages)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text
    assert "⟨U+202E⟩gnp.exe" in text
    assert "\x00" not in text
    assert HOSTILE[-1] in text


def test_a_scan_is_handed_out_once_it_is_written_down(auditor, database, ledger, now):
    content = b"%PDF-1.4 a signed form"
    sha256, maple = sha256_hex(content), ledger.maple.clinic_id
    with database.writing() as session:
        facts = {"attachment_sha256": sha256}
        for name in (sha256, sha256_hex(b"another")):
            session.add(
                Attachment(
                    clinic_id=maple,
                    sha256=name,
                    name="../form\n1.pdf",
                    media_type="application/pdf",
                    content=content,
                    added_by=DESK,
                    added_at=now,
                )
            )
        opt_in(session, maple, PAT, Topic.care, Grade.recorded, facts, now)
        wrong = {"attachment_sha256": sha256_hex(b"another")}
        opt_in(session, maple, PAT, Topic.care, Grade.recorded, wrong, now)

    answer = auditor.post(f"{HERE}/records/22/scans/{sha256}")
    changed = auditor.post(f"{HERE}/records/23/scans/{sha256_hex(b'another')}")
    other = auditor.post(f"{HERE}/records/1/scans/{sha256}")

    assert answer.data == content
    assert answer.headers["Content-Disposition"].endswith("filename=form_1.pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (changed.status_code, other.status_code) == (409, 404)
    assert done(database) == [("opened scan", f"ledger no. 22, {sha256[:12]}")]


def test_another_clinics_auditor_finds_nothing_here(pages, ledger):
    stranger = visitor(pages, "auditor@birch-eye.example")
    own = "/audit/birch-eye"

    for path in ("/", "/records", "/records/1", "/exports", "/verify"):
        assert stranger.get(HERE + path).status_code == 404, path
    for path in ("/records", "/records/1/open", "/exports", "/verify"):
        assert stranger.post(HERE + path).status_code == 404, path
    # Maple's record 2 is no record of Birch, and Birch's record 1 is another one.
    assert stranger.post(f"{own}/records/2/open").status_code == 404
    assert stranger.get(f"{own}/records?same=2").status_code == 404
    stranger.post(f"{own}/records/1/open")
    assert "START" not in words(stranger.get(f"{own}/records/1"))


def test_an_auditor_changes_nothing_at_the_desk_nor_with_the_operator(pages, auditor):
    adapter = pages.url_map.bind("localhost")
    tried = 0

    for rule in pages.url_map.iter_rules():
        if "POST" in rule.methods and rule.rule.startswith(("/desk/", "/operator")):
            values = dict.fromkeys(rule.arguments, 1)
            path = adapter.build(rule.endpoint, {**values, "clinic": "maple-dental"})
            assert auditor.post(path).status_code == 404, path
            tried += 1
    assert tried


@contextmanager
def counted(database):
    seen = []

    def hear(_connection, _cursor, statement, *_):
        seen.append(statement)

    sa.event.listen(database.reader, "before_cursor_execute", hear)
    yield seen
    sa.event.remove(database.reader, "before_cursor_execute", hear)


def test_a_page_asks_as_often_of_five_thousand_records_as_of_few(
    pages, auditor, database, ledger, now
):
    paths = [
        f"{HERE}/records",
        f"{HERE}/records?same=1&kind=opt_in&before=4000",
        f"{HERE}/records/1",
        f"{HERE}/exports",
    ]
    auditor.post(f"{HERE}/records/1/open")

    def ask():
        counts = []
        for path in paths:
            with counted(pages.extensions["heed"].database) as seen:
                assert auditor.get(path).status_code == 200
            counts.append(len([one for one in seen if "SELECT" in one]))
        return counts

    few = ask()
    with database.writing() as session:
        fill(session, ledger.maple.clinic_id, 5000, now)
    assert ask() == few
    assert max(few) < 12
