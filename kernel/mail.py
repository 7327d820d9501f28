"""One plain mail to one person, through the server that SMTP_URL names.

Never called inside a transaction: a slow mail server would hold up a STOP.  What went
wrong is a value with a sentence; nothing of a mail is logged.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from kernel.settings import Settings

TIME_OUT_SECONDS = 10.0
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class NotSent:
    """Why a mail did not leave, for the person who waits for it."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    host: str
    port: int
    tls_from_the_start: bool
    user: str
    password: str

    @property
    def on_this_machine(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_server(url: str) -> Server | None:
    """`smtp://USER:PASSWORD@HOST:587` or `smtps://…`; None for anything else.  Signs
    such as `@` or `#` in a password are written as %40 and %23."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    more = parts.query or parts.fragment or parts.path not in {"", "/"}
    half = (parts.username is None) != (parts.password is None)
    if parts.scheme not in PORTS or not host or port == 0 or more or half:
        return None
    given = tuple(unquote(part or "") for part in (parts.username, parts.password))
    if not f"{host}{''.join(given)}".isprintable() or " " in host:
        return None
    return Server(
        host=host,
        port=port or PORTS[parts.scheme],
        tls_from_the_start=parts.scheme == "smtps",
        user=given[0],
        password=given[1],
    )


def read_sender(text: str) -> Address | None:
    """`heed@clinic.com` or `Heed <heed@clinic.com>`."""
    name, address = parseaddr(text)
    if not text.isprintable() or address.count("@") != 1:
        return None
    try:
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError):
        return None


def send(settings: "Settings", to: str, subject: str, body: str) -> NotSent | None:
    """None when the server took it."""
    server = read_server(settings.smtp_url.get_secret_value())
    sender = read_sender(settings.mail_from)
    if server is None or sender is None:
        return NotSent("No mail server is set up.")
    ours = urlsplit(settings.public_base_url).hostname or "localhost"
    message = _message(sender, to, subject, body, ours)
    if message is None:
        return NotSent("This e-mail address cannot be written to.")
    try:
        with _session(server, ours) as talking:
            talking.send_message(message)
    except (OSError, smtplib.SMTPException, UnicodeError) as mistake:
        return NotSent(_sentence(mistake))
    return None


def _message(
    sender: Address, to: str, subject: str, body: str, ours: str
) -> EmailMessage | None:
    """Headers are one line each, whatever was given: nobody adds one of their own."""
    message = EmailMessage()
    try:
        message["From"] = sender
        message["To"] = Address(addr_spec=to)
    except (ValueError, IndexError):  # the library's own, for what is no address
        return None
    message["Subject"] = " ".join(subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=ours)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


@contextmanager
def _session(server: Server, ours: str) -> Iterator[smtplib.SMTP]:
    """A conversation that nobody can listen to, or none at all: a mail carries a link
    that sets a password.  Only a server on this machine may do without TLS."""
    trusted = ssl.create_default_context()
    if server.tls_from_the_start:
        talking: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, ours, timeout=TIME_OUT_SECONDS, context=trusted
        )
    else:
        talking = smtplib.SMTP(server.host, server.port, ours, timeout=TIME_OUT_SECONDS)
    with talking:
        talking.ehlo_or_helo_if_needed()
        if not server.tls_from_the_start and (
            talking.has_extn("starttls") or not server.on_this_machine
        ):
            talking.starttls(context=trusted)
        if server.user:
            talking.login(server.user, server.password)
        yield talking


def _sentence(mistake: Exception) -> str:
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (smtplib.SMTPAuthenticationError, "The mail server refused our sign-in."),
        (smtplib.SMTPRecipientsRefused, "The mail server refused this e-mail address."),
        (smtplib.SMTPSenderRefused, "The mail server refused the address MAIL_FROM."),
        (smtplib.SMTPNotSupportedError, "The mail server offers no safe connection."),
        (ssl.SSLError, "The mail server could not prove who it is."),
        (TimeoutError, "The mail server did not answer in time."),
        (smtplib.SMTPServerDisconnected, "The mail server hung up, or is too slow."),
        (smtplib.SMTPException, "The mail server did not take the mail."),
    )
    found = [sentence for kind, sentence in kinds if isinstance(mistake, kind)]
    return found[0] if found else "The mail server could not be reached."
