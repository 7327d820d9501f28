"""Invented clinic websites, sound and broken, each with the finding it must give."""

import gzip
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from registration.submission import Submission
from tests.registration.site_server import Answer, Pages

NAME = "Alder Dental"
ADDRESS = "12 Elm Street, Salem, OR 97301"
FOOT = (
    "<footer>Alder Dental, 12 Elm Street, Salem, OR 97301, (503) 555-0134 "
    '<a href="/privacy">Privacy Policy</a> <a href="/sms-terms">SMS Terms</a></footer>'
)
HOME = f"<html lang=en><title>Alder Dental</title><h1>Alder Dental</h1><p>We look after your teeth in Salem, and have done so since 1998.</p>{FOOT}"
COLLECTED = (
    "<p>We collect your name, your phone number and the times of your visits.</p>"
)
TEXTS = (
    "<p>We use your mobile number to send text messages that remind you of a visit.</p>"
)
CLAUSE = "<p>Your mobile number and your consent to text messages are not shared with third parties or affiliates.</p>"
OUT = "<p>Reply STOP to opt out at any time. Ask the front desk to have your data deleted.</p>"
POLICY = f"<title>Privacy</title><h1>Privacy Policy of Alder Dental</h1>{COLLECTED}{TEXTS}{CLAUSE}{OUT}{FOOT}"
TERMS = f"""<title>SMS Terms</title><h1>Alder Dental text messages</h1>
<p>We text appointment reminders and confirmations to patients who asked for them.</p>
<p>Message frequency varies. Message and data rates may apply.</p>
<p>Reply HELP for help or call (503) 555-0134. Reply STOP to opt out.</p>
<p>Carriers are not liable for delayed or undelivered messages.</p>{FOOT}"""
BOX = '<label><input type="checkbox" name="care"> I agree to get text messages with appointment reminders from Alder Dental.</label>'
SMALL = """<p>Message frequency varies. Message and data rates may apply. Reply HELP for help, reply STOP to opt out.
Consent is not a condition of receiving care.</p>"""
LINKS = (
    '<p><a href="/privacy">Privacy Policy</a> <a href="/sms-terms">SMS Terms</a></p>'
)


def form(box: str = BOX, small: str = SMALL, links: str = LINKS) -> str:
    return f'<title>Alder Dental</title><h1>Get reminders</h1><form method="post"><label>Mobile phone <input type="tel" name="phone"></label>{box}{small}{links}<button>Join</button></form>{FOOT}'


SITE: dict[str, str] = {
    "/": HOME,
    "/privacy": POLICY,
    "/sms-terms": TERMS,
    "/join": form(),
}


@dataclass(frozen=True)
class Case:
    """`pages` replace those of the sound site; `gives` must be found and nothing else
    that blocks, unless `also` names it."""

    name: str
    gives: str | None
    pages: Pages = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    also: frozenset[str] = frozenset()
    website: str = ""
    policy: str = "/privacy"
    scheme: str = "https"
    sample: str = ""

    @property
    def host(self) -> str:
        return f"{self.name}.example"

    def site(self) -> Mapping[str, object]:
        return {**SITE, **self.pages}

    def submission(self) -> Submission:
        origin = f"{self.scheme}://{self.host}"
        policy = self.policy if "://" in self.policy else f"{origin}{self.policy}"
        return Submission.model_validate(
            {
                "brand": {
                    "legal_name": "Alder Dental PLLC",
                    "dba": NAME,
                    "website": self.website or f"{origin}/",
                    "address": {"street": "12 Elm Street"},
                    "contact": {"email": f"a@{self.host}", "phone": "+15035550134"},
                },
                "campaign": {
                    "message_flow": f"Patients tick the box at {origin}/join.",
                    "samples": [self.sample] if self.sample else [],
                    "privacy_policy_url": policy if self.policy else "",
                    "terms_url": f"{origin}/sms-terms",
                },
                "opt_in_proof": [{"kind": "web", "url": f"{origin}/join"}],
            },
            strict=False,
        )


def _drip(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(60):
        handler.wfile.write(b"<")
        time.sleep(0.2)


def _slow_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(60):
        handler.wfile.write(b"X-%d: y\r\n" % number)
        time.sleep(0.2)


def _endless_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X-More: and more\r\n" * 100)


def _endless_continue(handler):
    while True:
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def _ten_gigabytes(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(10 * 2**30))
    handler.end_headers()
    handler.wfile.write(HOME.encode())
    while True:
        handler.wfile.write(b"<p>and more</p>" * 4096)


def _silent(handler):
    time.sleep(12)


def _half(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b"<h1>Alder")


def _hang_up(handler):
    handler.connection.close()


def to(where: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": where})


def packed(body: bytes, how: str = "gzip") -> Answer:
    return Answer(body, headers={"Content-Encoding": how})


def policy(*parts: str) -> str:
    return f"<title>Privacy</title><h1>Privacy Policy of Alder Dental</h1>{''.join(parts)}{FOOT}"


SHARING = (
    "<p>We may share your information with partners for their own marketing offers.</p>"
)
ENGLISH_ENOUGH = "<h1>Alder Dental</h1><p>We look after your teeth since 1998.</p>"
HARD = "<p>Notwithstanding any antecedent representations communicated heretofore, individually identifiable informational particulars appertaining to beneficiaries, encompassing demographic characteristics, telecommunications identifiers, and administrative documentation, may necessarily be retained, processed, and subsequently reconciled pursuant to organizational, contractual, or jurisdictional obligations continuously applicable to participating institutions, intermediaries, and professional representatives, notwithstanding contemporaneous modifications promulgated unilaterally by governmental authorities.</p>"
NOISE = bytes(range(128, 256)) * 20
NESTED = "<div>" * 150_000
TANGLED = "<a " + " ".join(f"x{number}=1" for number in range(60_000)) + ">x"
SPANISH = {
    "/": '<html lang=es><title>Alder Dental</title><h1>Alder Dental</h1><p>Cuidamos sus dientes en Salem desde 1998.</p><footer>12 Elm Street (503) 555-0134 <a href="/privacy">Política de privacidad</a> <a href="/sms-terms">Términos</a></footer>',
    "/privacy": "<h1>Privacidad</h1><p>Recopilamos su nombre y su número de teléfono. Usamos su número para enviar mensajes de texto con recordatorios de citas.</p><p>No compartimos su número de móvil ni su consentimiento con terceros.</p><p>Responda STOP para darse de baja. Puede pedir que eliminemos sus datos.</p>",
    "/sms-terms": '<h1>Alder Dental</h1><p>Enviamos mensajes de texto con recordatorios de citas. La frecuencia de los mensajes varía. Pueden aplicarse tarifas de mensajes y datos. Responda AYUDA para ayuda, (503) 555-0134. Responda STOP para darse de baja. Los operadores no son responsables de los retrasos.</p><a href="/privacy">Política de privacidad</a>',
    "/join": '<title>Alder Dental</title><form><label>Teléfono celular <input type=tel name=phone></label><label><input type=checkbox> Acepto recibir mensajes de texto con recordatorios de citas de Alder Dental.</label><p>La frecuencia varía. Pueden aplicarse tarifas de mensajes y datos. Responda AYUDA para ayuda. Responda STOP para darse de baja. El consentimiento no es una condición para recibir atención.</p><a href="/privacy">Privacidad</a> <a href="/sms-terms">Términos</a></form>',
}
UNPACKED = gzip.compress(HOME.encode())
