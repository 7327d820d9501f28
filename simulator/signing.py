"""The signatures that the vendors put on their webhooks.  Checks none.

Written from the vendors' descriptions, apart from the library Heed checks with.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urldefrag, urlsplit, urlunsplit

import rfc8785


def twilio_signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: base64 HMAC-SHA1 of the URL and the sorted form.

    The fragment and any user:password are no part of the signed URL.
    """
    text = signed_url(url) + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), text.encode("utf-8", "surrogatepass"), "sha1")
    return b64encode(digest.digest()).decode()


def signed_url(url: str) -> str:
    parts = urlsplit(urldefrag(url).url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def registry_signature(secret: str, url: str, body: Mapping[str, Any]) -> str:
    """X-Registry-Signature: base64 HMAC-SHA1 of the URL and the canonical JSON."""
    text = url.encode() + rfc8785.dumps(dict(body))
    return b64encode(hmac.new(secret.encode(), text, hashlib.sha1).digest()).decode()
