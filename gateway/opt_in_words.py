"""The words of the public sign-up pages, in English and Spanish.

Words only.  What people agree to is not here: that is the published disclosure.
"""

from collections.abc import Mapping, Sequence

from clinics.models import Language
from consent.models import Topic
from gateway.opt_in import LONGEST_NAME, Problem
from kernel import phone as phones

NAMES = {Language.en: "English", Language.es: "Español"}

# As a text message says them: in Spanish without the accents that double its price.
IN_A_TEXT: Mapping[Language, Mapping[Topic, str]] = {
    Language.en: {
        Topic.care: "your appointments",
        Topic.reviews: "requests to review your visit",
        Topic.marketing: "news and offers",
    },
    Language.es: {
        Topic.care: "sus citas",
        Topic.reviews: "opiniones sobre su visita",
        Topic.marketing: "novedades y ofertas",
    },
}
AND = {Language.en: " and ", Language.es: " y "}

BOXES: Mapping[Language, Mapping[Topic, str]] = {
    Language.en: {
        Topic.care: "My appointments: reminders and messages about my visits",
        Topic.reviews: "Requests to review my visit",
        Topic.marketing: "News and offers",
    },
    Language.es: {
        Topic.care: "Mis citas: recordatorios y mensajes sobre mis visitas",
        Topic.reviews: "Solicitudes de opinión sobre mi visita",
        Topic.marketing: "Novedades y ofertas",
    },
}

SAID: Mapping[Language, Mapping[str, str]] = {
    Language.en: {
        "title": "Get texts from {clinic}",
        "lead": "Two steps: fill in this form, then reply YES to the text that we "
        "send to your phone.",
        "phone": "Mobile phone number",
        "phone_hint": "US or Canadian, with the area code",
        "name": "Your name",
        "optional": "optional",
        "boxes": "I agree to get text messages (SMS) from {clinic} about:",
        "words": "What you agree to",
        "signature": "Sending this form and replying YES is your signature. To sign "
        "on paper instead, ask at the desk or call {phone}.",
        "send": "Send me the text to confirm",
        "privacy": "Privacy of your number",
        "terms": "Text message terms",
        "changed": "The words that you agree to have changed since you opened this "
        "page. Nothing was sent. Please read them again and send the form once more.",
        "mend": "Nothing was sent yet. Please look at what is marked below.",
        "next_title": "One more step",
        "next": "Reply YES to the text from {number} to finish. It comes within a few "
        "minutes. Without your YES you get no other texts.",
        "next_stopped": "If you stopped texts from {clinic} before, we may not text "
        "you first: text START to {number} from your phone.",
        "next_nothing": "No text? A phone can ask once a day, and one that gets our "
        "texts already needs no other. You can text START to {number} at any time, or "
        "call {phone}.",
        "closed_title": "Signing up for texts is not open",
        "closed": "{clinic} does not take sign-ups for texts here yet. Please call "
        "{phone}.",
        "many_title": "Too many sign-ups from here",
        "many": "Nothing was sent: too many forms came from this connection, or to "
        "{clinic}, in a short time. Please try again later, or text START to {number} "
        "from your phone now.",
        "back": "Back to the form",
        Problem.no_topic: "Tick what you want texts about.",
        Problem.name_too_long: "This name is too long. Use at most "
        f"{LONGEST_NAME} letters.",
    },
    Language.es: {
        "title": "Reciba mensajes de texto de {clinic}",
        "lead": "Son dos pasos: llene este formulario y luego responda YES al mensaje "
        "que enviaremos a su teléfono.",
        "phone": "Número de teléfono móvil",
        "phone_hint": "De Estados Unidos o Canadá, con el código de área",
        "name": "Su nombre",
        "optional": "opcional",
        "boxes": "Acepto recibir mensajes de texto (SMS) de {clinic} sobre:",
        "words": "Lo que usted acepta",
        "signature": "Al enviar este formulario y responder YES, usted firma. Si "
        "prefiere firmar en papel, pídalo en la recepción o llame al {phone}.",
        "send": "Envíenme el mensaje para confirmar",
        "privacy": "Privacidad de su número",
        "terms": "Condiciones de los mensajes",
        "changed": "El texto que usted acepta cambió después de que abrió esta página. "
        "No se envió nada. Léalo de nuevo y vuelva a enviar el formulario.",
        "mend": "Todavía no se envió nada. Revise lo que está marcado abajo.",
        "next_title": "Falta un paso",
        "next": "Responda YES al mensaje del {number} para terminar. Le llegará en unos "
        "minutos. Sin su YES no recibirá ningún otro mensaje.",
        "next_stopped": "Si antes canceló los mensajes de {clinic}, no podemos "
        "escribirle primero: envíe START al {number} desde su teléfono.",
        "next_nothing": "¿No le llegó? Cada teléfono puede pedirlo una vez al día, y si "
        "ya recibe nuestros mensajes no hace falta otro. Puede enviar START al "
        "{number} en cualquier momento o llamar al {phone}.",
        "closed_title": "La inscripción no está abierta",
        "closed": "{clinic} todavía no acepta inscripciones para mensajes de texto en "
        "esta página. Llame al {phone}.",
        "many_title": "Demasiadas solicitudes",
        "many": "No se envió nada: llegaron demasiados formularios desde esta conexión "
        "o a {clinic} en poco tiempo. Inténtelo más tarde, o envíe START al {number} "
        "desde su teléfono ahora.",
        "back": "Volver al formulario",
        Problem.no_topic: "Marque sobre qué desea recibir mensajes.",
        Problem.name_too_long: "Este nombre es demasiado largo. Use como máximo "
        f"{LONGEST_NAME} letras.",
        phones.EMPTY: "Falta el número de teléfono.",
        phones.NO_NUMBER: "Esto no es un número de teléfono. Escriba diez dígitos, por "
        "ejemplo (415) 555-0134.",
        phones.TOO_SHORT: "A este número le faltan dígitos. Un número de Estados "
        "Unidos tiene diez, con el código de área.",
        phones.TOO_LONG: "Este número tiene demasiados dígitos. Un número de Estados "
        "Unidos tiene diez, con el código de área.",
        phones.SHORT_CODE: "Cinco o seis dígitos son un código corto, como los que usan los "
        "bancos y las aerolíneas. Escriba los diez dígitos de su número.",
        phones.EXTENSION: "Este número tiene una extensión. Escriba un número móvil "
        "sin extensión.",
        phones.ABROAD: "Este número no es de Estados Unidos ni de Canadá. Nuestros "
        "mensajes no llegan allí.",
        phones.NOBODY: "Ningún teléfono puede tener este número. Revise el código de "
        "área y los dígitos.",
    },
}


def said(key: str, language: Language) -> str:
    """A sentence in her language, its names still open; what is no key of ours is a
    refusal of `kernel.phone`, which is its own English."""
    return SAID[language].get(key, key)


def listed(topics: Sequence[Topic], language: Language) -> str:
    """`your appointments, requests to review your visit and news and offers`."""
    names = [IN_A_TEXT[language][topic] for topic in topics]
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + AND[language] + names[-1]
