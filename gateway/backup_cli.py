"""The commands `backup` and `restore`.  Neither ever replaces anything."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from clinics.access import OPERATORS, acting_staff
from consent.whole import ledger_heads
from gateway.restored import Quarantined, quarantine
from kernel.backup import back_up, put_back
from kernel.backup_file import Manifest
from kernel.clock import rfc3339
from kernel.logs import log
from kernel.web import heed, say
from registration.tcr_feed import beat

NOBODY = "flask restore"


@click.command("backup")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True)
def backup(out: Path, as_json: bool) -> None:
    """Write the whole database into one new file, while everything goes on."""
    ours, now = heed(), heed().now()
    made = back_up(ours.database, ours.keys, out, ledgers, now)
    try:
        beat(ours.database, "backup", now)
    except SQLAlchemyError as mistake:  # the backup itself is there and whole
        log().error("time of backup not noted", error=type(mistake).__name__)
    manifest, keys_file = made.manifest, ours.settings.keys_file
    fields = {
        "file": str(made.file),
        "bytes": made.bytes,
        "rows": manifest.rows,
        **_told(manifest),
        "keys_file": str(keys_file),
    }
    say(
        fields,
        as_json,
        f"'{out}' holds {manifest.rows:,} rows; it was read again and is whole. "
        f"The keys are not in it: keep a copy of '{keys_file}' in another safe place. "
        "Without it this backup cannot be restored.",
    )


@click.command("restore")
@click.argument(
    "file", type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True)
)
@click.option("--by", help="Your staff e-mail, as an operator of that backup.")
@click.option("--json", "as_json", is_flag=True)
def restore(file: Path, by: str | None, as_json: bool) -> None:
    """Put a backup into an empty database.  It sends nothing until Twilio was asked
    which texts came in since."""
    ours, now = heed(), heed().now()

    def settle(session: Session, manifest: Manifest) -> Quarantined:
        if by is not None:
            acting_staff(session, by, OPERATORS, None)
        return quarantine(session, manifest.made_at, now, by or NOBODY)

    folder = ours.settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    manifest, done = put_back(file, ours.database, ours.keys, ledgers, settle, folder)
    fields = {
        "file": str(file),
        "rows": manifest.rows,
        **_told(manifest),
        "restored_at": rfc3339(now),
        **asdict(done),
    }
    say(
        fields,
        as_json,
        f"{manifest.rows:,} rows of {rfc3339(manifest.made_at)} are back, "
        f"{done.clinics} clinics. Nothing leaves until Twilio was asked which texts "
        f"came in since; that begins when Heed runs. {done.looked_up} texts may have "
        "left since the backup and are looked up. Everybody must sign in again. Each "
        "clinic has a task that says what to look at: see 'flask tasks list'.",
    )


def ledgers(session: Session) -> list[dict[str, Any]]:
    return [asdict(head) for head in ledger_heads(session)]


def _told(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_at": rfc3339(manifest.made_at),
        "source": manifest.source,
        "schema": manifest.revision,
        "ledgers": {head["name"]: head["last_seq"] for head in manifest.ledgers},
    }


COMMANDS = (backup, restore)
