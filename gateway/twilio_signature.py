"""Did Twilio sign this request?  Answers yes or no to any input, and never raises.

Our own HMAC: the vendor's validator raises on hostile URLs and breaks on user:password.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from urllib.parse import urlsplit

STANDARD_PORTS = {"https": ":443", "http": ":80"}


def signature_ok(
    token: str, url: str, params: Mapping[str, str], signature: str
) -> bool:
    """True when `signature` is the X-Twilio-Signature of this URL and form.

    `url` is what Twilio was given, byte for byte, with its query.  Twilio is not
    consistent about ports and credentials in what it signs, so each way is tried.
    Repeated fields of a multi-dict count once each, as in the vendor's libraries: that
    does not cover their order, so refuse them afterwards.  An empty token signs nothing.
    """
    try:
        key, given = token.encode(), signature.encode()
        fields = "".join(
            name + value
            for name in sorted(params)
            for value in sorted(set(_values(params, name)))
        )
        texts = [(form + fields).encode() for form in _forms(url)]
    except (AttributeError, TypeError, ValueError):  # not strings, or no such URL
        return False
    expected = [b64encode(hmac.digest(key, text, "sha1")) for text in texts]
    matches = [hmac.compare_digest(each, given) for each in expected]
    return bool(key) and any(matches)


def _values(params: Mapping[str, Any], name: str) -> list[str]:
    many = getattr(params, "getlist", None)
    return many(name) if many else [params[name]]


def _forms(url: str) -> Iterator[str]:
    """The spellings of one URL that Twilio may have signed; ValueError for no URL."""
    parts = urlsplit(url)
    if parts.port == 0 or not parts.hostname or parts.scheme not in STANDARD_PORTS:
        raise ValueError("not the URL of a webhook")
    address = url.partition("#")[0]
    scheme, _, rest = address.partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    after = rest[len(authority) :]
    user, at, place = authority.rpartition("@")
    host = place[: place.rindex("]") + 1] if "]" in place else place.partition(":")[0]
    port = STANDARD_PORTS[parts.scheme] if place == host else place[len(host) :]
    for credentials, end in product({user + at, ""}, ("", port)):
        yield f"{scheme}://{credentials}{host}{end}{after}"
