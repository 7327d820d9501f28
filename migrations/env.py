"""Runs migrations on the connection that the caller opened (`kernel.schema`)."""

from alembic import context
from sqlmodel import SQLModel

from kernel.schema import load_every_table

load_every_table()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=False,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
