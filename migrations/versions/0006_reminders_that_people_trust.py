"""reminders that people trust"""

import re

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TASK_KIND_WORDS = (
    "unsure_reply",
    "reassigned",
    "emergency",
    "visit_word",
    "visit_change",
    "call_patient",
    "wording",
    "carrier_word",
    "reconfirm",
    "inbound_gap",
    "vendor_account",
    "opt_in_burst",
    "erase_request",
    "vendor_stop",
    "vendor_mismatch",
    "website_changed",
    "intake_question",
    "ready_unsent",
    "rejection",
    "brand_changed",
    "pending_long",
    "number_move",
    "campaign_signals",
    "daily_cap",
    "restored",
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
    _new_words("task", "kind", "taskkind", TASK_KIND_WORDS)
    op.create_table(
        "pace",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("marks", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pace")),
    )
    op.add_column(
        "campaign",
        sa.Column("att_class", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "campaign",
        sa.Column("tmobile_tier", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "message",
        sa.Column("paced_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.drop_index(
        op.f("ix_message_due"),
        table_name="message",
        sqlite_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_message_due",
        "message",
        ["clinic_id", "look_again_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_message_answer_due",
        "message",
        ["look_again_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'due' AND zones = ''"),
        postgresql_where=sa.text("state = 'due' AND zones = ''"),
    )


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
