"""reminders that people trust"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "submissiondraft", sa.Column("links_ended", sa.Integer(), nullable=True)
    )
    op.add_column(
        "submissiondraft",
        sa.Column("links_made_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )


def downgrade() -> None:
    raise RuntimeError("Migrations are not taken back: restore a backup.")
