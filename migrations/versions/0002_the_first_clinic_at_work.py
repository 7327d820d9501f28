"""the first clinic at work"""

import re

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TASK_KINDS = (
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
    "restored",
)


def _new_words_of_a_task() -> None:
    words = ", ".join(f"'{word}'" for word in TASK_KINDS)
    check = f"CONSTRAINT ck_task_taskkind CHECK (kind IN ({words}))"
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE task DROP CONSTRAINT ck_task_taskkind")
        op.execute(f"ALTER TABLE task ADD {check}")
        return
    # SQLite cannot change a CHECK: the table is written anew from its own words.
    asked = "SELECT sql FROM sqlite_master WHERE name = 'task'"
    before = op.get_bind().exec_driver_sql(asked).scalar_one()
    known = r"CONSTRAINT ck_task_taskkind CHECK \(kind IN \([^)]*\)\)"
    after, changed = re.subn(known, check, before)
    if changed != 1:
        raise RuntimeError("The table 'task' is not as the first migration made it.")
    op.execute("ALTER TABLE task RENAME TO task_before")
    op.execute(after)
    op.execute("INSERT INTO task SELECT * FROM task_before")
    op.execute("DROP TABLE task_before")


def _conversations_of_texts() -> None:
    # From before there was an inbox: what was to be done with them, tasks have said.
    op.execute(
        "INSERT INTO conversation (clinic_id, phone, last_inbound_id, last_at) "
        "SELECT clinic_id, phone, id, received_at FROM inboundmessage WHERE id IN "
        "(SELECT max(id) FROM inboundmessage GROUP BY clinic_id, phone)"
    )


def upgrade() -> None:
    _new_words_of_a_task()
    op.create_table(
        "counter",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("window_start", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "window_start", name=op.f("pk_counter")),
    )
    op.create_table(
        "attachment",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("added_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_attachment_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "sha256", name=op.f("pk_attachment")),
    )
    op.create_table(
        "exportjob",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "ready",
                "failed",
                name="exportstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("beat_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("finished_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("file", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_exportjob_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exportjob")),
    )
    op.create_index(
        op.f("ix_exportjob_clinic_id"), "exportjob", ["clinic_id"], unique=False
    )
    op.create_table(
        "sendingrule",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("paused_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("paused_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("trial_phones", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("trial_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_sendingrule_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_sendingrule")),
    )
    op.create_table(
        "uploaddraft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("uploaded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("headings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("preview", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("imported_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_uploaddraft_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploaddraft")),
    )
    op.create_index(
        op.f("ix_uploaddraft_clinic_id"), "uploaddraft", ["clinic_id"], unique=False
    )
    op.create_table(
        "stafflink",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invite",
                "reset",
                name="linkkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_stafflink_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stafflink")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_stafflink_token_hash")),
    )
    op.create_index(
        op.f("ix_stafflink_staff_id"), "stafflink", ["staff_id"], unique=False
    )
    op.create_table(
        "staffsession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("browser", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staffsession_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staffsession")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staffsession_token_hash")),
    )
    op.create_index(
        op.f("ix_staffsession_staff_id"), "staffsession", ["staff_id"], unique=False
    )
    op.create_table(
        "conversation",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("last_inbound_id", sa.Integer(), nullable=False),
        sa.Column("last_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("waiting_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("assigned_to", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("done_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_conversation_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["last_inbound_id"],
            ["inboundmessage.id"],
            name=op.f("fk_conversation_last_inbound_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "phone", name=op.f("pk_conversation")),
    )
    op.create_index(
        "ix_conversation_clinic_id_last_at",
        "conversation",
        ["clinic_id", "last_at"],
        unique=False,
    )
    op.create_index(
        "ix_conversation_waiting",
        "conversation",
        ["clinic_id", "waiting_since"],
        unique=False,
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveryreport_message_id", "deliveryreport", ["message_id"], unique=False
    )
    op.create_index(
        "ix_message_clinic_due",
        "message",
        ["clinic_id", "send_from"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_message_clinic_id_submitted_at",
        "message",
        ["clinic_id", "submitted_at"],
        unique=False,
    )
    op.create_index(
        "ix_message_clinic_lost",
        "message",
        ["clinic_id", "finished_at"],
        unique=False,
        sqlite_where=sa.text(
            "(state IN ('failed', 'expired', 'unknown') OR delivery IN ('undelivered', 'failed', 'canceled'))"
        ),
        postgresql_where=sa.text(
            "(state IN ('failed', 'expired', 'unknown') OR delivery IN ('undelivered', 'failed', 'canceled'))"
        ),
    )
    op.create_index(
        "ix_patient_by_name",
        "patient",
        ["clinic_id", "family_name", "given_name", "id"],
        unique=False,
    )
    op.add_column(
        "staff",
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "staff",
        sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )
    op.create_index(op.f("ix_staffaction_at"), "staffaction", ["at"], unique=False)
    op.create_index(
        op.f("ix_staffaction_staff_email"), "staffaction", ["staff_email"], unique=False
    )
    op.add_column(
        "task", sa.Column("done_how", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
    )
    op.create_index(
        "ix_task_clinic_id_done_at",
        "task",
        ["clinic_id", "done_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_task_clinic_id_phone", "task", ["clinic_id", "phone"], unique=False
    )
    op.create_index(
        "ix_task_open",
        "task",
        ["clinic_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    _conversations_of_texts()


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
