import os
import shutil

import pysqlite3.dbapi2 as sqlite
import pytest

from kernel import schema
from kernel.backup import back_up, put_back
from kernel.backup_file import opened, verified
from kernel.errors import Invalid
from tests.backups import empty_database, ledgers

FILE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def sql(*statements):
    def change(file):
        with sqlite.connect(file) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return change


def flip(place):
    def change(file):
        content = bytearray(file.read_bytes())
        used = [
            at for at, byte in enumerate(content) if byte
        ]  # most pages are half empty
        content[used[int(len(used) * place)]] ^= 0x20
        file.write_bytes(content)

    return change


SPOILT = {
    "a row was changed": sql("UPDATE message SET body = 'x' WHERE id = 3"),
    "a row was removed": sql("DELETE FROM line WHERE phone LIKE '%5'"),
    "a row was added": sql("INSERT INTO heartbeat VALUES ('x', '2026-01-01')"),
    "the list was changed": sql(
        "UPDATE backup_manifest SET manifest = replace(manifest, '2026', '2025')"
    ),
    "the list is gone": sql("DROP TABLE backup_manifest"),
    "two lists": sql("INSERT INTO backup_manifest SELECT * FROM backup_manifest"),
    "a list that is none": sql("UPDATE backup_manifest SET manifest = '[]'"),
    "a trigger was added": sql(
        "CREATE TRIGGER t AFTER INSERT ON task BEGIN DELETE FROM task; END"
    ),
    "an index is gone": sql("DROP INDEX ix_message_due"),
    "a table was added": sql("CREATE TABLE more (id INTEGER PRIMARY KEY)"),
    "cut in half": lambda file: os.truncate(file, file.stat().st_size // 2),
    "empty": lambda file: os.truncate(file, 0),
    "a text": lambda file: file.write_text("This is no database.\n" * 200),
    "another database": lambda file: (file.unlink(), sql("CREATE TABLE a (b)")(file)),
}


@FILE_ONLY
def test_whatever_was_done_to_the_file_is_noticed(backup, keys, tmp_path):
    file = tmp_path / "spoilt"
    for name, spoil in SPOILT.items():
        file.unlink(missing_ok=True)
        shutil.copy(backup, file)
        spoil(file)

        with pytest.raises(Invalid, match="backup"):
            pytest.fail(f"{name}: {verified(file, keys, file)}")


@FILE_ONLY
@pytest.mark.parametrize("bytes_", [20, pytest.param(48, marks=pytest.mark.slow)])
def test_a_changed_byte_is_noticed_or_means_nothing(backup, keys, tmp_path, bytes_):
    whole, noticed = verified(backup, keys, backup), 0

    for part in range(bytes_):
        shutil.copy(backup, tmp_path / "spoilt")
        flip((part + 0.37) / bytes_)(tmp_path / "spoilt")
        try:  # a byte that no row uses changes nothing of what is restored
            assert verified(tmp_path / "spoilt", keys, backup) == whole
        except Invalid:
            noticed += 1

    assert noticed > bytes_ // 2


@FILE_ONLY
def test_a_spoilt_file_restores_nothing(backup, keys, tmp_path, request):
    SPOILT["a row was changed"](backup)

    with empty_database("sqlite", tmp_path, request) as fresh:
        with pytest.raises(Invalid, match="rows of 'message' are not those"):
            put_back(backup, fresh, keys, ledgers, lambda *_: None, tmp_path)

        assert schema.revision_of(fresh) is None
    assert not list(tmp_path.glob("restore-*"))


@FILE_ONLY
def test_a_backup_of_a_later_program_says_so(backup, keys, tmp_path, request, now):
    later = tmp_path / "later.db"
    shutil.copy(backup, later)
    sql(
        "DROP TABLE backup_manifest",
        "UPDATE alembic_version SET version_num = '9999'",
    )(later)

    with pytest.raises(Invalid, match="no schema that this Heed knows"):
        back_up(opened(later), keys, tmp_path / "more.backup", ledgers, now)
