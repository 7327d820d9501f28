"""The Campaign Registry: reads its signed webhooks and asks for operation status.

Its own campaign status ACTIVE means only "exists" and is never believed (trap RT1);
EXPIRED is the end of the campaign.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from hmac import compare_digest
from hmac import new as hmac
from typing import Any
from urllib.parse import quote

import requests
import rfc8785

from kernel.carriers import GATED, Carrier
from registration.status import Observation, Source, Status
from registration.words import carrier_of, status_of

TIMEOUT_SECONDS = 10.0
SUSPENDED = "MNO_CAMPAIGN_OPERATION_SUSPENDED"
EXPIRED = "EXPIRED"
KEPT = 4_000  # characters of a body that go into the history


@dataclass(frozen=True, slots=True, kw_only=True)
class TcrEvent:
    """A webhook's body: one flat JSON object."""

    name: str  # eventType; new names appear without notice
    tcr_id: str | None  # campaignId, C and six characters
    mno_id: str | None
    body: Mapping[str, Any]
    raw: str


@dataclass(frozen=True, slots=True)
class BadWebhook:
    """Not a body TCR may send; guessing is worse than refusing."""

    why: str


@dataclass(frozen=True, slots=True)
class Suspend:
    """Acts at once, before any poll."""

    tcr_id: str
    carriers: frozenset[Carrier]


@dataclass(frozen=True, slots=True)
class PollCampaign:
    """Something about this campaign changed: ask what."""

    tcr_id: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No campaign is named."""

    why: str


@dataclass(frozen=True, slots=True)
class PollAnswer:
    """MNO id to TCR's word, unknown ids and words included; `raw` as received."""

    words: Mapping[str, str]
    raw: str


@dataclass(frozen=True, slots=True)
class PollFailed:
    """Nothing was learned."""

    why: str
    reached: bool = True  # False: TCR gave no answer at all


