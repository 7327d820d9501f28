import os
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import StaffAction
from consent import exports
from consent.exports import Busy, Maker, Stage, ask
from consent.extract import Wanted
from consent.models import ConsentDetail, ExportJob, ExportState
from consent.verify import Verified, verify_pack
from kernel.clock import FixedClock
from tests.consent.conftest import PAT
from tests.pages import visitor, words

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AUDITOR = "auditor@maple-dental.example"
HERE = "/audit/maple-dental/exports"


@pytest.fixture
def auditor(pages, ledger):
    return visitor(pages, AUDITOR)


@pytest.fixture
def folder(pages):
    return pages.extensions["heed"].settings.data_dir / exports.FOLDER


@pytest.fixture
def maker(pages, folder):
    heed = pages.extensions["heed"]
    return Maker(
        database=heed.database,
        keys=heed.keys,
        clock=heed.clock,
        folder=exports.open_folder(heed.settings.data_dir),
    )


def finished():
    """The threads that make packs have ended."""
    for thread in threading.enumerate():
        if thread.name.startswith("export "):
            thread.join(60)
            assert not thread.is_alive()


def job(database):
    """The newest one."""
    with database.reading() as session:
        newest = select(ExportJob).order_by(col(ExportJob.id).desc())
        return session.exec(newest).first()


def done(database):
    with database.reading() as session:
        rows = session.exec(select(StaffAction).order_by(col(StaffAction.id))).all()
        return [(row.action, row.subject) for row in rows if row.staff_email == AUDITOR]


WANTED = {
    "the whole ledger": ({"scope": "all"}, 21, "The whole ledger"),
    "one patient": (
        {"scope": "phone", "phone": "206-555-0111"},
        2,
        "One patient, …11, ledger no. 2",
    ),
    "from a record": (
        {"scope": "phone", "same": "1"},
        2,
        "One patient, …11, ledger no. 2",
    ),
    "a period": (
        {"scope": "period", "from": "2026-12-01", "to": "2026-12-01"},
        1,
        "Tue, Dec 1, 2026",
    ),
    "a period with nothing": (
        {"scope": "period", "to": "2020-01-01"},
        0,
        "Until Wed, Jan 1, 2020",
    ),
}


def test_what_was_asked_for_is_made_checked_noted_and_downloaded(
    auditor, database, folder, pages, tmp_path
):
    key = pages.extensions["heed"].keys.current().public_base64
    for asked, count, subject in WANTED.values():
        answer = auditor.post(HERE, asked)
        finished()
        made = job(database)
        page = words(auditor.get(answer.location))
        copy = tmp_path / "copy.zip"
        with auditor.post(f"{HERE}/{made.id}/download") as download:
            copy.write_bytes(download.data)

        assert (answer.status_code, answer.location) == (303, HERE)
        assert f"checked, ready Download {count} record" in page
        found = verify_pack(copy, [key])
        assert isinstance(found, Verified)
        assert (found.events, found.made_by) == (count, AUDITOR)
        assert (made.done, made.total, made.state) == (count, count, ExportState.ready)
        assert (
            "maple-dental-evidence-2026-11-30.zip"
            in (download.headers["Content-Disposition"])
        )
        assert download.headers["Cache-Control"] == "no-store"
        assert done(database)[-2:] == [
            ("evidence export", subject),
            ("downloaded an export", f"export {made.id}"),
        ]
        assert (folder / made.file).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@sqlite_alone
