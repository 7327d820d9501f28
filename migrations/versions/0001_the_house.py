"""the house"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Rows that are never changed or removed: the database itself refuses.
APPEND_ONLY = ("consentevent", "statusevent", "senddecision", "staffaction")


def _make_append_only() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION heed_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'this table is append-only'; END $$"
        )
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            if sqlite:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN "
                    "SELECT RAISE(ABORT, 'this table is append-only'); END"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    "EXECUTE FUNCTION heed_append_only()"
                )


def upgrade() -> None:
    op.create_table(
        "clinic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("legal_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("display_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
        sa.UniqueConstraint("slug", name=op.f("uq_clinic_slug")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("vendor_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("raw", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("received_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("seen_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "brand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("legal_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ein", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entity_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("vertical", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("website", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tcr_brand_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_brand_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
    )
    op.create_index(op.f("ix_brand_clinic_id"), "brand", ["clinic_id"], unique=False)
    op.create_table(
        "carrierlookup",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
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
        sa.Column("textable", sa.Boolean(), nullable=False),
        sa.Column("line_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("carrier_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("mcc", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("mnc", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("looked_up_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_carrierlookup_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "phone", name=op.f("pk_carrierlookup")),
    )
    op.create_table(
        "columnmap",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_columnmap_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "name", name=op.f("pk_columnmap")),
    )
    op.create_table(
        "consentevent",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opt_in",
                "opt_in_requested",
                "opt_out",
                "vendor_block",
                "held",
                "hold_released",
                "asserted_by_import",
                name="eventkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "phone_commitment", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.Column(
            "detail_commitment", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.Column("leaf_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_consentevent_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "seq", name=op.f("pk_consentevent")),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_disclosure_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
        sa.UniqueConstraint(
            "clinic_id",
            "kind",
            "language",
            "version",
            name=op.f("uq_disclosure_clinic_id_kind_language_version"),
        ),
        sa.UniqueConstraint(
            "clinic_id", "sha256", name=op.f("uq_disclosure_clinic_id_sha256")
        ),
    )
    op.create_table(
        "importattestation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("signed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("told", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("signed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_importattestation_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_importattestation")),
    )
    op.create_index(
        op.f("ix_importattestation_clinic_id"),
        "importattestation",
        ["clinic_id"],
        unique=False,
    )
    op.create_table(
        "ledgerhead",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_ledgerhead_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_ledgerhead")),
    )
    op.create_table(
        "line",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stopped_seq", sa.Integer(), nullable=False),
        sa.Column("held_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("held_why", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_line_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "phone", name=op.f("pk_line")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("family_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "en",
                "es",
                name="language",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_patient_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint(
            "clinic_id", "external_id", name=op.f("uq_patient_clinic_id_external_id")
        ),
    )
    op.create_index(
        "ix_patient_clinic_id_phone", "patient", ["clinic_id", "phone"], unique=False
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "operator",
                "clinic_admin",
                "front_desk",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(role = 'operator') = (clinic_id IS NULL)",
            name=op.f("ck_staff_operator_has_no_clinic"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_staff_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_index(op.f("ix_staff_clinic_id"), "staff", ["clinic_id"], unique=False)
    op.create_table(
        "staffaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("staff_email", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_staffaction_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staffaction")),
    )
    op.create_index(
        op.f("ix_staffaction_clinic_id"), "staffaction", ["clinic_id"], unique=False
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
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
                name="taskkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("dedupe_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sentence", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("done_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_task_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint(
            "clinic_id", "dedupe_key", name=op.f("uq_task_clinic_id_dedupe_key")
        ),
    )
    op.create_table(
        "vendoraccount",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("account_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("token_sealed", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "next_token_sealed", sqlmodel.sql.sqltypes.AutoString(), nullable=True
        ),
        sa.Column("halted_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("halted_why", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_vendoraccount_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_vendoraccount")),
        sa.UniqueConstraint("account_sid", name=op.f("uq_vendoraccount_account_sid")),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("wall_time", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("location", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "booked",
                "moved",
                "cancelled",
                "noshow",
                name="visitstatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
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
        sa.Column("replied_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("planned_version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_appointment_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint(
            "clinic_id",
            "external_id",
            name=op.f("uq_appointment_clinic_id_external_id"),
        ),
    )
    op.create_index(
        "ix_appointment_clinic_id_starts_at",
        "appointment",
        ["clinic_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointment_patient_id"), "appointment", ["patient_id"], unique=False
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tcr_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("service_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("usa2p_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "ACTIVE",
                "REVIEW",
                "REJECTED",
                "SUSPENDED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("status_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("use_case", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sub_use_cases", sa.JSON(), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("message_flow", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("samples", sa.JSON(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("expired_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brand.id"], name=op.f("fk_campaign_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_campaign_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("clinic_id", "ref", name=op.f("uq_campaign_clinic_id_ref")),
        sa.UniqueConstraint("tcr_id", name=op.f("uq_campaign_tcr_id")),
    )
    op.create_table(
        "consentdetail",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("detail", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "seq"],
            ["consentevent.clinic_id", "consentevent.seq"],
            name=op.f("fk_consentdetail_clinic_id_seq"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "seq", name=op.f("pk_consentdetail")),
    )
    op.create_index(
        "ix_consentdetail_clinic_id_phone",
        "consentdetail",
        ["clinic_id", "phone"],
        unique=False,
    )
    op.create_table(
        "standing",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "care",
                "reviews",
                "marketing",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("pending_seq", sa.Integer(), nullable=False),
        sa.Column("granted_seq", sa.Integer(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "proven",
                "recorded",
                "asserted",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "phone"],
            ["line.clinic_id", "line.phone"],
            name=op.f("fk_standing_clinic_id_phone"),
        ),
        sa.PrimaryKeyConstraint(
            "clinic_id", "phone", "topic", name=op.f("pk_standing")
        ),
    )
    op.create_table(
        "carriercell",
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
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "ACTIVE",
                "REVIEW",
                "REJECTED",
                "SUSPENDED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
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
        sa.Column("evidence", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("observed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_carriercell_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_carriercell_clinic_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "carrier", name=op.f("pk_carriercell")),
    )
    op.create_index(
        op.f("ix_carriercell_clinic_id"), "carriercell", ["clinic_id"], unique=False
    )
    op.create_table(
        "sendernumber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("vendor_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "who_replies",
            sa.Enum(
                "vendor_default",
                "vendor_advanced",
                "gateway",
                name="whoreplies",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("connected_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_sendernumber_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_sendernumber_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sendernumber")),
        sa.UniqueConstraint("phone", name=op.f("uq_sendernumber_phone")),
    )
    op.create_index(
        op.f("ix_sendernumber_clinic_id"), "sendernumber", ["clinic_id"], unique=False
    )
    op.create_table(
        "statusevent",
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
            nullable=True,
        ),
        sa.Column(
            "before",
            sa.Enum(
                "PENDING",
                "ACTIVE",
                "REVIEW",
                "REJECTED",
                "SUSPENDED",
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
                "PENDING",
                "ACTIVE",
                "REVIEW",
                "REJECTED",
                "SUSPENDED",
                name="after",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("why", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
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
            ["campaign_id"], ["campaign.id"], name=op.f("fk_statusevent_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_statusevent_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statusevent")),
    )
    op.create_index(
        "ix_statusevent_clinic_id_campaign_id",
        "statusevent",
        ["clinic_id", "campaign_id"],
        unique=False,
    )
    op.create_table(
        "wordingversion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "reminder",
                "opt_in_confirmation",
                "opt_in_request",
                "stop_confirmation",
                "help",
                "not_monitored",
                "visit_confirmed",
                "visit_to_desk",
                "emergency",
                name="wordingkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_wordingversion_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_wordingversion_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wordingversion")),
        sa.UniqueConstraint(
            "clinic_id",
            "campaign_id",
            "kind",
            "language",
            "version",
            name=op.f("uq_wordingversion_clinic_id_campaign_id_kind_language_version"),
        ),
    )
    op.create_table(
        "inboundmessage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("account_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("vendor_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("raw", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "arrived_by",
            sa.Enum(
                "webhook",
                "reconciler",
                name="arrivedby",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("received_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("vendor_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("intent", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rule", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_inboundmessage_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["sendernumber.id"], name=op.f("fk_inboundmessage_number_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inboundmessage")),
        sa.UniqueConstraint(
            "account_sid",
            "vendor_sid",
            name=op.f("uq_inboundmessage_account_sid_vendor_sid"),
        ),
    )
    op.create_index(
        "ix_inboundmessage_clinic_id_phone",
        "inboundmessage",
        ["clinic_id", "phone", "id"],
        unique=False,
    )
    op.create_table(
        "reminderpolicy",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("enabled_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("enabled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("offsets", sa.JSON(), nullable=False),
        sa.Column("window_opens", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("window_closes", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_reminderpolicy_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["sendernumber.id"], name=op.f("fk_reminderpolicy_number_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_reminderpolicy")),
    )
    op.create_table(
        "watermark",
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column(
            "complete_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_watermark_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["sendernumber.id"], name=op.f("fk_watermark_number_id")
        ),
        sa.PrimaryKeyConstraint("number_id", name=op.f("pk_watermark")),
    )
    op.create_index(
        op.f("ix_watermark_clinic_id"), "watermark", ["clinic_id"], unique=False
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "care",
                "reviews",
                "marketing",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "reminder",
                "opt_in_confirmation",
                "opt_in_request",
                "stop_confirmation",
                "help",
                "not_monitored",
                "visit_confirmed",
                "visit_to_desk",
                "emergency",
                name="messagekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "permit",
            sa.Enum(
                "stop_confirmation",
                "help",
                "opt_in_request",
                name="permit",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("expects", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("dedupe_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("send_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("send_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("zones", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("window", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "due",
                "claimed",
                "submitting",
                "accepted",
                "failed",
                "withdrawn",
                "expired",
                "unknown",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("look_again_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("held_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("held_why", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("lease_owner", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("submitted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("submitted_wall", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("finished_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("absent_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("vendor_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("error_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("delivery", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("delivered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("answers_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answers_id"], ["inboundmessage.id"], name=op.f("fk_message_answers_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_message_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["sendernumber.id"], name=op.f("fk_message_number_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
        sa.UniqueConstraint("vendor_sid", name=op.f("uq_message_vendor_sid")),
    )
    op.create_index(
        "ix_message_clinic_id_phone",
        "message",
        ["clinic_id", "phone", "id"],
        unique=False,
    )
    op.create_index(
        "ix_message_due",
        "message",
        ["look_again_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_message_in_hand",
        "message",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state IN ('claimed', 'submitting')"),
        postgresql_where=sa.text("state IN ('claimed', 'submitting')"),
    )
    op.create_index(
        "ix_message_unknown",
        "message",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'unknown'"),
        postgresql_where=sa.text("state = 'unknown'"),
    )
    op.create_table(
        "deliveryreport",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("account_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("vendor_sid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("error_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("raw", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("received_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_deliveryreport_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_deliveryreport_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveryreport")),
        sa.UniqueConstraint(
            "account_sid",
            "vendor_sid",
            "status",
            name=op.f("uq_deliveryreport_account_sid_vendor_sid_status"),
        ),
    )
    op.create_index(
        op.f("ix_deliveryreport_clinic_id"),
        "deliveryreport",
        ["clinic_id"],
        unique=False,
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("offset_minutes", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("skipped_why", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_reminder_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_reminder_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_reminder_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "clinic_id",
            "appointment_id",
            "version",
            "offset_minutes",
            name=op.f("uq_reminder_clinic_id_appointment_id_version_offset_minutes"),
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_reminder_message_id")),
    )
    op.create_index(
        op.f("ix_reminder_appointment_id"), "reminder", ["appointment_id"], unique=False
    )
    op.create_table(
        "senddecision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("began_ns", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("obstacles", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_senddecision_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_senddecision_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_senddecision")),
    )
    op.create_index(
        "ix_senddecision_clinic_id_message_id",
        "senddecision",
        ["clinic_id", "message_id"],
        unique=False,
    )
    _make_append_only()


def downgrade() -> None:
    raise RuntimeError("The first migration is not taken back: restore a backup.")
