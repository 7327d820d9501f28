"""The commands `consent …`: show a line, hear a spoken STOP, release a hold, publish
wordings, sign for imports, hand out evidence and check it.
"""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from clinics.access import (
    acting_clinic,
    acting_staff,
    clinic_by_slug,
    key_of,
    note_action,
)
from clinics.models import Role
from consent import attest as attestations
from consent import evidence, record
from consent.at_desk import record_stop
from consent.extract import Wanted
from consent.show_cli import any_number, at, receipt, show
from consent.standing import line_state, lock_line
from consent.verify import Broken, verify_pack
from consent.wordings_cli import list_disclosures, publish
from kernel import phone as phones
from kernel.errors import Conflict, Invalid
from kernel.phone import shown
from kernel.web import heed, say

WHO_EXPORTS = frozenset({Role.auditor, Role.clinic_admin, Role.operator})
WHO_SIGNS = frozenset({Role.clinic_admin})
WHO_DECIDES = frozenset({Role.front_desk, Role.clinic_admin, Role.operator})
REFUSED = 1  # exit status

by_option = click.option("--by", required=True, help="Your staff e-mail.")
json_option = click.option("--json", "as_json", is_flag=True)
clinic_argument = click.argument("slug", metavar="CLINIC")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group("consent")
def consent() -> None:
    """Who agreed to texts, who said stop, and the proof of it."""


@consent.command("export")
@clinic_argument
@click.option("--campaign", help="Only what concerns this campaign, STOPs included.")
@click.option("--phone", help="Only this number.")
@click.option("--from", "first", type=DAY, help="First day, in the clinic's zone.")
@click.option("--to", "last", type=DAY, help="Last day, in the clinic's zone.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@by_option
@json_option
def export_command(
    slug: str,
    campaign: str | None,
    phone: str | None,
    first: datetime | None,
    last: datetime | None,
    out: Path,
    by: str,
    as_json: bool,
) -> None:
    """Write an evidence pack and check it."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic = clinic_by_slug(session, slug)
        clinic_id, zone = key_of(clinic), ZoneInfo(clinic.time_zone)
        acting_staff(session, by, WHO_EXPORTS, clinic_id)
        wanted = Wanted(
            campaign=campaign,
            phone=any_number(phone) if phone else None,
            since=first.replace(tzinfo=zone) if first else None,
            until=(last + timedelta(days=1)).replace(tzinfo=zone) if last else None,
        )
        # Noted before a byte leaves: an export that fails was still asked for.
        note_action(session, clinic_id, by, "evidence export", _subject(wanted), now)
    exported = evidence.export(
        heed().database,
        heed().keys,
        slug=slug,
        out=out,
        campaign=wanted.campaign,
        phone=wanted.phone,
        since=wanted.since,
        until=wanted.until,
        made_by=by,
        now=now,
    )
    checked = verify_pack(out, [heed().keys.current().public_base64])
    fields = {
        "clinic": slug,
        "file": str(out),
        "events": exported.events,
        "sha256": exported.sha256,
        **checked.fields(),
    }
    say(fields, as_json, f"{out}: {exported.events} records. {checked.sentence}")
    if isinstance(checked, Broken):
        raise SystemExit(REFUSED)


@consent.command("verify")
@click.argument("file", metavar="PACK.zip", type=click.Path(path_type=Path))
@click.option("--key", help="The public key to trust; default: this installation's.")
@json_option
def verify_command(file: Path, key: str | None, as_json: bool) -> None:
    """Check an evidence pack; the first bad member or record is named."""
    own = [signing.public_base64 for signing in heed().keys.signing]
    checked = verify_pack(file, [key] if key else own)
    say(checked.fields(), as_json, checked.sentence)
    if isinstance(checked, Broken):
        raise SystemExit(REFUSED)


@consent.command("attest")
@clinic_argument
@by_option
@click.option("--told", required=True, help="What the patients were told, and where.")
@json_option
def attest_command(slug: str, by: str, told: str, as_json: bool) -> None:
    """Sign, as the clinic's admin, what imported patients were told."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = key_of(clinic_by_slug(session, slug))
        acting_staff(session, by, WHO_SIGNS, clinic_id)
        signed = attestations.attest(session, clinic_id, by, told, now)
        note_action(session, clinic_id, by, "import attestation", str(signed.id), now)
        fields = {"clinic": slug, "signed_by": by, "told": signed.told}
    say(fields, as_json, f"{by} has signed for imports of {slug}.")


@consent.command("release")
@clinic_argument
@click.argument("phone")
@by_option
@click.option("--note", required=True, help="How you know that she did not say stop.")
@json_option
def release(slug: str, phone: str, by: str, note: str, as_json: bool) -> None:
    """End the hold on a number: a person decided that it was no STOP."""
    now, number = heed().now(), any_number(phone)
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by, WHO_DECIDES)
        if not lock_line(session, clinic_id, number).held:
            raise Conflict(f"{shown(number)} is not held. See 'flask consent show'.")
        seq = record.release_hold(session, clinic_id, number, by, _said(note), now)
        note_action(session, clinic_id, by, "hold released", f"record {seq}", now)
        state = line_state(session, clinic_id, number)
    fields = {"clinic": slug, "phone": number, "record": seq, **state.fields()}
    say(fields, as_json, f"{shown(number)} is no longer held: {state.word.value}.")


@consent.command("stop")
@clinic_argument
@click.argument("phone")
@by_option
@click.option("--how", required=True, help="How she said it, in her words.")
@json_option
def stop(slug: str, phone: str, by: str, how: str, as_json: bool) -> None:
    """Record a STOP that was said to staff: no more texts of any kind."""
    now, number = heed().now(), phones.e164(phone)
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by, WHO_DECIDES)
        seq = record_stop(session, clinic_id, number, how=_said(how), by=by, now=now)
        note_action(session, clinic_id, by, "spoken stop", f"record {seq}", now)
        state = line_state(session, clinic_id, number)
    fields = {"clinic": slug, "phone": number, "record": seq, **state.fields()}
    say(fields, as_json, f"{shown(number)} is opted out of all texts of {slug}.")


def _said(text: str) -> str:
    if not text.strip():
        raise Invalid("The ledger keeps the reason: write how you know.")
    return text.strip()


def _subject(wanted: Wanted) -> str:
    asked = [f"{name} {value}" for name, value in wanted.fields().items() if value]
    return ", ".join(asked) or "the whole ledger"


consent.add_command(show)
consent.add_command(at)
consent.add_command(receipt)
consent.add_command(publish)
consent.add_command(list_disclosures)
COMMANDS = (consent,)
