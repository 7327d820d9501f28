"""Calls that register a clinic with Twilio, each ending as one of three things.

What cost money may have happened although no answer came: such a step is `Unclear`,
and running it again looks for the thing by its reference before it makes one.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from twilio.rest import Client

__all__ = ["Client", "Refused", "Trouble", "Unclear", "attempt", "reference"]

T = TypeVar("T")
KEPT = 4_000  # characters of an answer that go into the history
WEBHOOK_OVERRIDES = "#rc=5&rp=all"  # as `gateway.twilio` connects a number


@dataclass(frozen=True, slots=True)
class Refused:
    """Twilio, or a rule of ours before it, said no: nothing was made.

    `code` is Twilio's error number, empty for a rule of ours; `fields` are what it
    names, as fields of contract section 5 where they are known.
    """

    code: str
    sentence: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody knows whether it happened.  Run the step again, later."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One entry of an `errors[]`, as it came."""

    code: str
    text: str
    fields: tuple[str, ...] = ()


def reference(*parts: str) -> str:
    """The name under which a thing of ours is found again: `heed/<clinic>/<ref>`."""
    return "/".join(("heed", *parts))


def attempt(step: Callable[[], T]) -> T | Refused | Unclear:
    """Runs one step of calls; what it returns, or why there is nothing to return."""
    from requests.exceptions import RequestException
    from twilio.base.exceptions import TwilioException, TwilioRestException

    try:
        return step()
    except TwilioRestException as answer:
        return _said(answer.status, answer.code, str(answer.msg or ""))
    except RequestException as failure:
        return Unclear(
            f"Twilio did not answer ({type(failure).__name__}). Try again in a minute: "
            "what was made is found again."
        )
    except (TwilioException, ValueError, KeyError, TypeError) as garbage:
        return Unclear(
            f"Twilio's answer cannot be read ({type(garbage).__name__}). "
            "Try again in a minute: what was made is found again."
        )


def troubles(errors: Any) -> tuple[Trouble, ...]:
    """`errors[]` of a brand or a campaign; lenient, because its shape is no promise."""
    if not isinstance(errors, Sequence) or isinstance(errors, str):
        return ()
    return tuple(_trouble(one) for one in errors)


def raw(fields: Mapping[str, Any]) -> str:
    """An answer as it is kept in the history."""
    return json.dumps(dict(fields), sort_keys=True, default=str)[:KEPT]


def _trouble(one: Any) -> Trouble:
    if not isinstance(one, Mapping):
        return Trouble(code="", text=str(one)[:KEPT])
    fields = one.get("fields")
    named = fields if isinstance(fields, Sequence) else ()
    named = () if isinstance(named, str) else named
    code = one.get("error_code", one.get("code"))
    return Trouble(
        code="" if code is None else str(code),
        text=str(one.get("description") or one.get("message") or "")[:KEPT],
        fields=tuple(str(field) for field in named),
    )


def _said(status: int, code: int | None, message: str) -> Refused | Unclear:
    if status == 429:
        return Unclear("Twilio asked us to slow down. Try again in a minute.")
    if not 400 <= status < 500:
        return Unclear(
            f"Twilio had a fault of its own (HTTP {status}). Try again in a minute: "
            "what was made is found again."
        )
    number = str(code or status)
    words = message.strip().rstrip(".")
    return Refused(number, f"Twilio refused it: {words} (error {number}).")
