"""The letter of authorization in our own words, and what its page says around it.

The letter is signed in English, because that is what phone companies read; the page
explains it in Spanish as well.
"""

from collections.abc import Mapping
from datetime import datetime

from clinics.models import Language
from kernel.clock import local_time, local_time_es

# Signed as it stands here; the hash of the letter's words goes into the record.
LETTER: Mapping[str, str] = {
    "title": "Letter of authorization to host text messages",
    "company": "Company, as on the phone bill",
    "address": "Service address",
    "numbers": "Telephone number",
    "provider": "Company that carries the calls",
    "body": "{company} is the customer of record of the telephone number {number}, or is "
    "authorized by that customer to decide about it. {company} authorizes {clinic}'s "
    "messaging provider, and the companies that it works through, to host the text "
    "messages (SMS and MMS) of this number and to have their route changed for it.",
    "calls": "The number is not ported. Calls, the phone bill and the contract with "
    "{provider} stay as they are.",
    "one": "A number's texts are on one platform at a time. Once they are hosted, texting "
    "by any other service on this number ends. {company} has told that service, or "
    "will.",
    "revoke": "This authorization holds until {company} takes it back in writing.",
    "signer": "Name",
    "signer_title": "Title",
    "signature": "Signature",
    "date": "Date",
    "by_link": "Signed electronically by typing the name above and agreeing to sign, on "
    "{moment}.",
    "words": "Words of this letter: {sha256}",
}

SAID: Mapping[Language, Mapping[str, str]] = {
    Language.en: {
        "title": "Sign the letter for your office number",
        "lead": "{clinic} wants to text its patients from {number}. Its calls stay where "
        "they are: only the texts are hosted elsewhere. For that, somebody who may "
        "decide about this number signs a letter.",
        "letter": "The letter",
        "in_english": "",
        "sign": "Sign it",
        "name": "Your full name, as your signature",
        "name_hint": "The letter was written for {signer}.",
        "title_field": "Your title",
        "agree": "I may decide about this number, and I sign this letter by typing my "
        "name.",
        "button": "Sign the letter",
        "until": "This link works until {until}, and once.",
        "wrong_name": "Type your full name, first and last, as your signature.",
        "wrong_title": "Write your title, such as owner or office manager.",
        "wrong_agree": "Tick the box: without it the letter is not signed.",
        "done_title": "Thank you. The letter is signed.",
        "done": "{clinic} has it now, with your name and today's date. You can close this "
        "page.",
        "gone_title": "This link does not open a letter",
        "gone": "It was used, it is too old, or the letter was written anew. Ask the "
        "clinic for a new link.",
        "many_title": "Too many tries",
        "many": "Somebody tried this link too often. Wait an hour and try again.",
        "changed": "The letter was changed while you read it. Ask for a new link.",
    },
    Language.es: {
        "title": "Firme la carta del número de su consultorio",
        "lead": "{clinic} quiere enviar mensajes de texto a sus pacientes desde {number}. "
        "Las llamadas siguen donde están: solo cambian los mensajes de texto. Para eso, "
        "una persona que pueda decidir sobre este número firma una carta.",
        "letter": "La carta",
        "in_english": "La carta se firma en inglés, porque así la leen las compañías "
        "telefónicas. Dice: la empresa autoriza a que otra compañía maneje los mensajes "
        "de texto de este número; las llamadas y el contrato telefónico no cambian; "
        "cualquier otro servicio de mensajes en este número termina; la autorización "
        "vale hasta que se retire por escrito.",
        "sign": "Fírmela",
        "name": "Su nombre completo, como firma",
        "name_hint": "La carta se escribió para {signer}.",
        "title_field": "Su cargo",
        "agree": "Puedo decidir sobre este número y firmo esta carta al escribir mi "
        "nombre.",
        "button": "Firmar la carta",
        "until": "Este enlace funciona hasta el {until}, y una sola vez.",
        "wrong_name": "Escriba su nombre completo, con apellido, como firma.",
        "wrong_title": "Escriba su cargo, por ejemplo dueña o gerente.",
        "wrong_agree": "Marque la casilla: sin ella la carta no queda firmada.",
        "done_title": "Gracias. La carta está firmada.",
        "done": "{clinic} ya la tiene, con su nombre y la fecha de hoy. Puede cerrar esta "
        "página.",
        "gone_title": "Este enlace no abre ninguna carta",
        "gone": "Ya se usó, es demasiado viejo o la carta se escribió de nuevo. Pida un "
        "enlace nuevo al consultorio.",
        "many_title": "Demasiados intentos",
        "many": "Alguien probó este enlace demasiadas veces. Espere una hora y pruebe de "
        "nuevo.",
        "changed": "La carta cambió mientras usted la leía. Pida un enlace nuevo.",
    },
}


def until_words(at: datetime, time_zone: str, language: Language) -> str:
    """The end of a link, as the reader says it."""
    english = language is Language.en
    return local_time(at, time_zone) if english else local_time_es(at, time_zone)
