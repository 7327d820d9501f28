"""Who signed the letter of authorization, and how: by a link that needs no account, or
on paper whose scan is kept.

A token is random and goes out once; its hash is on the move.  The signed letter is kept
by its hash like every scan (R37).
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from clinics.models import Clinic
from consent import attachments
from kernel.errors import Invalid
from kernel.hashing import sha256_hex
from registration.letter import Letter, letter_of
from registration.move_steps import LETTER_LASTS, refusals
from registration.moves import (
    NotYet,
    facts_of,
    locked,
    note_event,
    plain_line,
    take_step,
    today_of,
)
from registration.number_models import MoveStep, NumberMove

LINK_LASTS = timedelta(days=7)
BY_LINK, BY_SCAN = "link", "scan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the letter says of the clinic, as on the phone bill."""

    company: str
    service_address: str
    signer: str
    signer_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A letter that was signed on paper."""

    content: bytes
    file_name: str
    signer: str
    signer_title: str
    signed_on: date


def write_letter(
    session: Session, clinic_id: int, move_id: int, words: Words, by: str, now: datetime
) -> NumberMove | NotYet:
    """Ends a link to the words before.  Raises Invalid for an empty part."""
    move = locked(session, clinic_id, move_id)
    if move.ended_at is not None:
        return NotYet(("This has ended, so there is no letter to write.",))
    given = [plain_line(text) for text in _parts(words)]
    if not all(given):
        raise Invalid(
            "Write the company, the service address, the signer's name and the signer's "
            "title, as on the phone bill."
        )
    move.company, move.service_address, move.signer, move.signer_title = given
    move.link_sha256 = move.link_until = None
    note_event(session, move, "The letter of authorization was written.", by, now)
    return move


def make_link(
    session: Session, clinic_id: int, move_id: int, by: str, now: datetime
) -> str | NotYet:
    """The token of a link to sign, which is kept nowhere else; an older one ends."""
    move = locked(session, clinic_id, move_id)
    why = _not_to_be_signed(session, move, now)
    if why:
        return NotYet(why)
    token = secrets.token_urlsafe(24)
    move.link_sha256, move.link_until = sha256_hex(token.encode()), now + LINK_LASTS
    note_event(session, move, "A link to sign the letter was made.", by, now)
    return token


def to_be_signed(
    session: Session, token: str, now: datetime
) -> tuple[NumberMove, Clinic, Letter] | None:
    """None for a link that was used, is too old or was never made."""
    move = session.exec(
        select(NumberMove).where(
            col(NumberMove.link_sha256) == sha256_hex(token.encode()),
            col(NumberMove.link_until) > now,
            col(NumberMove.ended_at).is_(None),
        )
    ).one_or_none()
    if move is None:
        return None
    clinic = session.get_one(Clinic, move.clinic_id)
    letter = letter_of(move, clinic)
    return (move, clinic, letter) if letter is not None else None


def sign_by_link(
    session: Session,
    token: str,
    letter: Letter,
    signed: bytes,
    name: str,
    title: str,
    now: datetime,
) -> NumberMove | None:
    """`signed` is the PDF of `letter` with the signature on it.  None: the link ended,
    or the letter was written anew while it was read."""
    found = to_be_signed(session, token, now)
    if found is None:
        return None
    move = locked(session, found[0].clinic_id, found[0].id or 0)
    again = letter_of(move, found[1])
    if move.link_sha256 != sha256_hex(token.encode()) or again != letter:
        return None
    what = f"{name}, {title}, signed the letter by link."
    if isinstance(take_step(session, move, MoveStep.signed, what, name, now), NotYet):
        return None
    move.letter_sha256 = attachments.keep(
        session, move.clinic_id, signed, "letter-of-authorization.pdf", name, now
    )[0]
    move.signed_on, move.signed_how = today_of(session, move.clinic_id, now), BY_LINK
    move.signer, move.signer_title = name, title
    move.link_sha256 = move.link_until = None
    session.flush()
    return move


def sign_by_scan(
    session: Session, clinic_id: int, move_id: int, scan: Scan, by: str, now: datetime
) -> NumberMove | NotYet:
    """Raises Invalid for a file, a name or a day that cannot be."""
    move = locked(session, clinic_id, move_id)
    signer, title = plain_line(scan.signer), plain_line(scan.signer_title)
    if not signer or not title:
        raise Invalid("Write who signed the letter, and that person's title.")
    today = today_of(session, clinic_id, now)
    if scan.signed_on > today:
        raise Invalid("The letter cannot be signed on a day to come. Check the date.")
    if today - scan.signed_on > LETTER_LASTS:
        raise Invalid(
            f"This letter is older than {LETTER_LASTS.days} days, and providers take no "
            "older one. Have a new one signed."
        )
    day = scan.signed_on
    what = f"{signer}, {title}, signed the letter on paper on {day:%B} {day.day}, {day.year}."
    done = take_step(session, move, MoveStep.signed, what, by, now)
    if isinstance(done, NotYet):
        return done
    move.letter_sha256 = attachments.keep(
        session, clinic_id, scan.content, scan.file_name, by, now
    )[0]
    move.signed_on, move.signed_how = scan.signed_on, BY_SCAN
    move.signer, move.signer_title = signer, title
    move.link_sha256 = move.link_until = None
    session.flush()
    return move


def _not_to_be_signed(
    session: Session, move: NumberMove, now: datetime
) -> tuple[str, ...]:
    today = today_of(session, move.clinic_id, now)
    why = refusals(facts_of(session, move), MoveStep.signed, today)
    if letter_of(move, session.get_one(Clinic, move.clinic_id)) is None:
        why += ("The letter is not written yet. Fill in its company and signer first.",)
    return why


def _parts(words: Words) -> tuple[str, str, str, str]:
    return words.company, words.service_address, words.signer, words.signer_title
