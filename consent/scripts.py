"""Words to start from for a form that is signed and a script that is read aloud.

Proposals only: what is in use is what the clinic's admin published (`disclosures`).
"""

from dataclasses import dataclass

PAPER, VERBAL = "paper", "verbal"
NAMES = {PAPER: "form to sign", VERBAL: "script to read aloud"}
LANGUAGES = {"en": "English", "es": "Spanish"}


@dataclass(frozen=True, slots=True)
class Clinic:
    name: str
    phone: str  # as people read it


PROPOSED = {
    (
        PAPER,
        "en",
    ): "I agree that {name} may text me about my appointments at the number "
    "above. Message frequency varies. Message and data rates may apply. I can reply "
    "STOP at any time to end the texts, or HELP for help. My care does not depend on "
    "it. Questions: {phone}.",
    (PAPER, "es"): "Acepto que {name} me envíe mensajes de texto sobre mis citas al "
    "número de arriba. La frecuencia varía. Pueden aplicarse tarifas de mensajes y "
    "datos. Puedo responder STOP en cualquier momento para no recibir más, o HELP para "
    "pedir ayuda. Mi atención no depende de esto. Preguntas: {phone}.",
    (VERBAL, "en"): "May {name} text you about your appointments at this number? How "
    "often depends on your visits. Message and data rates may apply. You can reply STOP "
    "at any time to end the texts, or HELP for help. Your care does not depend on it. "
    "Do you agree?",
    (VERBAL, "es"): "¿Puede {name} enviarle mensajes de texto sobre sus citas a este "
    "número? La frecuencia depende de sus visitas. Pueden aplicarse tarifas de mensajes "
    "y datos. Puede responder STOP en cualquier momento para no recibir más, o HELP "
    "para pedir ayuda. Su atención no depende de esto. ¿Está de acuerdo?",
}


def proposed(kind: str, language: str, clinic: Clinic) -> str:
    return PROPOSED[kind, language].format(name=clinic.name, phone=clinic.phone)
