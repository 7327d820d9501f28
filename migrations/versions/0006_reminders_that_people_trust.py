"""reminders that people trust"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("once_a_day", sa.Boolean(), nullable=True))
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


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
