import os
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from consent.ledger import append
from consent.models import ConsentEvent, EventKind
from kernel import schema
from kernel.backup import back_up, put_back
from kernel.backup_file import verified
from kernel.db import open_database
from kernel.errors import Conflict, Invalid
from kernel.keys import load_or_make
from kernel.models import Heartbeat
from tests.backups import contents, empty_database, ledgers
from tests.torture.scene import agree, phone_numbers

PROJECT = Path(__file__).parents[2]
BOTH = ["sqlite", "postgresql"]
FILE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def nothing(session, manifest):
    return None


@pytest.mark.parametrize("target", BOTH)
def test_a_restored_database_has_every_row(
    filled, backup, keys, tmp_path, request, target
):
    before = contents(filled, tmp_path)

    with empty_database(target, tmp_path, request) as fresh:
        put_back(backup, fresh, keys, ledgers, nothing, tmp_path)
        after = contents(fresh, tmp_path)
        agree_again(fresh)

    assert after == before
    assert before["message"]["rows"] == 30


def agree_again(fresh):
    """Numbers go on where they were, and what is append-only stays so."""
    with fresh.writing() as session:
        agree(session, 1, phone_numbers(1, first=500), datetime.now(UTC))
        queued = sa.text(
            "INSERT INTO brand (clinic_id, legal_name, ein, entity_type, vertical, "
            "website, created_at) SELECT clinic_id, legal_name, ein, entity_type, "
            "vertical, website, created_at FROM brand LIMIT 1"
        )
        session.connection().execute(queued)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), fresh.writing() as s:
        s.connection().execute(sa.update(ConsentEvent).values(leaf_hash="0"))


def test_a_backup_is_one_file_that_only_we_may_read(backup, filled, keys):
    assert [file.name for file in backup.parent.iterdir()] == ["heed.backup"]
    assert backup.stat().st_mode & 0o777 == 0o600

    manifest = verified(backup, keys, backup)

    assert manifest.source == filled.dialect
    assert manifest.revision == schema.newest()
    assert {head["name"]: head["last_seq"] for head in manifest.ledgers} == {
        "maple-dental": 20
    }


@FILE_ONLY
def test_neither_the_keys_nor_a_token_in_clear_is_inside(backup, keys, cast):
    content = backup.read_bytes()

    for secret in (cast.maple.token.encode(), keys.token, keys.current().id.encode()):
        assert (secret in content) is (secret == keys.current().id.encode())


@FILE_ONLY
def test_a_backup_never_replaces_a_file(backup, filled, keys, now):
    before = backup.read_bytes()

    with pytest.raises(Conflict, match="is there already"):
        back_up(filled, keys, backup, ledgers, now)

    assert backup.read_bytes() == before


@FILE_ONLY
def test_a_folder_that_is_not_there_is_named(filled, keys, tmp_path, now):
    out = tmp_path / "away" / "heed.backup"

    with pytest.raises(Invalid, match=r"away/heed.backup' cannot be written"):
        back_up(filled, keys, out, ledgers, now)

    assert not out.parent.exists()


def test_a_full_disk_leaves_nothing_behind(filled, database_url, tmp_path, keys):
    folder, data = tmp_path / "full", tmp_path / "data"
    folder.mkdir()
    filled.close()
    environ = {"DATABASE_URL": database_url, "DATA_DIR": str(data)}

    done = subprocess.run(
        [sys.executable, "-m", "flask", "backup", str(folder / "heed.backup")],
        cwd=PROJECT,
        env={**os.environ, **environ, "HEED_EMBEDDED": "0"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000,) * 2),
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 1
    assert "Nothing was left behind. Make room there" in done.stderr
    assert not list(folder.iterdir())


