"""Brings a database to the newest schema, and tells whether it is there."""

import io
from importlib import import_module
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kernel.db import Database

MIGRATIONS = Path(__file__).parents[1] / "migrations"
UPGRADE_LOCK = 4_733_001  # any number: one upgrade at a time on PostgreSQL


def upgrade(database: Database) -> None:
    """To the newest migration, whole or not at all; safe to call from many processes."""
    with database.writer.begin() as connection:
        if database.dialect == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
        if _current(connection) != _newest():
            command.upgrade(_config(connection), "head")


def load_every_table() -> None:
    """Imports the packages' rows, by name: the kernel knows none of them."""
    for models in sorted(MIGRATIONS.parent.glob("*/models.py")):
        import_module(f"{models.parent.name}.models")


def is_current(database: Database) -> bool:
    with database.reader.connect() as connection:
        return _current(connection) == _newest()


def check(database: Database) -> None:
    """Raises when the models and the migrations disagree (`make check`)."""
    with database.writer.begin() as connection:
        config = _config(connection)
        config.stdout = io.StringIO()  # it would print its own sentence
        command.check(config)


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _current(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _newest() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()
