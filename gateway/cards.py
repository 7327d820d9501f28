"""The poster and the cards that tell patients at the desk how to get texts, as PDF.

Prints only words that are published, in full: what hangs on the wall is what an opt-in
later names as shown.  The same words give the same bytes.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

import segno

from clinics.models import Language
from gateway.opt_in_place import Words
from kernel import paper
from kernel.errors import Invalid
from kernel.visible import visible

FOLDER = Path(__file__).parents[1] / "templates" / "gateway"
TOO_LONG = (
    "The published wording is too long to be read on a card of this size. Print the "
    "poster, or ask the operator to publish a shorter wording."
)
NO_LETTER = (
    "The clinic's name or the published wording has a letter that the printed typeface "
    "lacks, so it would be an empty box on paper. Ask the operator to write it in Latin "
    "letters."
)


class Form(StrEnum):
    poster = "poster"  # one Letter page
    cards = "cards"  # ten business cards on a Letter page


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is printed; `words` are those that START is texted under, where it may be."""

    clinic: str
    phone: str  # as people write it
    number: str
    address: str | None  # of the form; None: it is not open
    keyword: bool  # START may be offered
    words: Words


SAID: Mapping[Language, Mapping[str, str]] = {
    Language.en: {
        "title": "Get a text before your visit",
        "about": "Appointment reminders from {clinic}, on your phone.",
        "scan": "Scan with your camera",
        "scan_then": "Fill in the form, then reply YES to our text.",
        "text": "Text START to",
        "or": "or",
        "questions": "Questions? Ask at the desk or call {phone}.",
        "wording": "Wording: {kind} {language} version {version}, {sha256}",
        "alternative": "QR code that opens {address}",
    },
    Language.es: {
        "title": "Reciba un aviso antes de su cita",
        "about": "Recordatorios de citas de {clinic}, en su teléfono.",
        "scan": "Escanee con la cámara",
        "scan_then": "Llene el formulario y responda YES a nuestro mensaje.",
        "text": "Envíe START al",
        "or": "o",
        "questions": "¿Preguntas? En la recepción o llame al {phone}.",
        "wording": "Texto: {kind} {language} versión {version}, {sha256}",
        "alternative": "Código QR que abre {address}",
    },
}


def qr_svg(address: str) -> str:
    """Medium correction: a poster gets scratched, and the code stays coarse enough."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=2, xmldecl=False, svgns=True, dark="#000", light="#fff"
    )
    return out.getvalue().decode()


def qr_data(address: str) -> str:
    """The same for a page, as the address of an image."""
    return segno.make(address, error="m", micro=False).svg_data_uri(
        border=2, dark="#000", light="#fff", scale=4
    )


def printed(sheet: Sheet) -> dict[str, str | None]:
    """Every word on the paper, ready for the template."""
    names = {
        "clinic": visible(sheet.clinic),
        "phone": sheet.phone,
        "address": sheet.address or "",
        "kind": sheet.words.kind,
        "language": sheet.words.language.value,
        "version": str(sheet.words.version),
        "sha256": sheet.words.sha256[:16],
    }
    said = {
        key: text.format(**names) for key, text in SAID[sheet.words.language].items()
    }
    return {
        **said,
        "language": sheet.words.language.value,
        "clinic": visible(sheet.clinic),
        "number": sheet.number if sheet.keyword else None,
        "address": sheet.address,
        "qr": qr_svg(sheet.address) if sheet.address else None,
        "words": visible(sheet.words.text, newlines=True),
    }


def pdf(sheet: Sheet, form: Form) -> bytes:
    """Raises Invalid when the words do not fit in letters that can be read."""
    return _compiled(sheet, form, "pdf")


def png(sheet: Sheet, form: Form) -> bytes:
    """The same page as a picture, to look at.  Raises Invalid as `pdf` does."""
    return _compiled(sheet, form, "png")


def _compiled(sheet: Sheet, form: Form, file: Literal["pdf", "png"]) -> bytes:
    return compiled(form.value, printed(sheet), sheet.words.published_at, file)


def compiled(
    template: str,
    words: Mapping[str, str | None],
    at: datetime,
    file: Literal["pdf", "png"] = "pdf",
) -> bytes:
    """One of our templates with its words; `at` is the day that the file names.
    Raises Invalid when the words do not fit, or the typeface lacks a letter."""
    try:
        return paper.compiled(FOLDER / f"{template}.typ", words, at, file)
    except paper.TooLong:
        raise Invalid(TOO_LONG) from None
    except paper.NoLetter:
        raise Invalid(NO_LETTER) from None
