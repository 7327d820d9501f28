"""Large lists, worked through by the clock while somebody looks at the bar."""

from datetime import timedelta

import pytest

from kernel.clock import FixedClock
from reminders import upload, upload_work
from reminders.intake.parts import FIRST
from reminders.models import Appointment, UploadJob, UploadPart
from reminders.upload_models import UploadStep
from reminders.upload_work import Superseded, Worker, work_on, work_through
from tests.pages import visitor, words
from tests.reminders.at_the_desk import BIRCH, DESK, rows_of, send_bytes
from tests.reminders.imports import ANA, HEADINGS

LARGE = (" " * 999 + "\n") * (upload.SMALL // 1000 + 1)  # blank lines are no rows


def list_of(count):
    line = "A{0},P{0},Ana,Lee,206-555-{0:04},en,2026-12-08T15:00,,,,,\n"
    return HEADINGS + "".join(line.format(number) for number in range(count)) + LARGE


def look(who, content):
    sent = send_bytes(who, "file", content)
    return sent.location, words(who.get(sent.location))


def only(heed):
    (job,) = rows_of(heed, UploadJob)
    return job


def run(heed):
    return work_through(heed.database, heed.clock)


def test_a_large_list_is_read_and_imported_by_the_clock(pages, heed):
    desk = visitor(pages, DESK)
    path, page = look(desk, list_of(30))

    assert "Being read: visits.csv" in page
    assert "It begins in a moment" in page
    assert "data-live" in desk.get(path).get_data(as_text=True)
    assert run(heed) == 1
    page = words(desk.get(path))
    assert "Import 30 rows" in page
    assert rows_of(heed, Appointment) == []

    asked = desk.post(f"{path}/import")
    assert asked.location == path
    assert "Being imported: visits.csv" in words(desk.get(path))
    assert run(heed) == 1
    assert "Imported: visits.csv" in words(desk.get(path))
    assert "To the visits" in words(desk.get(path))
    assert len(rows_of(heed, Appointment)) == 30
    assert rows_of(heed, UploadPart) == []
    assert run(heed) == 0


def test_a_tick_works_through_what_was_uploaded(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, list_of(3))

    pages.test_cli_runner().invoke(args=["tick"])

    assert "Import 3 rows" in words(desk.get(path))


def test_what_is_worked_through_can_be_neither_imported_nor_changed(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, list_of(3))

    assert desk.post(f"{path}/import").status_code == 409
    assert desk.post(f"{path}/mapping", {"column": ["phone"]}).status_code == 400
    run(heed)
    desk.post(f"{path}/import")
    assert desk.post(f"{path}/discard").status_code == 404
    assert "stands here" not in words(desk.post(f"{path}/import"))
    assert run(heed) == 1
    again = desk.post(f"{path}/import")
    assert "imported already, once: 3 added" in words(desk.get(again.location))


def test_a_list_that_is_discarded_while_it_is_read_is_gone(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, list_of(3))
    worker = Worker(heed.database, heed.clock, only(heed).id)
    job = worker.take()

    desk.post(f"{path}/discard")

    with pytest.raises(Superseded):
        worker.read(job)
    assert rows_of(heed, UploadJob) == rows_of(heed, UploadPart) == []


def test_two_never_work_on_one_list(pages, heed):
    look(visitor(pages, DESK), list_of(3))
    first, second = (Worker(heed.database, heed.clock, only(heed).id) for _ in "ab")

    job = first.take()

    assert second.take() is None
    assert not work_on(heed.database, heed.clock, job.id)
    later = FixedClock(heed.now() + upload_work.SILENT + timedelta(seconds=1))
    second.clock = later
    assert second.take() is not None
    with pytest.raises(Superseded):
        first.read(job)
    assert only(heed).step is UploadStep.reading


def test_an_import_whose_worker_died_goes_on_after_the_last_stored_part(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, list_of(FIRST + 40))
    run(heed)
    desk.post(f"{path}/import")
    dying = Dying(heed.database, heed.clock, only(heed).id)

    with pytest.raises(KeyboardInterrupt):
        dying.bring_in(dying.take())
    assert len(rows_of(heed, Appointment)) == FIRST
    assert f"{FIRST} of {FIRST + 40} rows" in words(desk.get(path))
    assert run(heed) == 0

    heed.clock = FixedClock(heed.now() + upload_work.SILENT + timedelta(seconds=1))
    assert run(heed) == 1
    assert only(heed).preview["added"] == FIRST + 40
    assert len(rows_of(heed, Appointment)) == FIRST + 40


class Dying(Worker):
    def _write(self, session, **values):
        if values.get("step") is UploadStep.imported:
            raise KeyboardInterrupt
        Worker._write(self, session, **values)


def test_a_mistake_of_ours_is_a_sentence_and_can_be_tried_again(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, list_of(3))
    run(heed)
    desk.post(f"{path}/import")
    with heed.database.writing() as session:
        session.get(UploadJob, only(heed).id).kept = {"read": "no number"}

    run(heed)
    page = words(desk.get(path))

    assert "Something went wrong while this list was worked through" in page
    assert "Go on: import 3 rows" in page
    desk.post(f"{path}/import")
    run(heed)
    assert only(heed).step is UploadStep.imported


def test_birch_sees_nothing_of_the_work_at_maple(pages, heed):
    path, _ = look(visitor(pages, DESK), list_of(3))
    birch = visitor(pages, BIRCH)

    assert birch.get(path.replace("maple-dental", "birch-eye")).status_code == 404
    assert "visits.csv" not in words(birch.get("/desk/birch-eye/appointments/upload"))


def test_an_old_list_is_never_worked_through(pages, heed):
    look(visitor(pages, DESK), HEADINGS + ANA + LARGE)
    heed.clock = FixedClock(heed.now() + upload.KEPT + timedelta(minutes=1))

    assert run(heed) == 0
    assert rows_of(heed, UploadJob) == rows_of(heed, UploadPart) == []
