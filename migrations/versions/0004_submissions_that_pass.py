"""submissions that pass"""

import re

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
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
        raise RuntimeError("The table 'task' is not as the third migration made it.")
    indexes = (
        op.get_bind()
        .exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
            " AND tbl_name = 'task' AND sql IS NOT NULL"
        )
        .all()
    )
    for name, _ in indexes:
        op.execute(f'DROP INDEX "{name}"')
    op.execute("ALTER TABLE task RENAME TO task_before")
    op.execute(after)
    op.execute("INSERT INTO task SELECT * FROM task_before")
    op.execute("DROP TABLE task_before")
    for _, words_of_it in indexes:
        op.execute(words_of_it)


def upgrade() -> None:
    _new_words_of_a_task()
    op.create_table(
        "pagecopy",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("words_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("words", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kept_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_pagecopy_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "words_sha256", name=op.f("pk_pagecopy")),
    )
    op.create_table(
        "submissiondraft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("example", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("public_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("form_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_submissiondraft_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissiondraft")),
        sa.UniqueConstraint(
            "clinic_id", "ref", name=op.f("uq_submissiondraft_clinic_id_ref")
        ),
    )
    op.create_table(
        "checkrun",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "passed",
                "warn",
                "fail",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("site_seen", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_checkrun_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["submissiondraft.id"], name=op.f("fk_checkrun_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkrun")),
    )
    op.create_index("ix_checkrun_draft", "checkrun", ["draft_id", "id"], unique=False)
    op.create_table(
        "approvedexample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("use_case", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sub_use_cases", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("samples", sa.JSON(), nullable=False),
        sa.Column("cleared_by", sa.JSON(), nullable=False),
        sa.Column("kept_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("kept_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_approvedexample_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_approvedexample_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvedexample")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_approvedexample_campaign_id")),
    )
    op.create_index(
        op.f("ix_approvedexample_clinic_id"),
        "approvedexample",
        ["clinic_id"],
        unique=False,
    )
    op.create_table(
        "websitelook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("content_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_websitelook_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_websitelook_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["submissiondraft.id"], name=op.f("fk_websitelook_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_websitelook")),
    )
    op.create_index(
        "ix_websitelook_campaign",
        "websitelook",
        ["clinic_id", "campaign_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_websitelook_draft", "websitelook", ["draft_id", "id"], unique=False
    )
    op.create_index(
        "ix_websitelook_waiting",
        "websitelook",
        ["id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "pagelook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("look_id", sa.Integer(), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("why", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("words_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_pagelook_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["look_id"], ["websitelook.id"], name=op.f("fk_pagelook_look_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pagelook")),
    )
    op.create_index(
        "ix_pagelook_look", "pagelook", ["clinic_id", "look_id"], unique=False
    )


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
