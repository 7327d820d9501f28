"""reminders that people trust"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
