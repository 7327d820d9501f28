"""The commands `registration number CLINIC …`: a clinic's texting numbers.

Only `connect` asks the vendor for anything, and never inside a transaction.
"""

import click
from sqlmodel import Session, col, select

from clinics.access import acting_clinic, note_action
from gateway.cli_text import intent
from gateway.connecting import connect as connect_number
from gateway.quarantine_cli import quarantine
from gateway.twilio import Vendor
from gateway.webhooks import Inbox
from kernel import phone as phones
from kernel.clock import rfc3339
from kernel.errors import Conflict, Invalid, NotFound
from kernel.web import heed, part, say
from registration import letter_cli, number_cli, numbers
from registration.accounts import vendor
from registration.buying import buy_number, free_numbers
from registration.dossier import campaign_of
from registration.models import Campaign, SenderNumber, WhoReplies
from registration.number_cli import CLINIC
from registration.registering import Done


@click.group("number")
@click.argument("slug", metavar="CLINIC")
@click.pass_context
def number(context: click.Context, slug: str) -> None:
    """A clinic's texting numbers: add, attach to a campaign, connect."""
    context.meta[CLINIC] = slug


@number.command("add")
@click.argument("phone")
@click.option(
    "--who-replies",
    required=True,
    type=click.Choice([word.value for word in WhoReplies]),
    help="Who answers STOP, START and HELP.",
)
@click.option("--sid", help="Twilio's id of it, PN…; else it is asked for.")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def add(
    context: click.Context,
    phone: str,
    who_replies: str,
    sid: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Add a number that the clinic's Twilio account owns."""
    slug, e164, now = context.meta[CLINIC], phones.e164(phone), heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        taken = select(SenderNumber).where(col(SenderNumber.phone) == e164)
        if session.exec(taken).first():
            raise Conflict(f"{phones.shown(e164)} is a texting number already.")
        numbers.add_number(session, clinic_id, e164, WhoReplies(who_replies), sid)
        note_action(session, clinic_id, by, "number added", e164, now)
    fields = {"clinic": slug, "phone": e164, "who_replies": who_replies}
    say(fields, as_json, f"{phones.shown(e164)} is added. Next: attach it.")


@number.command("attach")
@click.argument("phone")
@click.option("--campaign", "ref", required=True, help="The campaign's reference.")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def attach(
    context: click.Context, phone: str, ref: str, by: str, as_json: bool
) -> None:
    """Let a number serve a campaign; one number serves one campaign."""
    slug, e164, now = context.meta[CLINIC], phones.e164(phone), heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        found = select(Campaign.id).where(
            col(Campaign.clinic_id) == clinic_id, col(Campaign.ref) == ref
        )
        campaign_id = session.exec(found).one_or_none()
        if campaign_id is None:
            raise NotFound(
                f"The clinic has no campaign '{ref}'. See 'flask registration status'."
            )
        number_id = _number(session, clinic_id, e164).id or 0
        numbers.attach(session, clinic_id, number_id, campaign_id)
        note_action(session, clinic_id, by, "number attached", f"{e164} {ref}", now)
    fields = {"clinic": slug, "phone": e164, "campaign": ref}
    say(fields, as_json, f"{phones.shown(e164)} serves '{ref}'. Next: connect it.")


@number.command("connect")
@click.argument("phone")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def connect(context: click.Context, phone: str, by: str, as_json: bool) -> None:
    """Have Twilio bring us the number's texts; reminders may leave from it then."""
    slug, e164, now = context.meta[CLINIC], phones.e164(phone), heed().now()
    with heed().database.reading() as session:
        clinic_id = acting_clinic(session, slug, by)
        number_id = _number(session, clinic_id, e164).id or 0
    base = heed().settings.public_base_url
    connected, url = connect_number(
        heed().database, _vendor(), base, clinic_id, number_id, by, now
    )
    since = rfc3339(connected.connected_at or now)
    fields = {"clinic": slug, "phone": e164, "webhook": url, "connected_at": since}
    say(fields, as_json, f"Texts to {phones.shown(e164)} now arrive at {url}.")


@number.command("buy")
@click.option("--campaign", "ref", required=True, help="The campaign it is to serve.")
@click.option("--area-code", help="The first free number there, like 503.")
@click.option("--phone", help="Exactly this number, which must be for sale.")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def buy(
    context: click.Context,
    ref: str,
    area_code: str | None,
    phone: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Buy a number at Twilio for a campaign, attach it and connect it."""
    slug, now, twilio = context.meta[CLINIC], heed().now(), vendor(heed())
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        campaign_id = campaign_of(session, clinic_id, ref).id or 0
    if phone is None:
        found = free_numbers(twilio, clinic_id, area_code or "")
        if not isinstance(found, tuple) or not found:
            why = "None is for sale there." if isinstance(found, tuple) else ""
            raise Invalid(why or getattr(found, "sentence", ""))
        phone = found[0]
    e164 = phones.e164(phone)
    done = buy_number(heed().database, twilio, campaign_id, e164, now)
    if not isinstance(done, Done):
        raise Invalid(done.sentence)
    with heed().database.writing() as session:
        what = f"{phones.masked(e164)} {ref}"
        note_action(session, clinic_id, by, "number bought", what, now)
        number_id = _number(session, clinic_id, e164).id or 0
    base = heed().settings.public_base_url
    _, url = connect_number(
        heed().database, _vendor(), base, clinic_id, number_id, by, now
    )
    fields = {"clinic": slug, "phone": e164, "campaign": ref, "webhook": url}
    say(fields, as_json, f"{phones.shown(e164)} serves '{ref}' and is connected.")


def _vendor() -> Vendor:
    inbox: Inbox = part("inbox")
    return Vendor(inbox.accounts.client)


def _number(session: Session, clinic_id: int, e164: str) -> SenderNumber:
    found = session.exec(
        select(SenderNumber).where(
            col(SenderNumber.clinic_id) == clinic_id, col(SenderNumber.phone) == e164
        )
    ).one_or_none()
    if found is None:
        raise NotFound(
            f"The clinic has no texting number {phones.shown(e164)}. Add it first."
        )
    return found


for of_a_move in (*number_cli.COMMANDS, *letter_cli.COMMANDS):
    number.add_command(of_a_move)
COMMANDS = (intent, quarantine)
UNDER_REGISTRATION = (number,)