def test_a_ledger_that_was_changed_is_no_backup(filled, keys, tmp_path, now):
    with filled.writing() as session:
        connection = session.connection()
        for name in ("consentevent_no_update",):
            if filled.dialect == "sqlite":
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            else:
                connection.exec_driver_sql(f"DROP TRIGGER {name} ON consentevent")
        changed = sa.update(ConsentEvent).where(ConsentEvent.seq == 7)
        connection.execute(changed.values(phone_commitment="0" * 64))

    with pytest.raises(Invalid, match="Record 7 of the ledger of maple-dental"):
        back_up(filled, keys, tmp_path / "heed.backup", ledgers, now)

    assert not list(tmp_path.glob("*heed.backup*"))


@FILE_ONLY
def test_other_keys_restore_nothing(backup, tmp_path, request, now):
    other = load_or_make(tmp_path / "other.json", now, may_make=True)

    with (
        empty_database("sqlite", tmp_path, request) as fresh,
        pytest.raises(Invalid, match="belongs to other keys than those of HEED_KEYS"),
    ):
        put_back(backup, fresh, other, ledgers, nothing, tmp_path)


@FILE_ONLY
@pytest.mark.parametrize("target", BOTH)
def test_only_an_empty_database_is_restored_into(
    filled, backup, keys, tmp_path, request, target
):
    with empty_database(target, tmp_path, request) as fresh:
        schema.upgrade(fresh)
        with fresh.writing() as session:
            session.add(Heartbeat(name="clock", at=datetime(2026, 1, 1, tzinfo=UTC)))
        put_back(backup, fresh, keys, ledgers, nothing, tmp_path)

        with pytest.raises(Conflict, match="not empty: it has a 'clinic'"):
            put_back(backup, fresh, keys, ledgers, nothing, tmp_path)

        assert contents(fresh, tmp_path) == contents(filled, tmp_path)


@FILE_ONLY
@pytest.mark.parametrize("target", BOTH)
def test_what_fails_on_the_way_leaves_the_database_empty(
    backup, keys, tmp_path, request, target
):
    def fail(session, manifest):
        raise Invalid("Not this one.")

    with empty_database(target, tmp_path, request) as fresh:
        with pytest.raises(Invalid, match="Not this one"):
            put_back(backup, fresh, keys, ledgers, fail, tmp_path)

        rows = sum(table["rows"] for table in contents(fresh, tmp_path).values())
    assert rows == 0


def test_an_older_backup_is_brought_to_the_newest_schema(
    keys, tmp_path, request, database, now
):
    with empty_database(database.dialect, tmp_path, request) as old:
        schema.upgrade(old, "0001")
        with old.writing() as session:
            session.connection().execute(
                sa.text(
                    "INSERT INTO clinic (id, slug, legal_name, display_name, time_zone,"
                    " phone, created_at) VALUES (7, 'maple-dental', 'Maple', 'Maple', "
                    "'America/Los_Angeles', '+12065550199', '2026-01-01 00:00:00.0')"
                )
            )
            for phone in phone_numbers(3):  # as a program of that day wrote them
                facts = {"topic": "care", "grade": "proven"}
                append(session, 7, phone, EventKind.opt_in, facts, now)
        back_up(old, keys, tmp_path / "old.backup", ledgers, now)

    with empty_database(database.dialect, tmp_path, request) as fresh:
        manifest, _ = put_back(
            tmp_path / "old.backup", fresh, keys, ledgers, nothing, tmp_path
        )
        found = contents(fresh, tmp_path)

    assert manifest.revision == "0001"
    assert found["consentevent"]["rows"] == 3


def test_a_backup_goes_on_while_others_write(database_url, filled, keys, tmp_path, now):
    other = open_database(database_url)
    with other.writing() as session:
        agree(session, 1, phone_numbers(1, first=900), now)

        made = back_up(filled, keys, tmp_path / "heed.backup", ledgers, now)
    other.close()

    heads = {head["name"]: head["last_seq"] for head in made.manifest.ledgers}
    assert heads == {"maple-dental": 20}
