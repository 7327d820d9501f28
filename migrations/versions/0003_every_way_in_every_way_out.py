"""every way in every way out"""

import json
import re

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
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
        raise RuntimeError("The table 'task' is not as the second migration made it.")
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


def _words_behind_older_consents() -> None:
    """The ledger names them inside its facts; erased or damaged ones name none."""
    of_the_grant = "d.clinic_id = s.clinic_id AND d.seq = s.granted_seq"
    rows = op.get_bind().exec_driver_sql(
        "SELECT s.clinic_id, s.phone, s.topic, d.detail"
        f" FROM standing s JOIN consentdetail d ON {of_the_grant}"
    )
    named = [
        {"clinic": clinic_id, "number": phone, "about": topic, "words": words}
        for clinic_id, phone, topic, detail in rows.all()
        if (words := _words_of(detail)) is not None
    ]
    if named:
        op.get_bind().execute(
            sa.text(
                "UPDATE standing SET disclosure_sha256 = :words"
                " WHERE clinic_id = :clinic AND phone = :number AND topic = :about"
            ),
            named,
        )


def _words_of(detail: str) -> str | None:
    try:
        words = json.loads(detail).get("disclosure_sha256")
    except (ValueError, AttributeError):
        return None
    return words if isinstance(words, str) else None


def upgrade() -> None:
    _new_words_of_a_task()
    op.create_table(
        "comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.Column("list_rows", sa.Integer(), nullable=False),
        sa.Column("list_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("mismatches", sa.Integer(), nullable=False),
        sa.Column("failed", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_comparison_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
    )
    op.create_index(
        "ix_comparison_clinic_id_at", "comparison", ["clinic_id", "at"], unique=False
    )
    op.create_table(
        "pagelink",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("made_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_pagelink_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pagelink")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pagelink_token_hash")),
    )
    op.create_index(
        "ix_pagelink_clinic_id_phone", "pagelink", ["clinic_id", "phone"], unique=False
    )
    op.create_table(
        "vendorlist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opt_outs",
                "deactivations",
                name="listkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("uploaded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("uploaded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("already", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("unused", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_vendorlist_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendorlist")),
        sa.UniqueConstraint(
            "clinic_id",
            "kind",
            "sha256",
            name=op.f("uq_vendorlist_clinic_id_kind_sha256"),
        ),
    )
    op.add_column("disclosure", sa.Column("broader", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_line_held",
        "line",
        ["clinic_id", "phone"],
        unique=False,
        sqlite_where=sa.text("held_since IS NOT NULL"),
        postgresql_where=sa.text("held_since IS NOT NULL"),
    )
    op.add_column(
        "standing",
        sa.Column(
            "disclosure_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True
        ),
    )
    op.create_index(
        "ix_standing_clinic_id_disclosure",
        "standing",
        ["clinic_id", "disclosure_sha256"],
        unique=False,
    )
    _words_behind_older_consents()


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
