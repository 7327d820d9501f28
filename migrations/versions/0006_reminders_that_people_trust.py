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
    "list_missing",
)
APPOINTMENT_STATUS_WORDS = (
    "booked",
    "moved",
    "cancelled",
    "noshow",
    "kept",
)
WORDINGVERSION_KIND_WORDS = (
    "reminder",
    "opt_in_confirmation",
    "opt_in_request",
    "stop_confirmation",
    "help",
    "not_monitored",
    "visit_confirmed",
    "visit_to_desk",
    "emergency",
    "reminder_together",
    "update",
    "review_request",
    "visit_cannot_come",
    "visit_reschedule",
    "answer_changed",
    "which_visit",
    "closed",
)
MESSAGE_KIND_WORDS = (
    "reminder",
    "opt_in_confirmation",
    "opt_in_request",
    "stop_confirmation",
    "help",
    "not_monitored",
    "visit_confirmed",
    "visit_to_desk",
    "emergency",
    "update",
    "review_request",
    "visit_cannot_come",
    "visit_reschedule",
    "answer_changed",
    "which_visit",
    "closed",
    "staff_reply",
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
    _new_words("appointment", "status", "visitstatus", APPOINTMENT_STATUS_WORDS)
    _new_words("wordingversion", "kind", "wordingkind", WORDINGVERSION_KIND_WORDS)
    _new_words("message", "kind", "messagekind", MESSAGE_KIND_WORDS)
    op.create_table(
        "pace",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("marks", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pace")),
    )
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
    op.create_table(
        "listbrought",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("format", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("reaches", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_listbrought_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listbrought")),
    )
    op.create_index(
        "ix_listbrought_clinic_id_at", "listbrought", ["clinic_id", "at"], unique=False
    )
    op.create_table(
        "openinghours",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.JSON(), nullable=False),
        sa.Column("holidays_closed", sa.Boolean(), nullable=False),
        sa.Column("set_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("set_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_openinghours_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_openinghours")),
    )
    op.create_table(
        "reviewrule",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("link", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("delay_minutes", sa.Integer(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_reviewrule_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_reviewrule")),
    )
    op.create_table(
        "uploadjob",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("uploaded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("headings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("map_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("preview", sa.JSON(none_as_null=True), nullable=True),
        sa.Column(
            "step",
            sa.Enum(
                "arriving",
                "reading",
                "read",
                "importing",
                "imported",
                "failed",
                name="uploadstep",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("kept", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("worker", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("beat_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("imported_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_uploadjob_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploadjob")),
    )
    op.create_index(
        op.f("ix_uploadjob_clinic_id"), "uploadjob", ["clinic_id"], unique=False
    )
    op.create_table(
        "uploadpart",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_uploadpart_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["uploadjob.id"], name=op.f("fk_uploadpart_job_id")
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_uploadpart")),
    )
    op.create_index(
        op.f("ix_uploadpart_clinic_id"), "uploadpart", ["clinic_id"], unique=False
    )
    op.create_table(
        "visitchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("was_starts_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column(
            "was_status",
            sa.Enum(
                "booked",
                "moved",
                "cancelled",
                "noshow",
                "kept",
                name="was_status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "booked",
                "moved",
                "cancelled",
                "noshow",
                "kept",
                name="visitstatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_visitchange_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_visitchange_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitchange")),
    )
    op.create_index(
        op.f("ix_visitchange_appointment_id"),
        "visitchange",
        ["appointment_id"],
        unique=False,
    )
    op.create_table(
        "dayupdate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("location", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("starts_from", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("starts_before", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text_en", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text_es", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("health_note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("written_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("written_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("confirmed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("leaves_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number_id", sa.Integer(), nullable=True),
        sa.Column("taken_back_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("taken_back_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_dayupdate_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["sendernumber.id"], name=op.f("fk_dayupdate_number_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dayupdate")),
    )
    op.create_index(
        "ix_dayupdate_clinic_id_day",
        "dayupdate",
        ["clinic_id", "day", "id"],
        unique=False,
    )
    op.create_table(
        "answerevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column(
            "reply",
            sa.Enum(
                "confirmed",
                "cannot_come",
                "reschedule",
                name="visitreply",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("inbound_id", sa.Integer(), nullable=True),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_answerevent_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_answerevent_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inboundmessage.id"],
            name=op.f("fk_answerevent_inbound_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answerevent")),
    )
    op.create_index(
        "ix_answerevent_appointment_id",
        "answerevent",
        ["appointment_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_answerevent_inbound_id", "answerevent", ["inbound_id"], unique=False
    )
    op.create_table(
        "visitquestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "reply",
            sa.Enum(
                "confirmed",
                "cannot_come",
                "reschedule",
                name="visitreply",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("appointment_ids", sa.JSON(), nullable=False),
        sa.Column("inbound_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_visitquestion_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inboundmessage.id"],
            name=op.f("fk_visitquestion_inbound_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitquestion")),
    )
    op.create_index(
        "ix_visitquestion_clinic_id_phone",
        "visitquestion",
        ["clinic_id", "phone", "id"],
        unique=False,
    )
    op.create_table(
        "reviewrequest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("planned_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("skipped_why", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_reviewrequest_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_reviewrequest_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_reviewrequest_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviewrequest")),
        sa.UniqueConstraint(
            "clinic_id",
            "appointment_id",
            "version",
            name=op.f("uq_reviewrequest_clinic_id_appointment_id_version"),
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_reviewrequest_message_id")),
    )
    op.create_index(
        op.f("ix_reviewrequest_appointment_id"),
        "reviewrequest",
        ["appointment_id"],
        unique=False,
    )
    op.create_index(
        "ix_reviewrequest_clinic_id_phone",
        "reviewrequest",
        ["clinic_id", "phone"],
        unique=False,
    )
    op.create_table(
        "updatedvisit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("skipped_why", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_updatedvisit_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_updatedvisit_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_updatedvisit_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_updatedvisit_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["dayupdate.id"], name=op.f("fk_updatedvisit_update_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_updatedvisit")),
        sa.UniqueConstraint(
            "clinic_id",
            "update_id",
            "appointment_id",
            name=op.f("uq_updatedvisit_clinic_id_update_id_appointment_id"),
        ),
    )
    op.create_index(
        op.f("ix_updatedvisit_appointment_id"),
        "updatedvisit",
        ["appointment_id"],
        unique=False,
    )
    op.create_index(
        "ix_updatedvisit_message_id", "updatedvisit", ["message_id"], unique=False
    )
    op.create_index(
        op.f("ix_updatedvisit_update_id"), "updatedvisit", ["update_id"], unique=False
    )
    op.drop_index(op.f("ix_uploaddraft_clinic_id"), table_name="uploaddraft")
    op.drop_table("uploaddraft")
    op.add_column(
        "appointment",
        sa.Column("reply_noted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "appointment",
        sa.Column("source_version", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "appointment",
        sa.Column("booked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )
    op.add_column(
        "appointment",
        sa.Column("booked_from", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "campaign",
        sa.Column("att_class", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "campaign",
        sa.Column("tmobile_tier", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.create_index(
        "ix_consentevent_stopped",
        "consentevent",
        ["clinic_id", "at"],
        unique=False,
        sqlite_where=sa.text("kind IN ('opt_out', 'vendor_block')"),
        postgresql_where=sa.text("kind IN ('opt_out', 'vendor_block')"),
    )
    op.add_column("message", sa.Column("once_a_day", sa.Boolean(), nullable=True))
    op.add_column(
        "message",
        sa.Column("paced_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "message",
        sa.Column("written_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
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
    op.add_column(
        "appointment",
        sa.Column("unclear", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column("appointment", sa.Column("unread", sa.JSON(), nullable=True))
    op.add_column(
        "patient",
        sa.Column("source_version", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "reminder",
        sa.Column("useful_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )
    with op.batch_alter_table("reminder") as reminder:  # SQLite writes it anew
        reminder.drop_constraint("uq_reminder_message_id", type_="unique")
    op.create_index(
        op.f("ix_reminder_message_id"), "reminder", ["message_id"], unique=False
    )
    op.add_column(
        "reminderpolicy",
        sa.Column("sunday", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "reminderpolicy", sa.Column("on_holidays", sa.Boolean(), nullable=True)
    )
    op.add_column("reminderpolicy", sa.Column("same_day", sa.Boolean(), nullable=True))
    op.add_column(
        "submissiondraft", sa.Column("links_ended", sa.Integer(), nullable=True)
    )
    op.add_column(
        "submissiondraft",
        sa.Column("links_made_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )
    op.add_column(
        "wordingversion",
        sa.Column("approved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "wordingversion",
        sa.Column("health_note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
