"""the registration desk"""

import re

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
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
    "restored",
)
WORDING_KINDS = (
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
)


def _new_words(table: str, name: str, words: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{word}'" for word in words)
    check = f"CONSTRAINT ck_{table}_{name} CHECK (kind IN ({allowed}))"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        op.execute(f"ALTER TABLE {table} ADD {check}")
        return
    # SQLite cannot change a CHECK: the table is written anew from its own words.
    asked = f"SELECT sql FROM sqlite_master WHERE name = '{table}'"
    before = op.get_bind().exec_driver_sql(asked).scalar_one()
    known = rf"CONSTRAINT ck_{table}_{name} CHECK \(kind IN \([^)]*\)\)"
    after, changed = re.subn(known, check, before)
    if changed != 1:
        raise RuntimeError(f"The table '{table}' is not as the migrations made it.")
    indexes = (
        op.get_bind()
        .exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
            f" AND tbl_name = '{table}' AND sql IS NOT NULL"
        )
        .all()
    )
    for index, _ in indexes:
        op.execute(f'DROP INDEX "{index}"')
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    op.execute(after)
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")
    op.execute(f"DROP TABLE {table}_before")
    for _, words_of_it in indexes:
        op.execute(words_of_it)


def _add_words(table: str, column: str, check: str, words: tuple[str, ...]) -> None:
    # Alembic adds no CHECK to a table of SQLite; both databases know this sentence.
    allowed = ", ".join(f"'{word}'" for word in words)
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(24)"
        f" CONSTRAINT {check} CHECK ({column} IN ({allowed}))"
    )


