"""The words of a patient's own page, in English and Spanish.  Words only; what they
agreed to is the published wording, which stands there as it was."""

from collections.abc import Mapping
from datetime import datetime

from markupsafe import Markup

from clinics.models import Language
from consent.models import EventKind, Topic
from consent.receipt import Record
from consent.standing import Word
from kernel.clock import local_time, local_time_es, rfc3339

EN, ES = Language.en, Language.es

TOPICS: Mapping[Language, Mapping[Topic, str]] = {
    EN: {
        Topic.care: "Appointments",
        Topic.reviews: "Requests to review a visit",
        Topic.marketing: "News and offers",
    },
    ES: {
        Topic.care: "Citas",
        Topic.reviews: "Solicitudes de opinión sobre una visita",
        Topic.marketing: "Novedades y ofertas",
    },
}
WORDS: Mapping[Language, Mapping[Word, str]] = {
    EN: {
        Word.opted_in: "On",
        Word.opted_out: "Stopped",
        Word.pending: "Waiting for your YES by text",
        Word.none: "Off: nobody has agreed to them",
    },
    ES: {
        Word.opted_in: "Activados",
        Word.opted_out: "Cancelados",
        Word.pending: "A la espera de su YES por mensaje",
        Word.none: "Desactivados: nadie los ha aceptado",
    },
}
# By the method of the record, else by its kind.
HOW: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "text message": "by text from this phone",
        "web form, confirmed by text": "on the web form, confirmed by text",
        "web form": "on the web form",
        "signed form": "on a form signed at the clinic",
        "said yes to staff": "aloud, to staff of the clinic",
        "told to staff": "told to staff of the clinic",
        "decided by staff": "staff read it in your text",
        "number changed": "the clinic has another number for this patient",
        "web preference page": "on this page",
        EventKind.asserted_by_import.value: "the clinic's own list says so",
        EventKind.vendor_block.value: "by STOP, which the phone company keeps",
        "vendor error": "by STOP, which the phone company keeps",
    },
    ES: {
        "text message": "por mensaje desde este teléfono",
        "web form, confirmed by text": "en el formulario web, confirmado por mensaje",
        "web form": "en el formulario web",
        "signed form": "en un formulario firmado en el consultorio",
        "said yes to staff": "de palabra, al personal del consultorio",
        "told to staff": "dicho al personal del consultorio",
        "decided by staff": "el personal lo leyó en su mensaje",
        "number changed": "el consultorio tiene otro número de este paciente",
        "web preference page": "en esta página",
        EventKind.asserted_by_import.value: "según la lista del consultorio",
        EventKind.vendor_block.value: "con STOP, guardado por la compañía telefónica",
        "vendor error": "con STOP, guardado por la compañía telefónica",
    },
}
OTHERWISE = {EN: "recorded by the clinic", ES: "registrado por el consultorio"}

