import pytest
import sqlalchemy as sa

from consent.verify import Broken, Verified, verify_pack

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAMAGES = [
    ("consentevent", "seq", "99", "record 11"),
    ("consentevent", "clinic_id", "2", "record 11"),
    ("consentevent", "at", "'2026-11-30 18:00:00.000001'", "record 10"),
    ("consentevent", "kind", "'opt_in'", "record 10"),
    ("consentevent", "phone_commitment", "upper(phone_commitment)", "record 10"),
    ("consentevent", "detail_commitment", "'x\"y'", "record 10"),
    ("consentevent", "leaf_hash", "upper(leaf_hash)", "record 10"),
    ("consentdetail", "seq", "99", None),  # moved to nothing: as if it were erased
    ("consentdetail", "salt", "upper(salt)", "record 10"),
    ("consentdetail", "salt", "'no salt'", "record 10"),
    ("consentdetail", "phone", "'+12065550199'", "record 10"),
    ("consentdetail", "detail", "replace(detail, '=1', '=2')", "record 10"),
    ("consentdetail", "detail", "detail || ' '", "record 10"),
    ("consentdetail", "detail", "'no json'", "record 10"),
    ("consentdetail", "detail", "'5'", "record 10"),
    ("ledgerhead", "name", "'birch-eye'", "record 1"),
    ("ledgerhead", "next_seq", "next_seq + 1", "record 22"),
]


def run_as_owner(database, *statements):
    """As somebody with the database's password would: no trigger, no foreign key."""
    with database.writer.connect() as connection:
        if database.dialect == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for verb in ("update", "delete"):
                trigger = f"consentevent_no_{verb}"
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(sa.text(statement))
        connection.exec_driver_sql("COMMIT")
        connection.invalidate()


TABLES = ("consentevent", "consentdetail", "ledgerhead", "disclosure")
KEEP = [f"CREATE TABLE kept_{name} AS SELECT * FROM {name}" for name in TABLES]
MEND = [
    step
    for name in TABLES
    for step in (f"DELETE FROM {name}", f"INSERT INTO {name} SELECT * FROM kept_{name}")
]


def test_every_column_that_is_changed_in_the_database_is_found(
    ledger, database, make_pack
):
    run_as_owner(database, *KEEP)

    for table, column, value, where in DAMAGES:
        which = "" if table == "ledgerhead" else "AND seq = 10"
        change = f"UPDATE {table} SET {column} = {value} WHERE clinic_id = 1 {which}"
        run_as_owner(database, *MEND)
        assert isinstance(verify_pack(make_pack().file), Verified), change
        run_as_owner(database, change)
        found = verify_pack(make_pack().file)
        if where is None:
            assert isinstance(found, Verified), change
            assert found.erased == 1
        else:
            assert isinstance(found, Broken), change
            assert found.where.split(" (")[0] == where, (change, found)


ROWS = [
    (["DELETE FROM consentevent WHERE clinic_id = 1 AND seq = 10"], "record 11"),
    (["DELETE FROM consentevent WHERE clinic_id = 1 AND seq = 21"], "record 21"),
    (["DELETE FROM consentevent WHERE clinic_id = 1 AND seq = 1"], "record 2"),
    (
        [
            "INSERT INTO consentevent SELECT clinic_id, 22, at, kind, phone_commitment,"
            " detail_commitment, leaf_hash FROM consentevent WHERE seq = 10"
        ],
        "record 22",
    ),
    (
        [
            "UPDATE consentevent SET seq = 99 WHERE clinic_id = 1 AND seq = 9",
            "UPDATE consentevent SET seq = 9 WHERE clinic_id = 1 AND seq = 10",
            "UPDATE consentevent SET seq = 10 WHERE clinic_id = 1 AND seq = 99",
        ],
        "record 9",
    ),
    (["UPDATE disclosure SET text = 'You agreed to all.'"], "disclosures/"),
    (["DELETE FROM disclosure"], "record 1"),
]


def test_rows_deleted_inserted_or_swapped_in_the_database_are_found(
    ledger, database, make_pack
):
    run_as_owner(database, *KEEP)

    for statements, where in ROWS:
        run_as_owner(database, *MEND, *statements)
        found = verify_pack(make_pack().file)
        assert isinstance(found, Broken), statements
        assert found.where.startswith(where), (statements, found)


@sqlite_alone
def test_an_older_database_file_with_a_newer_head_is_found(
    ledger, database, make_pack, keys
):
    run_as_owner(database, "UPDATE ledgerhead SET next_seq = 30 WHERE clinic_id = 1")

    assert verify_pack(make_pack().file).where == "record 22"