@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "Choose what to export."),
        ({"scope": "phone"}, "Write the patient"),
        ({"scope": "phone", "phone": "2065550199"}, "no record of this number"),
        ({"scope": "phone", "same": "99"}, "no record of this number"),
        ({"scope": "period"}, "Write the first day"),
        ({"scope": "period", "from": "soon"}, "This is no day"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_a_sentence(
    auditor, database, asked, sentence
):
    answer = auditor.post(HERE, asked)

    assert answer.status_code == 400
    assert sentence in words(answer)
    assert job(database) is None
    assert done(database) == []


def test_one_is_made_at_a_time_and_a_silent_one_is_asked_for_again(
    auditor, database, ledger, now, pages
):
    maple, birch = ledger.maple.clinic_id, ledger.birch.clinic_id
    with database.writing() as session:
        first = ask(session, maple, AUDITOR, Wanted(phone=PAT), now)
        second = ask(session, maple, AUDITOR, Wanted(), now)
        elsewhere = ask(session, birch, "auditor@birch-eye.example", Wanted(), now)
    refused = auditor.post(HERE, {"scope": "all"})

    assert (type(second), type(elsewhere)) == (Busy, int)
    assert refused.status_code == 409
    assert exports.ONE_AT_A_TIME in words(refused)
    assert "being made" in words(auditor.get(HERE))
    heed = pages.extensions["heed"]
    heed.clock = FixedClock(now + exports.SILENT + timedelta(seconds=1))
    assert "interrupted" in words(auditor.get(HERE))
    auditor.post(f"{HERE}/{first}/again")
    finished()
    assert (job(database).phone, job(database).state) == (PAT, ExportState.ready)


def test_a_pack_of_a_damaged_record_is_never_handed_out(auditor, database, folder):
    with database.writing() as session:
        session.connection().execute(
            sa.update(ConsentDetail)
            .where(col(ConsentDetail.seq) == 2)
            .values(detail="{}")
        )

    auditor.post(HERE, {"scope": "all"})
    finished()
    page = words(auditor.get(HERE))
    download = auditor.post(f"{HERE}/{job(database).id}/download")

    assert "does not hold, so it is not handed out. Record 2 (events.jsonl" in page
    assert "Ask again" in page
    assert download.status_code == 409
    assert list(folder.iterdir()) == []


@sqlite_alone
def test_a_server_that_cannot_keep_files_says_so(auditor, database, folder):
    folder.write_text("in the way")

    answer = auditor.post(HERE, {"scope": "all"})

    assert answer.status_code == 503
    assert "This server cannot keep files just now" in words(answer)
    assert job(database) is None


@sqlite_alone
def test_a_file_that_cannot_be_written_ends_in_a_sentence_without_its_place(
    database, ledger, maker, now
):
    with database.writing() as session:
        number = ask(session, ledger.maple.clinic_id, AUDITOR, Wanted(), now)
    maker.folder.rmdir()

    maker.make(number)

    assert job(database).state is ExportState.failed
    assert job(database).problem == (
        "The file cannot be written (No such file or directory)."
    )


@sqlite_alone
def test_files_of_more_than_a_week_go_and_their_export_can_be_asked_for_again(
    auditor, database, folder
):
    auditor.post(HERE, {"scope": "all"})
    finished()
    old = job(database)
    left = folder / ".left.zip.x7"
    left.write_bytes(b"half a pack")
    for file, days in ((folder / old.file, 8), (left, 8)):
        then = time.time() - days * 24 * 3600
        os.utime(file, (then, then))

    auditor.post(HERE, {"scope": "phone", "phone": PAT})
    finished()

    assert [file.name for file in folder.iterdir()] == [job(database).file]
    assert "packs are deleted after 7 days" in words(auditor.get(HERE))
    assert auditor.post(f"{HERE}/{old.id}/download").status_code == 409


def test_another_clinics_export_is_not_there(auditor, database, pages):
    auditor.post(HERE, {"scope": "all"})
    finished()
    made = job(database).id
    stranger = visitor(pages, "auditor@birch-eye.example")
    own = "/audit/birch-eye/exports"

    for path in (f"{HERE}/{made}", f"{own}/{made}", f"{own}/{1 << 40}"):
        for what in ("download", "again"):
            assert stranger.post(f"{path}/{what}").status_code == 404, path
    assert "No pack yet" in words(stranger.get(own))
    assert done(database)[-1][0] == "evidence export"


@sqlite_alone
@pytest.mark.parametrize("name", ["../heed.db", "/etc/passwd", "x.zip", "", None])
def test_no_row_makes_another_file_leave(database, ledger, maker, now, name):
    row = ExportJob(
        clinic_id=ledger.maple.clinic_id,
        asked_by=AUDITOR,
        asked_at=now,
        beat_at=now,
        state=ExportState.ready,
        file=name,
    )
    (maker.folder / "x.zip").write_bytes(b"")
    (maker.folder.parent / "heed.db").write_bytes(b"")

    with pytest.raises(exports.Conflict, match="not there to download"):
        exports.file_of(row, maker.folder.parent)


def test_progress_is_told_while_it_is_made_and_checked(
    database, ledger, maker, now, monkeypatch
):
    monkeypatch.setattr(exports, "BEAT_SECONDS", 0.0)
    told = []
    real = Maker._write

    def write(self, number, **values):
        real(self, number, **values)
        with database.reading() as session:
            row = session.get_one(ExportJob, number)
            stage = exports._stage(row, maker.folder.parent, now)
            told.append((stage, row.done, row.total))

    monkeypatch.setattr(Maker, "_write", write)
    with database.writing() as session:
        number = ask(session, ledger.maple.clinic_id, AUDITOR, Wanted(), now)
    maker.make(number)

    assert told[0] == (Stage.writing, 0, 21)
    assert told[-1] == (Stage.ready, 21, 21)
    assert {stage for stage, *_ in told} == {
        Stage.writing,
        Stage.checking,
        Stage.ready,
    }
