"""The commands `registration number CLINIC …` of an office number on its way: can it
come over, its temporary number, its release; and a number that is detached.

Records only.  Letter and cut-over are `registration.letter_cli`, the swap is
`reminders.number_cli`, and what asks the vendor `gateway.cli`.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click
from sqlmodel import Session

from clinics.access import acting_clinic, note_action
from kernel import phone as phones
from kernel.clock import rfc3339
from kernel.errors import Conflict, NotFound
from kernel.web import heed, say
from registration import move_asking, moves, numbers
from registration.hosting import open_move
from registration.move_asking import Asked
from registration.moves import NotYet
from registration.number_models import NumberMove
from registration.number_readiness import answers, readiness

CLINIC = "heed.clinic"  # the slug, in the context of the group `number`
VOICES = [one.key for one in answers().values() if one.asks == "voice"]
TEXTINGS = [one.key for one in answers().values() if one.asks == "texting"]
phone_argument = click.argument("phone")
by_option = click.option("--by", required=True, help="Your staff e-mail.")
json_option = click.option("--json", "as_json", is_flag=True)


@click.command("check")
@phone_argument
@click.option("--voice", required=True, type=click.Choice(VOICES))
@click.option("--texting", type=click.Choice(TEXTINGS), default="nobody")
@json_option
def check(phone: str, voice: str, texting: str, as_json: bool) -> None:
    """Can this office number be brought over?  Changes nothing."""
    found = readiness(phone, voice, texting)
    fields = {
        "phone": found.phone,
        "verdict": found.verdict.value,
        "why": found.why,
        "way_round": found.way_round,
        "sources": [line.source for line in found.lines],
    }
    told = " ".join(filter(None, (f"{found.head}.", found.why, found.way_round)))
    say(fields, as_json, told)
    if found.verdict.value == "no":
        raise SystemExit(1)


@click.command("bring")
@phone_argument
@click.option("--voice", required=True, type=click.Choice(VOICES))
@click.option("--provider", required=True, help="The company, as on the phone bill.")
@click.option("--platform", default="", help="That texts from the number today.")
@click.option("--provider-said-yes", default="", help="Who said so, where it depends.")
@by_option
@json_option
@click.pass_context
def bring(
    context: click.Context,
    phone: str,
    voice: str,
    provider: str,
    platform: str,
    provider_said_yes: str,
    by: str,
    as_json: bool,
) -> None:
    """Set out: the office number is to be hosted here."""
    asked = Asked(
        phone=phone,
        voice=voice,
        texting="platform" if platform else "nobody",
        provider=provider,
        platform=platform,
        provider_said_yes=provider_said_yes,
    )

    def step(session: Session, clinic_id: int, now: datetime) -> NumberMove | NotYet:
        return move_asking.ask(session, clinic_id, asked, by, now)

    acted(context, by, "office number asked for", step, as_json)


@click.command("temporary")
@phone_argument
@click.option(
    "--number", "temporary_phone", required=True, help="That texts meanwhile."
)
@by_option
@json_option
@click.pass_context
def temporary(
    context: click.Context, phone: str, temporary_phone: str, by: str, as_json: bool
) -> None:
    """Text from another number until the office number is here."""

    def step(session: Session, clinic_id: int, now: datetime) -> NumberMove | NotYet:
        row = numbers.number_with(session, clinic_id, phones.e164(temporary_phone))
        if row is None:
            raise NotFound("The clinic has no such texting number. Add it first.")
        move = move_at(session, clinic_id, phone)
        return moves.assign_temporary(session, clinic_id, move, row.id or 0, by, now)

    acted(context, by, "temporary number", step, as_json)


@click.command("release")
@phone_argument
@click.option("--on", "day", required=True, type=click.DateTime(["%Y-%m-%d"]))
@by_option
@json_option
@click.pass_context
def release(
    context: click.Context, phone: str, day: datetime, by: str, as_json: bool
) -> None:
    """The day on which the other platform lets the number go."""

    def step(session: Session, clinic_id: int, now: datetime) -> NumberMove | NotYet:
        move = move_at(session, clinic_id, phone)
        return moves.agree_release(session, clinic_id, move, day.date(), by, now)

    acted(context, by, "release agreed", step, as_json)


@click.command("cancel")
@phone_argument
@click.option("--why", required=True)
@by_option
@json_option
@click.pass_context
def cancel(
    context: click.Context, phone: str, why: str, by: str, as_json: bool
) -> None:
    """The office number does not come over."""

    def step(session: Session, clinic_id: int, now: datetime) -> NumberMove | NotYet:
        move = move_at(session, clinic_id, phone)
        return moves.cancel(session, clinic_id, move, why, by, now)

    acted(context, by, "move cancelled", step, as_json)


@click.command("detach")
@phone_argument
@click.option("--sure", is_flag=True, help="Its registration would start anew.")
@by_option
@json_option
@click.pass_context
def detach(
    context: click.Context, phone: str, sure: bool, by: str, as_json: bool
) -> None:
    """Take a number off its campaign."""
    slug, e164, now = context.meta[CLINIC], phones.e164(phone), heed().now()
    if not sure:
        raise Conflict(
            "Nothing was detached: nothing leaves from a detached number, its replies are "
            "not compared any more, and attached again its registration starts anew. "
            "Repeat it with --sure."
        )
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        row = numbers.number_with(session, clinic_id, e164)
        if row is None:
            raise NotFound("The clinic has no such texting number.")
        numbers.detach(session, clinic_id, row.id or 0)
        note_action(session, clinic_id, by, "number detached", e164, now)
    fields = {"clinic": slug, "phone": e164, "campaign": None}
    say(fields, as_json, f"{phones.shown(e164)} is detached.")


def move_at(session: Session, clinic_id: int, phone: str) -> int:
    """The one that is under way with this number.  Raises NotFound."""
    e164 = phones.e164(phone)
    found = open_move(session, e164)
    if found is None or found.clinic_id != clinic_id:
        raise NotFound(
            f"{phones.shown(e164)} is not on its way. Set out with "
            "'flask registration number CLINIC bring'."
        )
    return found.id or 0


def move_fields(slug: str, move: NumberMove) -> dict[str, Any]:
    return {
        "clinic": slug,
        "phone": move.phone,
        "step": move.step.value,
        "platform": move.platform,
        "release_on": _day(move.release_on),
        "signed_on": _day(move.signed_on),
        "signer": move.signer if move.signed_on else None,
        "letter_sha256": move.letter_sha256,
        "cut_over_on": _day(move.cut_over_on),
        "ended_at": rfc3339(move.ended_at) if move.ended_at else None,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


Step = Callable[[Session, int, datetime], NumberMove | NotYet]


def acted(
    context: click.Context,
    by: str,
    action: str,
    step: Step,
    as_json: bool,
    **more: str | None,
) -> None:
    """One step in one transaction, written down; exit status 1 where it cannot be."""
    slug, now = context.meta[CLINIC], heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        done = step(session, clinic_id, now)
        if isinstance(done, NumberMove):
            note_action(session, clinic_id, by, action, done.phone, now)
            fields = {**move_fields(slug, done), **more}
        else:
            fields = {"clinic": slug, "refused": list(done.why)}
    told = str(done) if isinstance(done, NotYet) else f"{action}: {fields['phone']}."
    say(fields, as_json, told[0].upper() + told[1:])
    if isinstance(done, NotYet):
        raise SystemExit(1)


COMMANDS = (check, bring, temporary, release, cancel, detach)
