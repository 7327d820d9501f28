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


def upgrade(database: Database, to: str | None = None) -> None:
    """To the newest migration, or to the one named; whole or not at all; safe to call
    from many processes."""
    to = to or newest()
    with database.writer.begin() as connection:
        if database.dialect == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
        if _current(connection) != to:
            command.upgrade(_config(connection), to)


def load_every_table() -> None:
    """Imports the packages' rows, by name: the kernel knows none of them."""
    for models in sorted(MIGRATIONS.parent.glob("*/models.py")):
        import_module(f"{models.parent.name}.models")


def is_current(database: Database) -> bool:
    return revision_of(database) == newest()


def revision_of(database: Database) -> str | None:
    """None for a database without any schema."""
    with database.reader.connect() as connection:
        return _current(connection)


def newest() -> str:
    return _revisions()[0]


def is_known(revision: str | None) -> bool:
    """False for the schema of a later program than this one."""
    return revision in _revisions()


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


def _revisions() -> list[str]:
    """The newest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    return [script.revision for script in scripts.walk_revisions()]
