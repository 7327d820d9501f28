"""A little web of invented clinics on this machine: each site answers by its host's
name, over http and https, as well or as badly as it is told."""

import ipaddress
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kernel.fetch import Internet

PUBLIC = "93.184.216.34"  # where every name leads that is not said otherwise


@dataclass(frozen=True)
class Answer:
    body: bytes | str = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Behaviour = Answer | Callable[[BaseHTTPRequestHandler], None]
Pages = Mapping[str, Behaviour | str]  # by path; `http:/path` for one scheme only


@dataclass
class LittleWeb:
    sites: dict[str, Pages]
    ports: dict[int, int]  # 80 and 443, and where they really are
    certificate: Path
    addresses: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)

    def internet(self) -> Internet:
        return Internet(resolve=self.resolve, dial=self.dial, trust=self.trust)

    def resolve(self, host: str, port: int, seconds: float) -> list[str]:
        self.resolved.append(host)
        with suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        if host not in self.sites and host not in self.addresses:
            raise socket.gaierror(f"no {host} here")
        return self.addresses.get(host, [PUBLIC])

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append(address)
        return socket.create_connection(("127.0.0.1", self.ports[port]), seconds)

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


@contextmanager
def little_web(sites: dict[str, Pages], folder: Path) -> Iterator[LittleWeb]:
    certified = [name for name in sites if not name.startswith("wrong-")]
    certificate, keys = _certificate(certified, folder)
    web = LittleWeb(sites, {}, certificate)
    servers = [_serve(web, "http", None), _serve(web, "https", keys)]
    web.ports = {
        80: servers[0].server_address[1],
        443: servers[1].server_address[1],
    }
    try:
        yield web
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _serve(web: LittleWeb, scheme: str, keys: Path | None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers.get("Host", "")
            web.asked.append(f"{scheme}://{host}{self.path}")
            pages = web.sites.get(host, {})
            path = self.path.partition("?")[0]
            given = pages.get(f"{scheme}:{path}", pages.get(path))
            given = given if given is not None else Answer("not here", 404)
            answer = Answer(given) if isinstance(given, str) else given
            with suppress(OSError):
                if isinstance(answer, Answer):
                    _answer(self, answer)
                else:
                    answer(self)
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request, client_address):
            with suppress(OSError):  # a visitor that hangs up is no mistake
                request.settimeout(20)
                if context is None:
                    super().finish_request(request, client_address)
                    return
                with context.wrap_socket(request, server_side=True) as secure:
                    super().finish_request(secure, client_address)

        def shutdown_request(self, request):
            with suppress(OSError):
                super().shutdown_request(request)

    context = None
    if keys is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(keys)
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def _answer(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    handler.send_response(answer.status)
    given = {"Content-Type": answer.kind, "Content-Length": str(len(body))}
    for name, value in {**given, **answer.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _certificate(names: list[str], folder: Path) -> tuple[Path, Path]:
    """One that speaks for all sites but those that begin with `wrong-`."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "little web")])
    begins = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    public = folder / "certificate.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = folder / "both.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + public.read_bytes()
    )
    return public, private


def spaces_packed(begin: bytes, megabytes: int) -> bytes:
    """A gzip file of `begin` and so much space, in a thousandth of it.

    A megabyte after a full flush looks like every other, so it is packed once; the sum
    at the end is wrong, but nobody may ever get there.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(begin) + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + one * megabytes + packer.flush()
