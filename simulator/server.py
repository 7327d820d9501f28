"""A small threaded HTTP/1.1 server for one WSGI app on the loopback.

One thread a connection, which stays open, so that hundreds of slow calls can wait
at once; and an answer can be cut after so many bytes, which no ready-made server
offers.  Not for the open internet.
"""

import socket
import socketserver
import sys
from collections.abc import Iterable
from email.utils import formatdate
from io import BufferedIOBase, BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

CUT = "simulator.cut_after"  # in the environ: send so many bytes, then hang up
LONGEST_LINE = 65536
LONGEST_BODY = 4 * 1024 * 1024
Environ = dict[str, Any]


class BadRequest(Exception):
    """The request is not HTTP/1.1 as this server speaks it."""


class Server(socketserver.ThreadingTCPServer):
    """Serves `app` until `shutdown()`; port 0 takes a free one."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, host: str, port: int, app: Any) -> None:
        self.app = app
        super().__init__((host, port), Handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Peers that hang up are part of the tests; anything else is printed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(socketserver.StreamRequestHandler):
    """One connection, request after request."""

    disable_nagle_algorithm = True
    server: Server

    def handle(self) -> None:
        while True:
            try:
                environ = read_request(self.rfile, self.connection)
            except BadRequest as error:
                self._send(b"400 Bad Request", [], str(error).encode(), close=True)
                return
            if environ is None:
                return
            host, port = self.server.server_address[:2]
            environ |= {
                "SERVER_NAME": str(host),
                "SERVER_PORT": str(port),
                "REMOTE_ADDR": self.client_address[0],
            }
            if not self._answer(environ):
                return

    def _answer(self, environ: Environ) -> bool:
        """Runs the app and sends its answer; False where the connection ends."""
        started: list[Any] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
            started[:] = [status, headers]

        answer: Iterable[bytes] = self.server.app(environ, start_response)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = started
        wish = environ.get("HTTP_CONNECTION", "").lower()
        close = wish == "close" or environ["SERVER_PROTOCOL"] == "HTTP/1.0"
        self._send(
            status.encode(),
            headers,
            b"" if environ["REQUEST_METHOD"] == "HEAD" else body,
            close=close,
            cut=environ.get(CUT),
        )
        return not close and CUT not in environ

    def _send(
        self,
        status: bytes,
        headers: list[tuple[str, str]],
        body: bytes,
        *,
        close: bool,
        cut: int | None = None,
    ) -> None:
        lines = [b"HTTP/1.1 " + status, b"Date: " + formatdate(usegmt=True).encode()]
        lines += [f"{name}: {value}".encode("latin-1") for name, value in headers]
        if not any(name.lower() == "content-length" for name, _ in headers):
            lines.append(b"Content-Length: %d" % len(body))
        if close:
            lines.append(b"Connection: close")
        block = b"\r\n".join([*lines, b"", body])
        self.connection.sendall(block if cut is None else block[:cut])


def read_request(rfile: BufferedIOBase, connection: socket.socket) -> Environ | None:
    """The next request as a WSGI environ, its body read; None at the end."""
    line = rfile.readline(LONGEST_LINE)
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest("Not a request line.")
    headers = _read_headers(rfile)
    if "HTTP_TRANSFER_ENCODING" in headers:
        raise BadRequest("Send the body with a Content-Length.")
    if headers.get("HTTP_EXPECT", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = headers.get("CONTENT_LENGTH", "0")
    if not length.isdigit() or int(length) > LONGEST_BODY:
        raise BadRequest("Content-Length is missing, wrong or too large.")
    body = rfile.read(int(length))
    if len(body) < int(length):
        return None
    path, _, query = words[1].partition("?")
    return headers | {
        "REQUEST_METHOD": words[0],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": words[1],
        "SERVER_PROTOCOL": words[2],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _read_headers(rfile: BufferedIOBase) -> Environ:
    headers: Environ = {}
    while (line := rfile.readline(LONGEST_LINE)) not in (b"\r\n", b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or len(headers) > 100:
            raise BadRequest("Not a header line.")
        key = name.strip().upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        value = value.strip()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    return headers
