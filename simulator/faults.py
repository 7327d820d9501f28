"""The knobs that make the vendor misbehave, and the draw whether one bites now.

A chance is a number: 0 to 1 is a probability, `{"next": 3}` is the next three
times.  Faults are off after a restart.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

CHANCES = (
    "drop_reply",
    "http_500",
    "http_500_after_accept",
    "http_429",
    "garbage_reply",
    "duplicate_webhooks",
    "reorder_webhooks",
    "lose_webhooks",
    "redact_listed",
)
AMOUNTS = (
    "latency_ms",
    "cut_after_bytes",
    "delivery_ms",
    "webhook_delay_ms",
    "list_lag_s",
)
WEBHOOK_KINDS = ("inbound", "status", "tcr")
DELIVERY_MS = 150.0


@dataclass(frozen=True, slots=True)
class BadFault:
    """Why a set of faults was refused, in one sentence."""

    says: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One whole set of faults, as it was put."""

    chances: Mapping[str, float]
    counts: Mapping[str, int]
    amounts: Mapping[str, float]
    match: tuple[str, ...] = ()
    webhook_kinds: frozenset[str] = frozenset(WEBHOOK_KINDS)
    seed: int | None = None
    raw: Mapping[str, object] = field(default_factory=dict)


CALM = Setting({}, {}, {})


def read_setting(raw: Mapping[str, object]) -> Setting | BadFault:
    """Reads the JSON of `PUT /sim/faults`; names what it does not know."""
    chances: dict[str, float] = {}
    counts: dict[str, int] = {}
    amounts: dict[str, float] = {}
    known = {*CHANCES, *AMOUNTS, "match", "webhook_kinds", "seed"}
    if unknown := sorted(set(raw) - known):
        return BadFault(f"Unknown faults {unknown}; known are {sorted(known)}.")
    for name, value in raw.items():
        if name in CHANCES and isinstance(value, dict) and _count(value.get("next")):
            counts[name] = int(value["next"])
        elif name in CHANCES and _within(value, 1.0):
            chances[name] = float(str(value))
        elif name in AMOUNTS and _within(value, float("inf")):
            amounts[name] = float(str(value))
        elif name in CHANCES:
            return BadFault(f"{name} is a number from 0 to 1, or {{'next': 3}}.")
        elif name in AMOUNTS:
            return BadFault(f"{name} is a number, 0 or more.")
    seed, kinds = raw.get("seed"), raw.get("webhook_kinds", WEBHOOK_KINDS)
    if seed is not None and not isinstance(seed, int):
        return BadFault("seed is a whole number.")
    if not isinstance(kinds, list | tuple) or not set(kinds) <= set(WEBHOOK_KINDS):
        return BadFault(f"webhook_kinds is a list out of {list(WEBHOOK_KINDS)}.")
    match = tuple(str(raw.get("match", "")).split())
    return Setting(chances, counts, amounts, match, frozenset(kinds), seed, dict(raw))


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _within(value: object, most: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= float(str(value)) <= most


class Faults:
    """The present setting.  Draws are thread-safe and repeatable with a seed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.put(CALM)

    def put(self, setting: Setting) -> None:
        with self._lock:
            self.setting = setting
            self._left = dict(setting.counts)
            self._random = random.Random(setting.seed)

    def amount(self, name: str, default: float = 0.0) -> float:
        return self.setting.amounts.get(name, default)

    def touches(self, call: str) -> bool:
        """Whether API faults apply to this call, e.g. `POST /api.twilio.com/…`."""
        return all(word in call for word in self.setting.match)

    def bites(self, name: str, kind: str | None = None) -> bool:
        """Draws once.  `kind` is the webhook's, for the faults of webhooks."""
        setting = self.setting
        if name not in setting.chances and name not in setting.counts:
            return False
        if kind is not None and kind not in setting.webhook_kinds:
            return False
        with self._lock:
            if self._left.get(name, 0) > 0:
                self._left[name] -= 1
                return True
            return self._random.random() < setting.chances.get(name, 0.0)

    def between(self, low: float, high: float) -> float:
        with self._lock:
            return self._random.uniform(low, high)
