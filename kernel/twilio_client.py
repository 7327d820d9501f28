"""The one configured Twilio client: a time-out, no retries, known hosts only.

With a base URL every host becomes the first path segment, so that the simulator
speaks for all of them.  Imported late: the client costs 0.2 s and 40 MB.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

HOSTS = frozenset(
    f"{name}.twilio.com" for name in ("api", "lookups", "messaging", "trusthub")
)
TIMEOUT_SECONDS = 10.0


class UnknownHost(Exception):
    """The client was about to call a host that Heed does not use."""


class RebasingHttpClient(TwilioHttpClient):  # type: ignore[misc]  # untyped library
    """Twilio's own HTTP client, kept to our hosts, optionally moved to one base."""

    def __init__(self, base: str, connections: int = 64) -> None:
        super().__init__(timeout=TIMEOUT_SECONDS, max_retries=0)
        self.base = base.rstrip("/")
        self.logger.setLevel(logging.WARNING)  # it logs URLs, and so numbers, at INFO
        if self.session is not None:
            adapter = HTTPAdapter(pool_maxsize=connections, pool_connections=8)
            self.session.mount("https://", adapter)
            self.session.mount("http://", adapter)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        parts = urlsplit(url)
        if parts.hostname not in HOSTS:
            raise UnknownHost(f"'{parts.hostname}' is not one of Twilio's hosts in use")
        if self.base:
            url = f"{self.base}/{parts.hostname}{parts.path}"
            if parts.query:
                url += f"?{parts.query}"
        return super().request(method, url, *args, **kwargs)


def make_client(http: RebasingHttpClient, account_sid: str, token: str) -> Client:
    """A client of one account over the shared connections.

    Region and edge are cleared: the environment must not move us to another host.
    """
    client = Client(
        account_sid,
        token,
        http_client=http,
        environment={"TWILIO_EDGE": "", "TWILIO_REGION": ""},
    )
    client.edge = client.region = None
    return client
