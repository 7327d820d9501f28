from datetime import timedelta

from sqlmodel import col, select

from clinics.models import StaffAction
from consent.attest import attest
from consent.models import Standing
from kernel.clock import FixedClock
from reminders import upload, upload_preview
from reminders.models import Appointment, UploadJob, UploadPart
from tests.pages import visitor, words
from tests.reminders.at_the_desk import (
    BIRCH,
    DESK,
    PAGE,
    look,
    rows_of,
    send,
    send_bytes,
)
from tests.reminders.imports import ANA, BEN, HEADINGS, bring, visits
from tests.reminders.queries import queries_of

EVIL = 'A9,P9,"=HYPERLINK(""http://x"")",<b>Lee</b>,206-555-0119,en,2026-12-09T15:00,,,,,\n'


def test_a_list_is_looked_over_before_anything_is_stored(pages, heed):
    path, page = look(visitor(pages, DESK), HEADINGS + ANA + BEN)

    assert "Look it over: visits.csv" in page
    assert "2 added" in page.replace("added 2", "2 added")
    assert "Import 2 rows" in page
    assert "Tue, Dec 8, 2026, 3:00 PM PST Ana Lee new (206) 555-0111" in page
    assert rows_of(heed, Appointment) == []
    assert visitor(pages, DESK).get(path).status_code == 200


def test_the_import_stores_the_visits_notes_it_and_drops_the_content(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, HEADINGS + ANA + BEN)

    done = desk.post(f"{path}/import")

    assert done.location == f"{PAGE}?day=2026-12-08"
    page = words(desk.get(done.location))
    assert "The list is imported: 2 added, 0 changed" in page
    assert "3:00 PM PST · Ana Lee" in page
    assert rows_of(heed, UploadPart) == []
    assert "Ana" not in str(rows_of(heed, UploadJob)[0].preview)
    assert "appointments imported" in [row.action for row in rows_of(heed, StaffAction)]


def test_a_double_click_imports_once_and_says_so(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, HEADINGS + ANA)
    desk.post(f"{path}/import")

    again = desk.post(f"{path}/import")

    assert "imported already, once: 1 added" in words(desk.get(again.location))
    noted = [row.action for row in rows_of(heed, StaffAction)]
    assert noted.count("appointments imported") == 1


def test_what_is_new_moved_cancelled_and_the_same_is_counted(pages, heed, database):
    bring(database, ANA, BEN, ANA.replace("A1", "A3").replace("T15:00", "T16:00"))
    moved = BEN.replace("T15:30", "T16:30")
    ended = ANA.replace("A1", "A3").replace("booked", "cancelled")
    new = ANA.replace("A1", "A4").replace("-08T", "-09T")

    _, page = look(visitor(pages, DESK), HEADINGS + ANA + moved + ended + new)

    for count in ("added 1", "changed 1", "cancelled 1", "unchanged 1", "refused 0"):
        assert count in page
    assert visits(database)["A2"].wall_time == "2026-12-08T15:30"


def test_problems_are_named_by_line_and_column_and_the_rest_is_imported(pages, heed):
    desk = visitor(pages, DESK)
    wrong = ANA.replace("A1", "A5").replace("206-555-0111", "12")
    gap = BEN.replace("A2", "A6").replace("2026-12-08T15:30", "2027-03-14T02:30")

    path, page = look(desk, HEADINGS + ANA + wrong + gap)
    done = desk.post(f"{path}/import")

    assert "Line 3, “ phone ”" in page
    assert "This number has too few digits" in page
    assert "Line 4, “ starts_at ” 2:30 AM does not exist on 2027-03-14" in page
    assert "Import 1 row and leave 2 out" in page
    assert done.location == path
    assert "Line 3, “ phone ”" in words(desk.get(path))


UNREADABLE = {
    b"PK\x03\x04rest": "This is an Excel workbook or a ZIP file. Save the table",
    b"%PDF-1.7": "This is a PDF file. Save the table as",
    b"name,when\nAna,now\n": "There is no column for the phone",
    b"\n\n": "The file is empty.",
    b"phone,dat\xe9\n1,2\n": "The headings are not UTF-8",
}


def test_a_file_that_cannot_be_read_says_why(pages, heed):
    desk = visitor(pages, DESK)

    for content, sentence in UNREADABLE.items():
        path, page = look(desk, content)

        assert "Nothing of this list could be read." in page
        assert sentence in page
        assert "/import" not in desk.get(path).get_data(as_text=True)
        assert desk.post(f"{path}/import").status_code == 409


def test_a_list_with_thousands_of_problems_stays_readable(pages, heed):
    line = "B{0},P{0},Ana,Lee,12,en,2026-12-08T15:00,,,,,\n"
    bad = "".join(line.format(number) for number in range(450))

    _, page = look(visitor(pages, DESK), HEADINGS + ANA + bad)

    assert page.count("too few digits") == upload_preview.SHOWN_PROBLEMS
    assert "And 250 more" in page


def test_a_file_may_be_large_and_a_pasted_list_less_so(pages, heed):
    desk = visitor(pages, DESK)
    many = HEADINGS + " \n" * 3_000_000

    taken = send_bytes(desk, "file", many)
    pasted = send_bytes(desk, "pasted", many)
    refused = send_bytes(desk, "file", "x" * (upload.MOST_BYTES + 1))

    assert taken.status_code == 302
    assert (pasted.status_code, refused.status_code) == (413, 413)
    assert "The most that can be uploaded is 5 MB" in words(pasted)
    assert "The most that can be uploaded is 200 MB" in words(refused)
    assert len(rows_of(heed, UploadJob)) == 1


