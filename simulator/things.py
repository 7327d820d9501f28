"""What the simulated world is made of: plain frozen records, no behaviour.

Every record is built from, and stored as, one JSON object in the judge's file.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

GATED = ("att", "tmobile", "verizon")
CELL_STATUSES = ("APPROVED", "REVIEW", "REJECTED", "SUSPENDED")
DCA_STATUSES = ("ACCEPTED", "DECLINED", "PENDING")
KEYWORD_MODES = ("vendor_default", "vendor_advanced", "gateway")
LINE_TYPES = [
    "mobile",
    "landline",
    "fixedVoip",
    "nonFixedVoip",
    "personal",
    "tollFree",
    "premium",
    "sharedCost",
    "uan",
    "voicemail",
    "pager",
    "unknown",
]
FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed"})
_random = random.Random()  # seeded by the system once, which is dear to ask each time


def new_sid(prefix: str) -> str:
    """A fresh id in Twilio's form: two letters and 32 hexadecimal digits."""
    return f"{prefix}{_random.getrandbits(128):032x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A Twilio account; a sub-account names the parent whose token also opens it."""

    sid: str
    token: str
    parent: str | None = None
    friendly_name: str = ""
    created: str = "2026-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Any other thing of an account: an address, a profile, a brand, a service.

    `shown` is what the API shows of it besides its sid and its times; `notes` is what
    only this simulator knows.
    """

    sid: str
    kind: str
    account_sid: str
    created: str
    updated: str
    shown: Mapping[str, Any]
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A clinic's number, with where its inbound texts go and who answers keywords."""

    phone: str
    sid: str
    account_sid: str
    created: str
    campaign: str | None = None
    keyword_mode: str = "vendor_default"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    status_callback: str = ""
    friendly_name: str = ""
    messaging_service_sid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A registered campaign; `carriers` is what each network operator says of it.

    `tcr_status` is TCR's own ACTIVE or EXPIRED.  `twilio_status` is what Twilio's
    Usa2p resource shows; None derives it from the rest.  One that was handed in here
    has `texts`, the aggregator's word `dca` and an `agenda`: what happens by itself, in
    order, as {"at", "what", "status"}.  One that was put has none of these.
    """

    ref: str
    tcr_id: str
    account_sid: str
    created: str
    messaging_service_sid: str | None = None
    usa2p_sid: str | None = None
    brand_sid: str | None = None
    tcr_status: str = "ACTIVE"
    twilio_status: str | None = None
    carriers: Mapping[str, str]
    texts: Mapping[str, Any] = field(default_factory=dict)
    submitted: str = ""
    dca: str | None = None
    errors: Sequence[Mapping[str, Any]] = ()
    agenda: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A patient's phone.  One that nobody set up is a Verizon mobile that answers."""

    phone: str
    carrier: str = "verizon"
    line_type: str = "mobile"
    behaviour: str = "deliver"
    carrier_name: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    label: str = ""
    home: str = ""  # the clinic's number it texts with, where somebody said so


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text in either direction; times are the vendor's, RFC 3339 in UTC.

    `position` counts messages in the order in which they were accepted.
    """

    sid: str
    position: int
    account_sid: str
    sender: str
    to: str
    body: str
    direction: str
    status: str
    created: str
    updated: str
    segments: int
    sent: str | None = None
    arrived: str | None = None
    error_code: int | None = None
    messaging_service_sid: str | None = None
    status_callback: str = ""
    media: tuple[str, ...] = ()
    opt_out_type: str | None = None