SAID: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "title": "Your texts from {clinic}",
        "lead": "For the phone number that ends in {ends_in}.",
        "since": "since",
        "held": "A person at {clinic} has to read your last text first. Until then "
        "nothing is sent to you.",
        "stop": "Stop all texts from {clinic}",
        "stop_hint": "It counts at once, for every kind of text to this number. Your care "
        "does not depend on it.",
        "stopped": "Texts are stopped. {clinic} sends nothing more to this number.",
        "start": "To get texts again, text START from this phone to {number}.",
        "start_link": "Write START to {number}",
        "start_call": "To get texts again, call {phone}.",
        "receipt_link": "What you agreed to, word for word",
        "receipt": "What you agreed to",
        "receipt_lead": "Your own receipt: what {clinic} has on record for the phone "
        "number that ends in {ends_in}.",
        "agreed": "You agreed:",
        "wording": "The words you agreed to",
        "no_wording": "The clinic did not keep which words you were shown.",
        "nothing": "Nothing is on record that you agreed to. To get texts, text START "
        "from this phone.",
        "record": "Record {seq}, SHA-256 {hash}",
        "sha": "SHA-256 of these words: {hash}",
        "download": "Save this receipt",
        "download_hint": "A small file, signed, so that anybody can see that it was not "
        "changed.",
        "out": "How to stop",
        "out_text": "Reply STOP to any text, use the button on your page, call {phone}, or "
        "say so at the desk.",
        "help": "Help",
        "help_text": "Reply HELP to any text, or call {phone}. Texts are not watched "
        "around the clock: in an emergency call 911.",
        "erase": "Delete my data",
        "erase_hint": "A person at {clinic} calls you about it within 30 days. Your STOP is "
        "kept, so that nobody texts you again, and the proof that you agreed as long as "
        "the law requires.",
        "erase_button": "Ask the clinic to delete my data",
        "erase_asked": "You asked for this on {asked}. A person at {clinic} calls you "
        "about it within 30 days. Questions: {phone}.",
        "back": "Back to your texts",
        "gone_title": "This link has ended",
        "gone": "To stop texts from {clinic}, reply STOP to any of them, or text STOP to "
        "{number}. For anything else, call {phone}.",
        "gone_call": "To stop texts from {clinic}, reply STOP to any of them. For anything "
        "else, call {phone}.",
        "gone_why": "For your privacy a link works for 30 days, and a newer one from the "
        "desk ends it. Nothing was changed.",
        "unknown_title": "This link does not work",
        "unknown": "To stop texts, reply STOP to any of them. For anything else, call the "
        "clinic that sends them.",
        "unknown_why": "Part of the address may be missing. Open the link again from the "
        "text that you got. Nothing was changed.",
        "many_title": "Too many links that do not work",
        "many": "Please try again in an hour. To stop texts now, reply STOP to any of "
        "them, or call the clinic that sends them.",
    },
    ES: {
        "title": "Sus mensajes de {clinic}",
        "lead": "Para el número de teléfono que termina en {ends_in}.",
        "since": "desde el",
        "held": "Una persona de {clinic} debe leer primero su último mensaje. Hasta "
        "entonces no se le envía nada.",
        "stop": "Cancelar todos los mensajes de {clinic}",
        "stop_hint": "Vale de inmediato, para todo tipo de mensaje a este número. Su "
        "atención médica no depende de ello.",
        "stopped": "Los mensajes están cancelados. {clinic} no envía nada más a este "
        "número.",
        "start": "Para recibirlos de nuevo, envíe START desde este teléfono al {number}.",
        "start_link": "Escribir START al {number}",
        "start_call": "Para recibirlos de nuevo, llame al {phone}.",
        "receipt_link": "Lo que usted aceptó, palabra por palabra",
        "receipt": "Lo que usted aceptó",
        "receipt_lead": "Su propio comprobante: lo que {clinic} tiene registrado para el "
        "número de teléfono que termina en {ends_in}.",
        "agreed": "Usted aceptó:",
        "wording": "El texto que aceptó",
        "no_wording": "El consultorio no guardó qué texto se le mostró.",
        "nothing": "No hay registro de que usted haya aceptado. Para recibir mensajes, "
        "envíe START desde este teléfono.",
        "record": "Registro {seq}, SHA-256 {hash}",
        "sha": "SHA-256 de este texto: {hash}",
        "download": "Guardar este comprobante",
        "download_hint": "Un archivo pequeño y firmado, para que cualquiera vea que no se "
        "cambió.",
        "out": "Cómo cancelar",
        "out_text": "Responda STOP a cualquier mensaje, use el botón de su página, llame "
        "al {phone} o dígalo en la recepción.",
        "help": "Ayuda",
        "help_text": "Responda HELP a cualquier mensaje o llame al {phone}. Los mensajes "
        "no se atienden en el momento: en una emergencia llame al 911.",
        "erase": "Borrar mis datos",
        "erase_hint": "Una persona de {clinic} le llamará en un plazo de 30 días. Su STOP "
        "se conserva, para que nadie le escriba de nuevo, y la constancia de que aceptó, "
        "el tiempo que la ley exige.",
        "erase_button": "Pedir al consultorio que borre mis datos",
        "erase_asked": "Usted lo pidió el {asked}. Una persona de {clinic} le llamará en "
        "un plazo de 30 días. ¿Preguntas? Llame al {phone}.",
        "back": "Volver a sus mensajes",
        "gone_title": "Este enlace ya no funciona",
        "gone": "Para cancelar los mensajes de {clinic}, responda STOP a cualquiera de "
        "ellos o envíe STOP al {number}. Para todo lo demás, llame al {phone}.",
        "gone_call": "Para cancelar los mensajes de {clinic}, responda STOP a cualquiera "
        "de ellos. Para todo lo demás, llame al {phone}.",
        "gone_why": "Por su privacidad, cada enlace funciona 30 días, y uno más nuevo de la "
        "recepción lo termina. No se cambió nada.",
        "unknown_title": "Este enlace no funciona",
        "unknown": "Para cancelar los mensajes, responda STOP a cualquiera de ellos. Para "
        "todo lo demás, llame al consultorio que los envía.",
        "unknown_why": "Puede faltar una parte de la dirección. Abra otra vez el enlace "
        "desde el mensaje que recibió. No se cambió nada.",
        "many_title": "Demasiados enlaces que no funcionan",
        "many": "Inténtelo de nuevo en una hora. Para cancelar los mensajes ahora, responda "
        "STOP a cualquiera de ellos o llame al consultorio que los envía.",
    },
}


def how(record: Record, language: Language) -> str:
    known = HOW[language]
    by_kind = known.get(record.kind, OTHERWISE[language])
    return known.get(record.method, by_kind)


def when(at: datetime, zone: str, language: Language) -> Markup:
    """`Mon, Nov 30, 2026, 10:00 AM PST`, `30 de noviembre de 2026, 10:00 AM PST`."""
    text = local_time_es(at, zone) if language is ES else local_time(at, zone)
    return Markup('<time datetime="{}">{}</time>').format(rfc3339(at), text)
