"""The form that patients sign at the desk, as PDF: the published words in full, a box
for each kind of text, name, phone, signature and date.

The same words give the same bytes; nothing is ticked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clinics.models import Language
from consent.models import Topic
from gateway.cards import compiled
from gateway.opt_in_place import Words
from gateway.opt_in_words import BOXES
from kernel.visible import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperForm:
    clinic: str
    topics: Sequence[Topic]  # that get a box
    words: Words


SAID: Mapping[Language, Mapping[str, str]] = {
    Language.en: {
        "title": "Text messages from {clinic}",
        "name": "Patient’s name",
        "mobile": "Mobile phone number",
        "tick": "Tick each kind of text that you want:",
        "agree": "What you agree to when you sign",
        "signature": "Signature",
        "date": "Date",
        "guardian": "If a parent or guardian signs for the patient",
        "guardian_name": "Their name",
        "relation": "Who they are to the patient",
        "wording": "Wording: {kind} {language} version {version}, {sha256}",
    },
    Language.es: {
        "title": "Mensajes de texto de {clinic}",
        "name": "Nombre del paciente",
        "mobile": "Número de teléfono móvil",
        "tick": "Marque cada tipo de mensaje que desea:",
        "agree": "Lo que usted acepta al firmar",
        "signature": "Firma",
        "date": "Fecha",
        "guardian": "Si firma un padre, una madre o un tutor",
        "guardian_name": "Su nombre",
        "relation": "Qué es del paciente",
        "wording": "Texto: {kind} {language} versión {version}, {sha256}",
    },
}


def printed(form: PaperForm) -> dict[str, str | None]:
    """Every word on the paper, ready for the template."""
    language = form.words.language
    names = {
        "clinic": visible(form.clinic),
        "kind": form.words.kind,
        "language": language.value,
        "version": str(form.words.version),
        "sha256": form.words.sha256[:16],
    }
    said = {key: text.format(**names) for key, text in SAID[language].items()}
    return {
        **said,
        "language": language.value,
        "clinic": visible(form.clinic),
        "boxes": "\n".join(BOXES[language][topic] for topic in form.topics),
        "words": visible(form.words.text, newlines=True),
    }


def pdf(form: PaperForm) -> bytes:
    """One Letter page.  Raises Invalid when the words do not fit in letters that can
    be read, or the typeface lacks one of them."""
    return compiled("paper_form", printed(form), form.words.published_at)


def png(form: PaperForm) -> bytes:
    """The same page as a picture, to look at.  Raises Invalid as `pdf` does."""
    return compiled("paper_form", printed(form), form.words.published_at, "png")
