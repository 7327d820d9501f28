"""A mail server on loopback that keeps what it is given, and can misbehave."""

import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    port: int = 0
    refuse: dict[str, str] = field(default_factory=dict)  # a command, the answer
    tls: ssl.SSLContext | None = None
    silent: bool = False
    said: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    ciphered: list[bool] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def wait_for(self, count: int = 1, seconds: float = 30) -> list[EmailMessage]:
        end = time.monotonic() + seconds
        while len(self.mails) < count and time.monotonic() < end:
            time.sleep(0.02)
        return self.mails


@contextlib.contextmanager
def mailbox(**settings: object) -> Iterator[Mailbox]:
    box = Mailbox(**settings)  # type: ignore[arg-type]

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                _talk(self, box)
            self.connection.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Talk) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()


def _talk(talk: socketserver.StreamRequestHandler, box: Mailbox) -> None:
    if box.silent:
        time.sleep(1.5)
        return
    stream, ciphered = talk.rfile, False

    def say(line: str) -> None:
        talk.connection.sendall(f"{line}\r\n".encode())

    say("220 ready")
    while line := stream.readline().decode("latin-1").rstrip("\r\n"):
        box.said.append(line)
        word = line.split()[0].upper()
        if word in box.refuse:
            say(box.refuse[word])
        elif word == "EHLO":
            offers = ["250-here", "250-AUTH PLAIN LOGIN", "250 8BITMIME"]
            say("\r\n".join(offers[:1] + ["250-STARTTLS"] * bool(box.tls) + offers[1:]))
        elif word == "STARTTLS" and box.tls:
            say("220 go")
            talk.connection = box.tls.wrap_socket(
                talk.connection, server_side=True, do_handshake_on_connect=False
            )
            talk.connection.do_handshake()
            stream, ciphered = talk.connection.makefile("rb"), True
        elif word == "DATA":
            say("354 go on")
            raw = b""
            while (part := stream.readline()) not in {b".\r\n", b""}:
                raw += part
            raw = raw.replace(b"\r\n", b"\n")
            box.mails.append(message_from_bytes(raw, policy=policy.default))
            box.ciphered.append(ciphered)
            say("250 kept")
        elif word == "QUIT":
            say("221 bye")
            return
        else:
            say("235 fine" if word == "AUTH" else "250 fine")
