"""The commands `registration number CLINIC …` of the letter of authorization and of the
cut-over day.  Records only: nothing is asked of the vendor.
"""

from datetime import datetime
from pathlib import Path

import click
from sqlmodel import Session

from clinics.access import acting_clinic, note_action
from clinics.models import Clinic
from kernel.clock import rfc3339
from kernel.errors import Conflict
from kernel.web import heed, say
from registration import moves, signing
from registration.letter import letter_of, pdf
from registration.move_steps import cut_over_list
from registration.moves import NotYet
from registration.number_cli import (
    CLINIC,
    acted,
    by_option,
    json_option,
    move_at,
    phone_argument,
)
from registration.number_models import NumberMove


@click.command("loa")
@phone_argument
@click.option("--company", required=True, help="As on the phone bill.")
@click.option("--address", required=True, help="Where the line is.")
@click.option("--signer", required=True)
@click.option("--title", required=True, help="Of the signer.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@by_option
@json_option
@click.pass_context
def loa(
    context: click.Context,
    phone: str,
    company: str,
    address: str,
    signer: str,
    title: str,
    out: Path,
    by: str,
    as_json: bool,
) -> None:
    """Write the letter of authorization, as a PDF to be signed."""
    words = signing.Words(
        company=company, service_address=address, signer=signer, signer_title=title
    )
    made: list[bytes] = []

    def step(session: Session, clinic_id: int, now: datetime) -> NumberMove | NotYet:
        move = move_at(session, clinic_id, phone)
        done = signing.write_letter(session, clinic_id, move, words, by, now)
        if isinstance(done, NumberMove):
            letter = letter_of(done, session.get_one(Clinic, clinic_id))
            made.extend([pdf(letter, None, now)] if letter else [])
        return done

    acted(context, by, "letter written", step, as_json, out=str(out))
    for content in made:
        out.write_bytes(content)


@click.command("link")
@phone_argument
@by_option
@json_option
@click.pass_context
def link(context: click.Context, phone: str, by: str, as_json: bool) -> None:
    """A link to sign the letter, shown this once; it works once, for seven days."""
    slug, now = context.meta[CLINIC], heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        move = move_at(session, clinic_id, phone)
        token = signing.make_link(session, clinic_id, move, by, now)
        if isinstance(token, str):
            note_action(session, clinic_id, by, "link to sign", str(move), now)
    if isinstance(token, NotYet):
        raise Conflict(str(token))
    address = f"{heed().settings.public_base_url.rstrip('/')}/sign/{token}"
    until = rfc3339(now + signing.LINK_LASTS)
    say({"clinic": slug, "link": address, "until": until}, as_json, address)


@click.command("signed")
@phone_argument
@click.option("--scan", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--signer", required=True)
@click.option("--title", required=True, help="Of the signer.")
@click.option("--on", "day", required=True, type=click.DateTime(["%Y-%m-%d"]))
@by_option
@json_option
@click.pass_context
def signed(
    context: click.Context,
    phone: str,
    scan: Path,
    signer: str,
    title: str,
    day: datetime,
    by: str,
    as_json: bool,
) -> None:
    """Keep a letter that was signed on paper."""
    brought = signing.Scan(
        content=scan.read_bytes(),
        file_name=scan.name,
        signer=signer,
        signer_title=title,
        signed_on=day.date(),
    )

    def step(session: Session, clinic_id: int, now: datetime) -> NumberMove | NotYet:
        move = move_at(session, clinic_id, phone)
        return signing.sign_by_scan(session, clinic_id, move, brought, by, now)

    acted(context, by, "letter signed", step, as_json)


@click.command("cut-over")
@phone_argument
@click.option("--done", type=click.Choice(list(cut_over_list())), help="A line of it.")
@by_option
@json_option
@click.pass_context
def cut_over(
    context: click.Context, phone: str, done: str | None, by: str, as_json: bool
) -> None:
    """Begin the cut-over day, or tick a line of its list."""

    def step(session: Session, clinic_id: int, now: datetime) -> NumberMove | NotYet:
        move = move_at(session, clinic_id, phone)
        if done is None:
            return moves.begin_cut_over(session, clinic_id, move, by, now)
        return moves.tick(session, clinic_id, move, done, by, now)

    action = "cut-over begun" if done is None else "cut-over line done"
    acted(context, by, action, step, as_json, done=done)


COMMANDS = (loa, link, signed, cut_over)
