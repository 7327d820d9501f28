"""The command `registration import-status`: carriers' words from another portal."""

from dataclasses import asdict
from pathlib import Path

import click

from clinics.access import OPERATORS, acting_staff
from kernel.errors import Invalid
from kernel.web import heed, say
from registration.status_import import import_statuses, summary

REFUSED = 1  # exit status


@click.command("import-status")
@click.argument("file", metavar="FILE.csv")
@click.option("--provider", default="", help="Whose words they are, e.g. telnyx.")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def import_status(file: str, provider: str, by: str, as_json: bool) -> None:
    """Record what carriers say, as another provider's portal exported it."""
    now = heed().now()
    try:
        content = Path(file).read_bytes()
    except OSError as mistake:
        raise Invalid(f"'{file}' cannot be read ({mistake.strerror}).") from None
    with heed().database.reading() as session:
        acting_staff(session, by, OPERATORS, None)
    told = import_statuses(heed().database, content, Path(file).name, by, now, provider)
    lines = [f"  line {one.line} {one.campaign}: {one.sentence}" for one in told]
    fields = {"file": Path(file).name, "lines": [asdict(one) for one in told]}
    say(fields, as_json, "\n".join([summary(told), *lines]))
    if any(one.result == "refused" for one in told):
        raise SystemExit(REFUSED)