def test_who_is_not_signed_in_sends_no_large_file(pages, heed):
    answer = send_bytes(visitor(pages), "file", "x" * 3_000_000)

    assert answer.status_code == 413
    assert rows_of(heed, UploadJob) == []


def test_an_upload_of_nothing_or_of_two_things_says_what_to_do(pages):
    desk = visitor(pages, DESK)

    nothing = desk.post(f"{PAGE}/upload", {"pasted": "  "})
    both = send(desk, HEADINGS, pasted="kept for the next try")

    assert nothing.status_code == both.status_code == 400
    assert "Choose a file, or paste the list." in words(nothing)
    assert "kept for the next try" in words(both)


def test_a_pasted_table_is_a_list_too(pages, heed):
    pasted = (HEADINGS + ANA).replace(",", "\t")

    sent = visitor(pages, DESK).post(f"{PAGE}/upload", {"pasted": pasted})

    assert "Look it over: pasted list" in words(visitor(pages, DESK).get(sent.location))


def test_markup_and_formulas_are_names_and_nothing_else(pages, heed):
    desk = visitor(pages, DESK)
    sent = send(desk, HEADINGS + EVIL, name="..\\<script>alert(1)</script>.csv")

    page = desk.get(sent.location).get_data(as_text=True)

    assert "<b>Lee" not in page
    assert "<script>alert" not in page
    assert "=HYPERLINK" in page


def test_a_discarded_list_is_gone(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, HEADINGS + ANA)

    desk.post(f"{path}/discard")

    assert desk.get(path).status_code == 404
    assert desk.post(f"{path}/discard").status_code == 404
    assert desk.post(f"{path}/import").status_code == 404
    assert rows_of(heed, UploadJob) == rows_of(heed, UploadPart) == []
    assert rows_of(heed, Appointment) == []


def test_a_list_is_kept_for_a_day_and_deleted_at_the_next_upload(pages, heed):
    old, _ = look(visitor(pages, DESK), HEADINGS + ANA)
    heed.clock = FixedClock(heed.now() + upload.KEPT + timedelta(minutes=1))
    desk = visitor(pages, DESK)

    gone = desk.get(old)
    look(desk, HEADINGS + BEN)

    assert gone.status_code == 404
    assert "older than a day" in words(gone)
    assert len(rows_of(heed, UploadJob)) == len(rows_of(heed, UploadPart)) == 1


def test_consent_in_a_list_counts_only_after_the_admin_signed(pages, heed, cast):
    desk = visitor(pages, DESK)
    agreed = ANA.replace("booked,,", "booked,asserted,")
    path, page = look(desk, HEADINGS + agreed)
    desk.post(f"{path}/import")
    unsigned = rows_of(heed, Standing)

    with heed.database.writing() as writing:
        admin = "admin@maple-dental.example"
        attest(writing, cast.maple.clinic_id, admin, "On the form.", heed.now())
    path, _ = look(desk, HEADINGS + agreed)
    desk.post(f"{path}/import")

    assert "Sign it under Patients" in page
    assert unsigned == []
    assert [row.phone for row in rows_of(heed, Standing)] == ["+12065550111"]


def test_birch_sees_and_touches_no_list_of_maple(pages, heed):
    desk, birch = visitor(pages, DESK), visitor(pages, BIRCH)
    path, _ = look(desk, HEADINGS + ANA)
    theirs = path.replace("maple-dental", "birch-eye")

    for step in ("", "/mapping", "/import", "/discard"):
        ask = birch.post if step else birch.get
        assert ask(path + step).status_code == 404
        assert ask(theirs + step).status_code == 404
    assert "visits.csv" not in words(birch.get("/desk/birch-eye/appointments/upload"))
    assert "visits.csv" in words(desk.get(f"{PAGE}/upload"))
    assert rows_of(heed, Appointment) == []


def test_only_the_desk_and_its_admin_upload(pages):
    for email, code in (("admin@maple-dental", 200), ("auditor@maple-dental", 404)):
        answer = visitor(pages, f"{email}.example").get(f"{PAGE}/upload")
        assert answer.status_code == code
    assert visitor(pages).get(f"{PAGE}/upload").status_code == 302


def test_looking_at_a_list_asks_the_same_number_of_questions(pages, heed):
    desk = visitor(pages, DESK)
    line = "B{0},P{0},Ana,Lee,206-555-{0:04},en,2026-12-08T15:00,,,,,\n"
    many = "".join(line.format(number) for number in range(99))
    small, _ = look(desk, HEADINGS + ANA)
    large, _ = look(desk, HEADINGS + many)

    assert queries_of(heed, lambda: desk.get(small)) == queries_of(
        heed, lambda: desk.get(large)
    )


def test_drafts_of_a_clinic_are_stored_with_who_brought_them(pages, heed):
    look(visitor(pages, DESK), HEADINGS + ANA)

    (draft,) = rows_of(heed, UploadJob)
    assert (draft.uploaded_by, draft.file_name) == (DESK, "visits.csv")
    with heed.database.reading() as reading:
        by = select(StaffAction).where(col(StaffAction.action) == "list uploaded")
        assert reading.exec(by).one().staff_email == DESK
