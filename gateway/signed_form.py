"""Reads a signed form of the vendor, strictly: who may call, and is it well formed.

Hostile input ends in 403, 400 or 413, never in a 500: the URL comes from our settings,
never from the caller, and a field that comes twice is refused, because the signature
does not cover its order.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from gateway.accounts import Account, Accounts
from gateway.twilio_signature import signature_ok

MAX_BYTES = 64 * 1024
MAX_FIELDS = 200
MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
OWN_NAMES = ("MessageSid", "AccountSid")
SAME_SID = ("MessageSid", "SmsSid", "SmsMessageSid")


@dataclass(frozen=True, slots=True)
class Form:
    """Signed by `account`, every field once."""

    fields: dict[str, str]
    raw: str  # JSON pairs in the order received
    account: Account


@dataclass(frozen=True, slots=True)
class Denied:
    """`status` as contract section 3 says; `raw` is kept when it was signed."""

    status: int
    why: str
    raw: str | None = None
    account_sid: str | None = None


Whose = Callable[[dict[str, str]], Account | None]


def read_form(
    request: Request,
    base_url: str,
    accounts: Accounts,
    whose: Whose,
    required: Iterable[str],
) -> Form | Denied:
    """Body, then signature, then content, in that order."""
    pairs = _pairs(request)
    if isinstance(pairs, Denied):
        return pairs
    fields = dict(reversed(pairs))  # the first of a repeated field, as Flask reads it
    account = whose(fields)
    if account is None or not _signed(
        request, base_url, accounts, account, pairs, fields, whose
    ):
        return Denied(403, "signature")
    if fields.get("AccountSid") != account.account_sid:
        return Denied(403, "account")
    raw = json.dumps(pairs)
    mistake = _mistake(pairs, fields, required)
    if mistake:
        return Denied(400, mistake, raw, account.account_sid)
    return Form(fields, raw, account)


def _pairs(request: Request) -> list[tuple[str, str]] | Denied:
    request.max_content_length = MAX_BYTES
    if (request.content_length or 0) > MAX_BYTES:
        return Denied(413, "too large")
    if not request.headers.get("X-Twilio-Signature"):
        return Denied(403, "no signature")
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return Denied(413, "too large")
    except Exception:  # the server's parser has errors of its own for broken chunks
        return Denied(400, "broken body")
    return parse_qsl(  # as many fields as 64 KiB hold; counted once it is signed
        body.decode("ascii", "replace"), keep_blank_values=True, errors="replace"
    )


def _signed(
    request: Request,
    base_url: str,
    accounts: Accounts,
    account: Account,
    pairs: list[tuple[str, str]],
    fields: dict[str, str],
    whose: Whose,
) -> bool:
    url = base_url.rstrip("/") + raw_target(request)
    given = request.headers.get("X-Twilio-Signature", "")
    signed_fields = _as_signed(pairs)
    if _any_token(account, url, signed_fields, given):
        return True
    accounts.reread()
    fresh = whose(fields)
    return (
        fresh is not None
        and fresh != account
        and _any_token(fresh, url, signed_fields, given)
    )


def _any_token(account: Account, url: str, fields: dict[str, str], given: str) -> bool:
    return any(
        [signature_ok(token, url, fields, given) for token in account.tokens or ()]
    )


def _as_signed(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """A repeated field is signed as name+value for each distinct value, sorted, as
    the vendor's own libraries do."""
    values: dict[str, set[str]] = {}
    for name, value in pairs:
        values.setdefault(name, set()).add(value)
    return {name: name.join(sorted(found)) for name, found in values.items()}


def raw_target(request: Request) -> str:
    """Path and query exactly as requested; Flask's own URL is decoded and then
    differs from what was signed."""
    target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI", "")
    if target.startswith("/"):
        return str(target)
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _mistake(
    pairs: list[tuple[str, str]], fields: dict[str, str], required: Iterable[str]
) -> str | None:
    if len(fields) != len(pairs):
        return "a field came twice"
    if len(fields) > MAX_FIELDS:
        return "too many fields"
    if _split_anew(fields):
        return "its fields were cut differently"
    missing = [name for name in required if name not in fields]
    if missing:
        return f"missing {', '.join(missing)}"
    if not MESSAGE_SID.fullmatch(fields["MessageSid"]):
        return "MessageSid is none"
    return None


def _split_anew(fields: dict[str, str]) -> bool:
    """The vendor signs names and values run together, so a patient's words could be
    cut into fields of their own under the same signature (threat T4)."""
    odd_name = any(not FIELD.fullmatch(name) for name in fields)
    hidden = any(
        own in value
        for name, value in fields.items()
        if name != "Body"
        for own in OWN_NAMES
    )
    sids = {fields.get(name, fields.get("MessageSid")) for name in SAME_SID}
    return odd_name or hidden or len(sids) > 1
