"""Whether an office number may set out at all: what is said of it, and who else has it.

Writes the first row of a move and nothing after it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from kernel.errors import Conflict, Invalid
from kernel.phone import shown
from registration.hosting import open_move
from registration.models import SenderNumber
from registration.moves import NotYet, note_event, plain_line
from registration.number_models import NumberMove
from registration.number_readiness import Verdict, readiness


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is said of an office number that is to come over."""

    phone: str
    voice: str  # keys of data/number_providers.csv
    texting: str
    provider: str  # the company's name
    platform: str = ""  # its name, where another one texts from the number
    provider_said_yes: str = ""


def ask(
    session: Session, clinic_id: int, asked: Asked, by: str, now: datetime
) -> NumberMove | NotYet:
    """Raises Invalid for what cannot be read, Conflict where the number is on its way
    already or texts from here."""
    ready = readiness(asked.phone, asked.voice, asked.texting)
    provider, platform = plain_line(asked.provider), plain_line(asked.platform)
    said_yes = plain_line(asked.provider_said_yes)
    if ready.phone is None or ready.verdict in (Verdict.no, Verdict.find_out):
        return NotYet((ready.why, ready.way_round))
    if asked.voice == "voip" and not said_yes:
        return NotYet((ready.why, ready.lines[0].way_round))
    if not provider:
        raise Invalid("Write the name of the company that carries the calls.")
    if (asked.texting == "platform") != bool(platform):
        raise Invalid(
            "Write the name of the other texting platform, where there is one."
        )
    _one_platform_at_a_time(session, clinic_id, ready.phone)
    move = NumberMove(
        clinic_id=clinic_id,
        phone=ready.phone,
        voice=asked.voice,
        provider=provider,
        provider_said_yes=said_yes or None,
        platform=platform or None,
        created_at=now,
    )
    try:
        with session.begin_nested():  # of two at once, the index lets one in
            session.add(move)
    except IntegrityError:
        raise Conflict(_on_its_way(ready.phone, "")) from None
    note_event(session, move, "The office number is to come over.", by, now)
    return move


def _one_platform_at_a_time(session: Session, clinic_id: int, phone: str) -> None:
    under_way = open_move(session, phone)
    if under_way is not None:
        whose = "" if under_way.clinic_id == clinic_id else " to another clinic"
        raise Conflict(_on_its_way(phone, whose))
    here = select(SenderNumber.id).where(col(SenderNumber.phone) == phone)
    if session.exec(here).first() is not None:
        raise Conflict(f"{shown(phone)} is a texting number here already.")


def _on_its_way(phone: str, whose: str) -> str:
    return (
        f"{shown(phone)} is on its way{whose} already, and a number is on one platform "
        "at a time. Finish or cancel that first."
    )