@dataclass(frozen=True, slots=True)
class Expired:
    """TCR has ended the campaign, for good; `raw` as received."""

    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the aggregator that the campaign is shared with says of it."""

    status: str  # PENDING, ACCEPTED or DECLINED; anything else means nothing to us
    explanation: str
    raw: str


@dataclass(frozen=True, slots=True)
class NotExpired:
    """TCR says something else of the campaign, which means nothing to us."""


def parse_webhook(body: bytes) -> TcrEvent | BadWebhook:
    """Strict: UTF-8, one flat JSON object, no key twice (TCR's own sample repeats
    one, which its canonical form forbids)."""
    read = _object(body)
    if isinstance(read, BadWebhook):
        return read
    if any(isinstance(value, dict | list) for value in read.values()):
        return BadWebhook("The event is not flat.")
    return TcrEvent(
        name=_text(read.get("eventType")) or "",
        tcr_id=_text(read.get("campaignId")),
        mno_id=_text(read.get("mnoId")),
        body=read,
        raw=body.decode()[:KEPT],
    )


def signature_ok(
    secret: str, url: str, body: Mapping[str, Any], signature: str
) -> bool:
    """`X-Registry-Signature`: base64 HMAC-SHA1 over the URL and the canonical (JCS)
    body.  Total: hostile input is False, and so is an unset secret."""
    if not secret:
        return False
    try:
        signed = url.encode() + rfc8785.dumps(dict(body))
    except (ValueError, TypeError, RecursionError):  # no canonical form
        return False
    wanted = b64encode(hmac(secret.encode(), signed, sha1).digest())
    return compare_digest(wanted, signature.encode("utf-8", "replace"))


def consequence(event: TcrEvent) -> Suspend | PollCampaign | Nothing:
    """What an event asks for.  Only a suspension is believed as it stands."""
    if event.tcr_id is None:
        return Nothing(f"'{event.name}' names no campaign.")
    if event.name != SUSPENDED:
        return PollCampaign(event.tcr_id)
    if event.mno_id is None:
        return Suspend(event.tcr_id, GATED)  # one of them, or all: none may send
    carrier = carrier_of(event.mno_id)
    if carrier is None:
        return PollCampaign(event.tcr_id)
    return Suspend(event.tcr_id, frozenset({carrier}))


def suspension(event: TcrEvent, at: datetime) -> Observation:
    """What a `Suspend` says of each carrier it names."""
    return Observation(
        status=Status.SUSPENDED,
        raw=event.name,
        source=Source.tcr_webhook,
        at=at,
        evidence=event.raw,
    )


def operation_status(
    session: requests.Session, base: str, key: str, secret: str, tcr_id: str
) -> PollAnswer | PollFailed:
    """`GET {base}/campaign/{tcr_id}/operationStatus`: what each carrier reports."""
    url = f"{_place(base, tcr_id)}/operationStatus"
    answer = _get(session, url, key, secret)
    if isinstance(answer, PollFailed):
        return answer
    read, raw = answer
    words = {
        mno_id: word if isinstance(word, str) else json.dumps(word)
        for mno_id, word in read.items()
    }
    return PollAnswer(words, raw)


def expiry(
    session: requests.Session, base: str, key: str, secret: str, tcr_id: str
) -> Expired | NotExpired | PollFailed:
    """`GET {base}/campaign/{tcr_id}`: has TCR ended the campaign?

    The end is for good, so only the exact word counts, said of this campaign.
    """
    answer = _get(session, _place(base, tcr_id), key, secret)
    if isinstance(answer, PollFailed):
        return answer
    read, raw = answer
    about_it = read.get("campaignId", tcr_id) == tcr_id
    return Expired(raw) if about_it and read.get("status") == EXPIRED else NotExpired()


def sharing(
    session: requests.Session, base: str, key: str, secret: str, tcr_id: str
) -> Shared | PollFailed:
    """`GET {base}/campaign/{tcr_id}/sharing`: what the elected aggregator says."""
    answer = _get(session, f"{_place(base, tcr_id)}/sharing", key, secret)
    if isinstance(answer, PollFailed):
        return answer
    read, raw = answer
    shared = read.get("sharedByMe")
    if not isinstance(shared, dict) or not isinstance(shared.get("sharingStatus"), str):
        return PollFailed("TCR's answer names no aggregator's word.")
    return Shared(
        status=shared["sharingStatus"],
        explanation=str(shared.get("explanation") or "")[:KEPT],
        raw=raw,
    )


def end(answer: Expired, at: datetime) -> Observation:
    """What an `Expired` says of the campaign as a whole."""
    return Observation(
        status=None, raw=EXPIRED, source=Source.tcr_poll, at=at, evidence=answer.raw
    )


def observations(answer: PollAnswer, at: datetime) -> dict[Carrier, Observation]:
    """What the poll says of our three carriers; one it leaves out said nothing."""
    seen: dict[Carrier, Observation] = {}
    for mno_id, word in answer.words.items():
        carrier = carrier_of(mno_id)
        if carrier is not None:
            seen[carrier] = Observation(
                status=status_of("tcr", word),
                raw=word,
                source=Source.tcr_poll,
                at=at,
                evidence=answer.raw,
            )
    return seen


def _place(base: str, tcr_id: str) -> str:
    return f"{base.rstrip('/')}/campaign/{quote(tcr_id, safe='')}"


def _get(
    session: requests.Session, url: str, key: str, secret: str
) -> tuple[dict[str, Any], str] | PollFailed:
    """The object that was answered, and as much of its text as is kept."""
    try:
        answer = session.get(
            url, auth=(key, secret), timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
        content = answer.content
    except requests.RequestException as failure:
        why = f"TCR could not be reached ({type(failure).__name__})."
        return PollFailed(why, reached=False)
    if answer.status_code != 200:
        return PollFailed(f"TCR answered {answer.status_code}.")
    read = _object(content)
    if isinstance(read, BadWebhook):
        return PollFailed(f"TCR's answer cannot be read. {read.why}")
    return read, content.decode()[:KEPT]


def _object(body: bytes) -> dict[str, Any] | BadWebhook:
    try:
        read = json.loads(
            body.decode(), object_pairs_hook=_once_each, parse_constant=_refuse
        )
    except (ValueError, RecursionError):  # broken UTF-8 is a ValueError too
        return BadWebhook("It is not JSON, or it repeats a key.")
    if not isinstance(read, dict):
        return BadWebhook("It is JSON, but not an object.")
    return read


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a key stands twice")
    return read


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _text(value: Any) -> str | None:
    """TCR writes ids as numbers (mnoId 10017) or as text."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None
