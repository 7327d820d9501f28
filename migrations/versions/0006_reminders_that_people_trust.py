"""reminders that people trust"""

import re

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPOINTMENT_STATUSS = (
    "booked",
    "moved",
    "cancelled",
    "noshow",
    "kept",
)


def _new_words(table: str, column: str, name: str, words: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{word}'" for word in words)
    check = f"CONSTRAINT ck_{table}_{name} CHECK ({column} IN ({allowed}))"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        op.execute(f"ALTER TABLE {table} ADD {check}")
        return
    # SQLite cannot change a CHECK, and a table that others refer to cannot be written
    # anew: the words of the schema are changed, as its manual says for what changes
    # nothing on disk (sqlite.org/lang_altertable.html, section 7).
    run = op.get_bind().exec_driver_sql
    before = run(f"SELECT sql FROM sqlite_master WHERE name = '{table}'").scalar_one()
    known = rf"CONSTRAINT ck_{table}_{name} CHECK \({column} IN \([^)]*\)\)"
    after, changed = re.subn(known, check, before)
    if changed != 1:
        raise RuntimeError(f"The table '{table}' is not as the migrations made it.")
    version = run("PRAGMA schema_version").scalar_one()
    run("PRAGMA writable_schema = ON")
    run("UPDATE sqlite_master SET sql = ? WHERE name = ?", (after, table))
    run(f"PRAGMA schema_version = {version + 1}")
    run("PRAGMA writable_schema = OFF")


def upgrade() -> None:
    _new_words("appointment", "status", "visitstatus", APPOINTMENT_STATUSS)
    op.create_table(
        "fieldmap",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("feed", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_fieldmap_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "feed", name=op.f("pk_fieldmap")),
    )
    op.add_column(
        "appointment",
        sa.Column("source_version", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "patient",
        sa.Column("source_version", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
