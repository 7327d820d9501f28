"""What Heed asks of Twilio, each answer as one of a small set of values.

Nothing is ever retried here, and nothing here opens a transaction.  `twilio.rest` is
imported when something is first sent: it is a third of the start-up time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from gateway.twilio_signature import signature_ok
from kernel.errors import Invalid

if TYPE_CHECKING:
    from twilio.rest import Client

__all__ = ["Vendor", "signature_ok"]

WEBHOOK_OVERRIDES = "#rc=5&rp=all"  # default: one retry, on connect failure only
MAX_VALIDITY_SECONDS = 36_000
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    clinic_id: int
    from_phone: str
    to_phone: str
    body: str
    status_callback: str
    validity_seconds: int  # the vendor drops it when it waits longer


@dataclass(frozen=True, slots=True)
class Accepted:
    vendor_sid: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The vendor said no, for good: `code` is its error number."""

    code: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely not accepted: 429, or the connection was never made.  Safe to repeat."""

    why: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may be out.  Look it up; never send it again blindly."""

    why: str


Outcome = Accepted | Refused | NotSent | Ambiguous


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A phone's carrier as Lookup v2 tells it."""

    valid: bool
    line_type: str
    carrier_name: str | None
    mcc: str | None
    mnc: str | None


@dataclass(frozen=True, slots=True)
class LookupFailed:
    """`of_phone`: the vendor answered, and knows nothing of this phone."""

    why: str
    of_phone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One message of the vendor's list."""

    sid: str
    from_phone: str
    to_phone: str
    body: str | None  # None or "": redacted by the account's settings
    direction: str
    status: str
    error_code: str | None
    created_at: datetime | None
    account_sid: str


class Clients(Protocol):
    def __call__(self, clinic_id: int) -> "Client":
        """The client of a clinic's own account; raises Invalid when there is none."""


@dataclass(frozen=True, slots=True)
class Vendor:
    clients: Clients

    def send(self, text: Outgoing) -> Outcome:
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException

        client = self.clients(text.clinic_id)
        try:
            sent = client.messages.create(
                to=text.to_phone,
                from_=text.from_phone,
                body=text.body,
                status_callback=text.status_callback,
                validity_period=min(text.validity_seconds, MAX_VALIDITY_SECONDS),
            )
        except TwilioRestException as refusal:
            return _refusal(refusal.status, refusal.code)
        except RequestException as failure:
            return _failure(failure)
        except (TwilioException, ValueError, KeyError, TypeError) as garbage:
            return Ambiguous(f"unreadable answer ({type(garbage).__name__})")
        if isinstance(sent.sid, str) and sent.sid[:2] in {"SM", "MM"}:
            return Accepted(sent.sid)
        return Ambiguous("the answer names no message")

    def lookup(self, clinic_id: int, phone: str) -> Network | LookupFailed:
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioException

        try:
            found = (
                self.clients(clinic_id)
                .lookups.v2.phone_numbers(phone)
                .fetch(fields="line_type_intelligence")
            )
        except (
            TwilioException,
            RequestException,
            Invalid,  # no account: the gate says so
            ValueError,
            TypeError,
            AttributeError,  # an answer that is no object
        ) as failure:
            status = getattr(failure, "status", 0)
            return LookupFailed(type(failure).__name__, of_phone=status in (400, 404))
        line: Any = found.line_type_intelligence or {}
        if not isinstance(line, dict):
            return LookupFailed("an answer without line type")
        if line.get("error_code"):
            return LookupFailed(f"error {line['error_code']}", of_phone=True)
        return Network(
            valid=bool(found.valid),
            line_type=str(line.get("type") or "unknown"),
            carrier_name=line.get("carrier_name"),
            mcc=line.get("mobile_country_code"),
            mnc=line.get("mobile_network_code"),
        )

    def messages_to(self, clinic_id: int, phone: str, since: date) -> Iterator[Listed]:
        """What reached our number since the start of that GMT day; raises what the
        client raises, so that a failed listing never counts as complete."""
        messages = self.clients(clinic_id).messages
        for item in messages.stream(
            to=phone, date_sent_after=_midnight(since), page_size=PAGE
        ):
            yield _listed(item)

    def messages_between(
        self, clinic_id: int, from_phone: str, to_phone: str, since: date
    ) -> list[Listed]:
        messages = self.clients(clinic_id).messages
        return [
            _listed(item)
            for item in messages.stream(
                from_=from_phone,
                to=to_phone,
                date_sent_after=_midnight(since),
                page_size=PAGE,
            )
        ]

    def connect(self, clinic_id: int, number_sid: str, webhook_url: str) -> None:
        """Points a number's inbound webhook, and its fallback, at us."""
        url = webhook_url + WEBHOOK_OVERRIDES
        self.clients(clinic_id).incoming_phone_numbers(number_sid).update(
            sms_url=url,
            sms_method="POST",
            sms_fallback_url=url,
            sms_fallback_method="POST",
        )

    def number_sid(self, clinic_id: int, phone: str) -> str | None:
        """The vendor's id of a number that the account owns."""
        found = self.clients(clinic_id).incoming_phone_numbers.list(
            phone_number=phone, limit=1
        )
        return found[0].sid if found else None


def _refusal(status: int, code: int | None) -> Outcome:
    if status == 429:
        return NotSent("Twilio asked us to slow down")
    if 400 <= status < 500:
        return Refused(str(code or status))
    return Ambiguous(f"HTTP {status}")


def _failure(failure: Exception) -> Outcome:
    """Only a connection that was never made is surely not sent."""
    from requests.exceptions import ConnectionError as NoConnection
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NameResolutionError, NewConnectionError

    if isinstance(failure, ConnectTimeout):
        return NotSent("Twilio could not be reached in time")
    if isinstance(failure, NoConnection):
        reason = getattr(failure.args[0] if failure.args else None, "reason", None)
        if isinstance(reason, NewConnectionError | NameResolutionError):
            return NotSent("Twilio could not be reached")
    return Ambiguous(type(failure).__name__)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _listed(item: Any) -> Listed:
    return Listed(
        sid=item.sid,
        from_phone=item.from_ or "",
        to_phone=item.to or "",
        body=item.body or None,
        direction=str(item.direction),
        status=str(item.status),
        error_code=str(item.error_code) if item.error_code else None,
        created_at=item.date_created or item.date_sent,
        account_sid=item.account_sid or "",
    )
