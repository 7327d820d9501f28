import io
import threading
import time
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clinics.models import StaffAction
from consent.models import ConsentEvent, ImportAttestation, Topic
from consent.record import opt_out
from consent.standing import Word, line_state, lock_line
from kernel import faults
from kernel.errors import Invalid, NotFound
from reminders.intake.assertions import record_in_parts
from reminders.intake.column_maps import save_map, saved_map
from reminders.intake.csv_file import open_csv
from tests.reminders.imports import ANA, BEN, HEADINGS, NOW, ORIGIN, bring, counts


def asserted(*lines):
    return [line.replace("booked,,", "booked,asserted,") for line in lines]


def sign(database, clinic_id):
    with database.writing() as session:
        session.add(
            ImportAttestation(
                clinic_id=clinic_id,
                signed_by="admin@maple-dental.example",
                told="Paper form of 2025: we text about appointments.",
                signed_at=NOW,
            )
        )


def word(database, cast, phone):
    with database.reading() as session:
        return line_state(session, cast.maple.clinic_id, phone).word


def test_consent_is_asserted_only_after_an_admin_has_signed(database, cast):
    done = bring(database, *asserted(ANA, BEN))

    assert counts(done) == (2, 0, 0, 0, 0)
    (problem,) = done.problems
    assert (problem.line, problem.column) == (2, "consent")
    assert "2 rows" in problem.message
    assert "attest" in problem.message
    assert word(database, cast, "+12065550111") is Word.none

    sign(database, cast.maple.clinic_id)
    assert bring(database, *asserted(ANA), BEN).problems == ()
    assert word(database, cast, "+12065550111") is Word.opted_in
    assert word(database, cast, "+12065550112") is Word.none


def test_consent_is_asserted_once_for_each_phone(database, cast):
    sign(database, cast.maple.clinic_id)
    brother = ANA.replace("A1,P1", "A3,P3")

    bring(database, *asserted(ANA, brother))
    bring(database, *asserted(ANA, brother))

    with database.reading() as session:
        assert len(session.exec(select(ConsentEvent)).all()) == 1


def test_an_import_never_undoes_a_stop(database, cast):
    sign(database, cast.maple.clinic_id)
    clinic_id, phone = cast.maple.clinic_id, "+12065550111"
    with database.writing() as session:
        lock_line(session, clinic_id, phone, Topic.care)
        opt_out(session, clinic_id, phone, {"word": "STOP"}, NOW)

    bring(database, *asserted(ANA))

    assert word(database, cast, phone) is Word.opted_out


def rows_of(lines):
    raw = io.BytesIO((HEADINGS + "".join(lines)).encode())
    return list(open_csv(raw, ZoneInfo("America/Los_Angeles")).read())


def events(database):
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(ConsentEvent))


@contextmanager
def cut_at(place):
    faults.arm(place)
    try:
        yield
    finally:
        faults.arm("")


def test_an_import_that_was_cut_short_is_completed_by_the_next(database, cast):
    sign(database, cast.maple.clinic_id)
    lines = [
        ANA.replace("A1,P1", f"A{number},P{number}").replace("0111", f"{number:04}")
        for number in range(120)
    ]
    rows = rows_of(asserted(*lines))
    source = ORIGIN.as_evidence()

    with cut_at("i6:raise@70"), pytest.raises(faults.Fault):
        record_in_parts(database, cast.maple.clinic_id, rows, source, NOW)
    assert events(database) == 50

    record_in_parts(database, cast.maple.clinic_id, rows, source, NOW)
    assert events(database) == 120


def wait_until_it_waits(session, other):
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not session.connection().scalar(waiting):
        assert other.is_alive()
        time.sleep(0.01)


def test_an_import_that_waits_for_a_line_does_not_hold_the_ledger(database, cast):
    clinic_id, bens = cast.maple.clinic_id, "+12065550112"
    sign(database, clinic_id)
    importing = threading.Thread(target=bring, args=(database, *asserted(ANA, BEN)))

    with database.writing() as session:
        lock_line(session, clinic_id, bens)
        importing.start()
        if database.dialect == "postgresql":
            wait_until_it_waits(session, importing)
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
        opt_out(session, clinic_id, bens, {"word": "STOP"}, NOW)
    importing.join(timeout=30)

    assert word(database, cast, bens) is Word.opted_out
    assert word(database, cast, "+12065550111") is Word.opted_in


def test_who_imported_what_is_noted(database, cast):
    bring(database, ANA)

    with database.reading() as session:
        note = session.exec(select(StaffAction)).one()
    assert note.staff_email == ORIGIN.by
    assert note.subject.startswith("visits.csv (1 added, 0 changed")


def test_a_saved_map_is_kept_for_its_clinic_alone(database, cast):
    headings = {"Tel": "phone", "When": "starts_at"}
    with database.writing() as session:
        save_map(session, cast.maple.clinic_id, "chart", headings)

    with database.reading() as session:
        assert saved_map(session, cast.maple.clinic_id, "chart") == headings
        with pytest.raises(NotFound, match="chart"):
            saved_map(session, cast.birch.clinic_id, "chart")


def test_a_map_to_a_column_that_is_not_ours_is_refused(database, cast):
    with database.writing() as session, pytest.raises(Invalid, match="'fax'"):
        save_map(session, cast.maple.clinic_id, "chart", {"Tel": "fax"})
