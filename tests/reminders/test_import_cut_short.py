"""What an import that broke off leaves behind, and what its next worker finds."""

import io
from datetime import timedelta

import pytest
from sqlmodel import select

from clinics.access import clinic_by_slug
from consent.models import ConsentEvent
from kernel import faults
from kernel.clock import FixedClock
from reminders import upload_work
from reminders.intake.feeds import open_any
from reminders.intake.parts import FIRST
from reminders.intake.store import import_feed
from reminders.models import Appointment
from reminders.upload_models import UploadStep
from reminders.upload_work import Worker
from tests.pages import visitor, words
from tests.reminders.at_the_desk import DESK, rows_of, send_bytes
from tests.reminders.feeding import event, ics
from tests.reminders.imports import ANA, HEADINGS, NOW, ORIGIN
from tests.reminders.test_asserted import asserted, cut_at, sign
from tests.reminders.test_upload_work import LARGE, Dying, list_of, only, run

SERIES = 40  # of 26 visits each: several parts, and several that cancel


class Cut(Exception):
    pass


def calendar(hour, *lines):
    rule = "RRULE:FREQ=WEEKLY"
    start = f":20261208T{hour}0000"
    return ics(*(event(rule, *lines, uid=f"E{n}", start=start) for n in range(SERIES)))


def bring_in_parts(database, content, **more):
    with database.reading() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        stream = io.BytesIO(content.encode())
        opened = open_any(session, clinic, stream, NOW)
    return import_feed(database, clinic, opened, NOW, origin=ORIGIN, **more)


def standing(database):
    with database.reading() as session:
        found = session.exec(select(Appointment))
        return {one.wall_time[11:] for one in found if one.status == "booked"}


def test_what_a_feed_cancels_is_not_lost_when_its_import_is_cut(database, cast):
    bring_in_parts(database, calendar(15))
    moved = calendar(16, "SEQUENCE:1")
    kept = []

    def cut(session, tally, last):
        if last:
            raise Cut
        kept[:] = [tally]

    with pytest.raises(Cut):
        bring_in_parts(database, moved, beside=cut)
    assert kept[0].read >= FIRST

    bring_in_parts(database, moved, begun=kept[0])

    assert standing(database) == {"16:00"}


def importing(pages, heed, content):
    desk = visitor(pages, DESK)
    sent = send_bytes(desk, "file", content)
    run(heed)
    desk.post(f"{sent.location}/import")
    return desk, sent.location


def test_consent_of_a_stored_part_is_never_left_out_by_who_goes_on(pages, heed, cast):
    sign(heed.database, cast.maple.clinic_id)
    count = FIRST + 40
    line = "A{0},P{0},Ana,Lee,206-555-{0:04},en,2026-12-08T15:00,,,,asserted,\n"
    content = HEADINGS + "".join(line.format(number) for number in range(count)) + LARGE
    importing(pages, heed, content)
    dying = Worker(heed.database, heed.clock, only(heed).id)

    with cut_at("i6:raise@70"), pytest.raises(faults.Fault):
        dying.bring_in(dying.take())
    heed.clock = FixedClock(heed.now() + upload_work.SILENT + timedelta(seconds=1))
    run(heed)

    assert only(heed).step is UploadStep.imported
    assert len(rows_of(heed, ConsentEvent)) == count


def test_an_imported_list_has_its_consent_recorded(pages, heed, cast):
    sign(heed.database, cast.maple.clinic_id)
    seen = []

    class Watching(Worker):
        def _write(self, session, **values):
            if values.get("step") is UploadStep.imported:
                seen.append(len(session.exec(select(ConsentEvent)).all()))
            Worker._write(self, session, **values)

    importing(pages, heed, HEADINGS + asserted(ANA)[0] + LARGE)
    worker = Watching(heed.database, heed.clock, only(heed).id)
    worker.bring_in(worker.take())

    assert seen == [1]


def test_who_discards_a_list_that_broke_off_is_told_that_some_is_stored(pages, heed):
    desk, path = importing(pages, heed, list_of(FIRST + 40))
    dying = Dying(heed.database, heed.clock, only(heed).id)
    with pytest.raises(KeyboardInterrupt):
        dying.bring_in(dying.take())
    dying.note(step=UploadStep.failed, problem="It broke.", worker=None)

    page = words(desk.get(desk.post(f"{path}/discard").location))

    assert "Nothing of it was stored" not in page
    assert "the visits that were stored before stay" in page


def test_an_import_that_broke_off_days_ago_is_carried_to_its_end(pages, heed):
    importing(pages, heed, list_of(FIRST + 40))
    dying = Dying(heed.database, heed.clock, only(heed).id)
    with pytest.raises(KeyboardInterrupt):
        dying.bring_in(dying.take())

    heed.clock = FixedClock(heed.now() + timedelta(days=3))
    assert run(heed) == 1

    assert only(heed).step is UploadStep.imported
    assert len(rows_of(heed, Appointment)) == FIRST + 40
