"""The card for a patient who said stop and wants our texts again: the number, the word,
and a code that opens their own texting app.

Nothing is texted by us and nothing is switched on: only the phone itself can do it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Language
from clinics.signin import ClinicHere
from consent.models import ConsentDetail, ConsentEvent, EventKind
from consent.standing import Word, line_state
from gateway.cards import compiled, qr_svg
from gateway.models import InboundMessage, Message
from gateway.opt_in_place import Words, words_in_force
from kernel.phone import shown
from kernel.visible import visible
from registration.models import SenderNumber, WhoReplies
from registration.numbers import NoSender, sender_for

# The one word that Twilio and we both take, in both languages (keywords.csv): COMENZAR
# is ours alone, so it would not lift a block that Twilio holds.
WORD = "START"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`only_this`: a block of the vendor ends with START to this very number alone."""

    clinic: str
    phone: str  # that people call, as they write it
    number: str  # E.164
    only_this: bool
    stopped_at: datetime
    words: Mapping[Language, Words]  # that START is texted under

    @property
    def link(self) -> str:
        return sms_link(self.number)


def sms_link(number: str) -> str:
    """Opens the texting app with the word filled in; the patient presses send.

    RFC 5724 and Android take "?body=", iOS "&body=" (flutter/flutter#18823); "?&body="
    is read by both (stackoverflow.com/questions/6480462).
    """
    return f"sms:{number}?&body={WORD}"


def card_of(session: Session, clinic: ClinicHere, phone: str) -> Card | None:
    """None for a phone that has not said stop, or a clinic without a number."""
    line = line_state(session, clinic.id, phone)
    if line.word is not Word.opted_out:
        return None
    stop = _stop(session, clinic.id, line.stopped_seq)
    number = _number(session, clinic.id, phone, stop)
    if number is None:
        return None
    # Erased facts tell no way: then the number is named to be safe.
    texted = not stop.facts or stop.facts.get("inbound_id") is not None
    blocks = number.who_replies is not WhoReplies.gateway
    return Card(
        clinic=clinic.name,
        phone=shown(clinic.phone),
        number=number.phone,
        only_this=stop.kind == EventKind.vendor_block or (texted and blocks),
        stopped_at=stop.at,
        words=words_in_force(session, clinic.id, "keyword"),
    )


def start_goes_to(
    session: Session, clinic_id: int, phone: str, stopped_seq: int
) -> str | None:
    """The number that START ends this STOP at, E.164, a block of the vendor included;
    None for a clinic without a number."""
    stop = _stop(session, clinic_id, stopped_seq)
    number = _number(session, clinic_id, phone, stop)
    return number.phone if number is not None else None


def pdf(card: Card, language: Language) -> bytes:
    """Raises Invalid when the words do not fit the paper."""
    return compiled("come_back", printed(card, language), card.stopped_at)


def printed(card: Card, language: Language) -> dict[str, str | None]:
    """Every word on the paper, ready for the template."""
    names = {
        "clinic": visible(card.clinic),
        "phone": card.phone,
        "number": shown(card.number),
        "word": WORD,
    }
    said = {key: text.format(**names) for key, text in SAID[language].items()}
    words = card.words.get(language)
    return {
        **said,
        "only": said["only"] if card.only_this else None,
        "form": None if card.only_this else said["form"],
        "language": language.value,
        "clinic": names["clinic"],
        "number": names["number"],
        "qr": qr_svg(card.link),
        "words": visible(words.text, newlines=True) if words else None,
    }


SAID: Mapping[Language, Mapping[str, str]] = {
    Language.en: {
        "title": "Get our texts again",
        "about": "You stopped the texts from {clinic}. Only you can start them again.",
        "scan": "Scan with your camera, then press send",
        "or": "or",
        "text": "Text {word} to",
        "only": "It must be this number: your STOP may block our texts until {word} "
        "comes to it from your phone.",
        "form": "You can also sign a new form at the desk.",
        "questions": "Questions? Ask at the desk or call {phone}.",
        "alternative": "QR code that opens a text with {word} to {number}",
    },
    Language.es: {
        "title": "Reciba de nuevo nuestros mensajes",
        "about": "Usted canceló los mensajes de {clinic}. Solo usted puede activarlos "
        "de nuevo.",
        "scan": "Escanee con la cámara y presione enviar",
        "or": "o",
        "text": "Envíe {word} al",
        "only": "Tiene que ser este número: su STOP puede bloquear nuestros mensajes hasta "
        "que {word} llegue a él desde su teléfono.",
        "form": "También puede firmar un formulario nuevo en la recepción.",
        "questions": "¿Preguntas? En la recepción o llame al {phone}.",
        "alternative": "Código QR que abre un mensaje con {word} al {number}",
    },
}


@dataclass(frozen=True, slots=True)
class _Stop:
    kind: str
    at: datetime
    facts: Mapping[str, Any]  # empty when they were erased


def _stop(session: Session, clinic_id: int, seq: int) -> _Stop:
    row = (
        session.connection()
        .execute(
            sa.select(
                col(ConsentEvent.kind), col(ConsentEvent.at), col(ConsentDetail.detail)
            )
            .select_from(ConsentEvent)
            .outerjoin(
                ConsentDetail,
                sa.and_(
                    col(ConsentDetail.clinic_id) == col(ConsentEvent.clinic_id),
                    col(ConsentDetail.seq) == col(ConsentEvent.seq),
                ),
            )
            .where(
                col(ConsentEvent.clinic_id) == clinic_id, col(ConsentEvent.seq) == seq
            )
        )
        .one()
    )
    return _Stop(row.kind, row.at, json.loads(row.detail) if row.detail else {})


def _number(
    session: Session, clinic_id: int, phone: str, stop: _Stop
) -> SenderNumber | None:
    """That the STOP was texted to, or whose text the vendor refused; else the one that
    the clinic texts from."""
    table: Any = None
    if stop.facts.get("inbound_id") is not None:
        table = InboundMessage
    elif stop.kind == EventKind.vendor_block:
        table = Message
    if table is not None:
        newest = (
            sa.select(col(table.number_id))
            .where(col(table.clinic_id) == clinic_id, col(table.phone) == phone)
            .order_by(col(table.id).desc())
            .limit(1)
        )
        if table is InboundMessage:
            newest = newest.where(col(table.id) == stop.facts["inbound_id"])
        found = session.get(SenderNumber, session.connection().scalar(newest) or 0)
        if found is not None and found.connected_at is not None:
            return found
    sender = sender_for(session, clinic_id)
    return None if isinstance(sender, NoSender) else sender