def upgrade() -> None:
    _new_words("task", "taskkind", TASK_KINDS)
    _new_words("wordingversion", "wordingkind", WORDING_KINDS)
    op.create_table(
        "lease",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("owner", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "brandevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "SELF_DECLARED",
                "UNVERIFIED",
                "VERIFIED",
                "VETTED_VERIFIED",
                name="before",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "SELF_DECLARED",
                "UNVERIFIED",
                "VERIFIED",
                "VETTED_VERIFIED",
                name="after",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "tcr_poll",
                "tcr_webhook",
                "operator_entry",
                "imported",
                "vendor_verified",
                "send_error",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("raw", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("evidence", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brand.id"], name=op.f("fk_brandevent_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_brandevent_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brandevent")),
    )
    op.create_index(
        op.f("ix_brandevent_brand_id"), "brandevent", ["brand_id"], unique=False
    )
    op.create_index(
        op.f("ix_brandevent_clinic_id"), "brandevent", ["clinic_id"], unique=False
    )
    op.create_table(
        "clarification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column(
            "item",
            sa.Enum(
                "legal_name",
                "ein",
                "address",
                "contact",
                "samples",
                "opt_in_proof",
                "policy",
                name="item",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("question", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("answered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("answered_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_clarification_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["submissiondraft.id"], name=op.f("fk_clarification_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification")),
    )
    op.create_index(
        op.f("ix_clarification_clinic_id"), "clarification", ["clinic_id"], unique=False
    )
    op.create_index(
        op.f("ix_clarification_draft_id"), "clarification", ["draft_id"], unique=False
    )
    op.create_table(
        "intakemark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column(
            "item",
            sa.Enum(
                "legal_name",
                "ein",
                "address",
                "contact",
                "samples",
                "opt_in_proof",
                "policy",
                name="item",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("value_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("shown", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_intakemark_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["submissiondraft.id"], name=op.f("fk_intakemark_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intakemark")),
        sa.UniqueConstraint(
            "draft_id",
            "item",
            "value_sha256",
            "confirmed",
            name=op.f("uq_intakemark_draft_id_item_value_sha256_confirmed"),
        ),
    )
    op.create_index(
        op.f("ix_intakemark_clinic_id"), "intakemark", ["clinic_id"], unique=False
    )
    op.create_table(
        "feeentry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "setup",
                "brand",
                "vetting",
                "submission",
                "resubmission",
                "monthly",
                name="feekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.JSON(), nullable=False),
        sa.Column("receipt", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("days_lost", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("recorded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_feeentry_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_feeentry_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeentry")),
        sa.UniqueConstraint(
            "clinic_id", "receipt", name=op.f("uq_feeentry_clinic_id_receipt")
        ),
    )
    op.create_index(
        op.f("ix_feeentry_clinic_id"), "feeentry", ["clinic_id"], unique=False
    )
    op.create_table(
        "phonereminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_phonereminder_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_phonereminder_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_phonereminder_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phonereminder")),
        sa.UniqueConstraint(
            "clinic_id",
            "appointment_id",
            "patient_id",
            "starts_at",
            name=op.f("uq_phonereminder_clinic_id_appointment_id_patient_id_starts_at"),
        ),
    )
    op.create_index(
        op.f("ix_phonereminder_patient_id"),
        "phonereminder",
        ["patient_id"],
        unique=False,
    )
    op.create_table(
        "slowdown",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "carrier",
            sa.Enum(
                "att",
                "tmobile",
                "verizon",
                "uscellular",
                "other",
                "unknown",
                name="carrier",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("per_hour", sa.Integer(), nullable=False),
        sa.Column("why", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("lifted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("lifted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("lifted_note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_slowdown_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_slowdown_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slowdown")),
    )
    op.create_index(
        op.f("ix_slowdown_clinic_id"), "slowdown", ["clinic_id"], unique=False
    )
    op.create_index(
        "ix_slowdown_open",
        "slowdown",
        ["campaign_id", "carrier"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "numbermove",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("voice", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "provider_said_yes", sqlmodel.sql.sqltypes.AutoString(), nullable=True
        ),
        sa.Column("platform", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "step",
            sa.Enum(
                "asked",
                "temporary",
                "release_agreed",
                "signed",
                "cut_over",
                "hosted",
                "cancelled",
                name="movestep",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("temporary_id", sa.Integer(), nullable=True),
        sa.Column("release_on", sa.Date(), nullable=True),
        sa.Column("company", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("service_address", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("signer", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("signer_title", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("link_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("link_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_how", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("letter_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("cut_over_on", sa.Date(), nullable=True),
        sa.Column("number_id", sa.Integer(), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_numbermove_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["sendernumber.id"], name=op.f("fk_numbermove_number_id")
        ),
        sa.ForeignKeyConstraint(
            ["temporary_id"],
            ["sendernumber.id"],
            name=op.f("fk_numbermove_temporary_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbermove")),
        sa.UniqueConstraint("link_sha256", name=op.f("uq_numbermove_link_sha256")),
    )
    op.create_index(
        op.f("ix_numbermove_clinic_id"), "numbermove", ["clinic_id"], unique=False
    )
    op.create_index(
        "uq_numbermove_open",
        "numbermove",
        ["phone"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "submissionversion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("check_run_id", sa.Integer(), nullable=False),
        sa.Column("proof_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fee_entry_id", sa.Integer(), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("avoided", sa.Integer(), nullable=False),
        sa.Column("prepared_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("prepared_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("handed_in_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("handed_in_how", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("trouble", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_submissionversion_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["check_run_id"],
            ["checkrun.id"],
            name=op.f("fk_submissionversion_check_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_submissionversion_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["submissiondraft.id"],
            name=op.f("fk_submissionversion_draft_id"),
        ),
        sa.ForeignKeyConstraint(
            ["fee_entry_id"],
            ["feeentry.id"],
            name=op.f("fk_submissionversion_fee_entry_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissionversion")),
        sa.UniqueConstraint(
            "campaign_id",
            "version",
            name=op.f("uq_submissionversion_campaign_id_version"),
        ),
    )
    op.create_index(
        op.f("ix_submissionversion_clinic_id"),
        "submissionversion",
        ["clinic_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_submissionversion_draft_id"),
        "submissionversion",
        ["draft_id"],
        unique=False,
    )
    op.create_table(
        "layerevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column(
            "layer",
            sa.Enum(
                "tcr",
                "dca",
                "dca2",
                name="layer",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "review",
                "cleared",
                "rejected",
                name="layerstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("why", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("element", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "tcr_poll",
                "tcr_webhook",
                "operator_entry",
                "imported",
                "vendor_verified",
                "send_error",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("raw", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("evidence", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_layerevent_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissionversion.id"],
            name=op.f("fk_layerevent_submission_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layerevent")),
    )
    op.create_index(
        op.f("ix_layerevent_clinic_id"), "layerevent", ["clinic_id"], unique=False
    )
    op.create_index(
        op.f("ix_layerevent_submission_id"),
        "layerevent",
        ["submission_id"],
        unique=False,
    )
    op.create_table(
        "moveevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "asked",
                "temporary",
                "release_agreed",
                "signed",
                "cut_over",
                "hosted",
                "cancelled",
                name="movestep",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("what", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_moveevent_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["move_id"], ["numbermove.id"], name=op.f("fk_moveevent_move_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moveevent")),
    )
    op.create_index(
        op.f("ix_moveevent_clinic_id"), "moveevent", ["clinic_id"], unique=False
    )
    op.create_index(
        op.f("ix_moveevent_move_id"), "moveevent", ["move_id"], unique=False
    )
    op.create_table(
        "movetick",
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column("item", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_movetick_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["move_id"], ["numbermove.id"], name=op.f("fk_movetick_move_id")
        ),
        sa.PrimaryKeyConstraint("move_id", "item", name=op.f("pk_movetick")),
    )
    op.create_index(
        op.f("ix_movetick_clinic_id"), "movetick", ["clinic_id"], unique=False
    )
    op.create_table(
        "rejection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=True),
        sa.Column(
            "layer",
            sa.Enum(
                "tcr",
                "dca",
                "dca2",
                name="layer",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "carrier",
            sa.Enum(
                "att",
                "tmobile",
                "verizon",
                "uscellular",
                "other",
                "unknown",
                name="carrier",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("issuer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "content",
                "brand",
                "use_case",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("evidence", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("relayed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_rejection_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_rejection_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissionversion.id"],
            name=op.f("fk_rejection_submission_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejection")),
    )
    op.create_index(
        op.f("ix_rejection_campaign_id"), "rejection", ["campaign_id"], unique=False
    )
    op.create_index(
        op.f("ix_rejection_clinic_id"), "rejection", ["clinic_id"], unique=False
    )
    op.create_table(
        "rejectionfix",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("rejection_id", sa.Integer(), nullable=False),
        sa.Column("field", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("what", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("before_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("evidence", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("done_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_rejectionfix_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["rejection_id"],
            ["rejection.id"],
            name=op.f("fk_rejectionfix_rejection_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejectionfix")),
    )
    op.create_index(
        op.f("ix_rejectionfix_clinic_id"), "rejectionfix", ["clinic_id"], unique=False
    )
    op.create_index(
        op.f("ix_rejectionfix_rejection_id"),
        "rejectionfix",
        ["rejection_id"],
        unique=False,
    )
    op.add_column(
        "brand",
        sa.Column("ein_digits", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    _add_words(
        "brand",
        "identity",
        "ck_brand_identity",
        (
            "SELF_DECLARED",
            "UNVERIFIED",
            "VERIFIED",
            "VETTED_VERIFIED",
        ),
    )

    op.add_column(
        "brand",
        sa.Column("identity_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )
    op.add_column("brand", sa.Column("vetting_score", sa.Integer(), nullable=True))
    op.add_column(
        "brand",
        sa.Column("vetting_class", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "brand",
        sa.Column("vendor_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "brand",
        sa.Column("vendor_status", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "brand",
        sa.Column(
            "customer_profile_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True
        ),
    )
    op.add_column(
        "brand",
        sa.Column(
            "trust_product_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True
        ),
    )
    op.add_column(
        "brand",
        sa.Column("handed_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.create_index(
        "ix_brand_clinic_id_ein", "brand", ["clinic_id", "ein_digits"], unique=True
    )
    op.add_column(
        "sendernumber",
        sa.Column(
            "temporary_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True
        ),
    )
    op.add_column(
        "sendernumber",
        sa.Column("took_over_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )
    op.add_column(
        "sendingrule", sa.Column("pause_on_website", sa.Boolean(), nullable=True)
    )
    _add_words(
        "statusevent",
        "cause",
        "ck_statusevent_suspensioncause",
        (
            "complaints",
            "opt_out_rate",
            "audit",
        ),
    )


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
