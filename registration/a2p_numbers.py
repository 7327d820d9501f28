"""Numbers at Twilio: searched, bought once, pointed at us, put into a sender pool."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registration.twilio import WEBHOOK_OVERRIDES, Refused, Unclear, attempt

if TYPE_CHECKING:
    from registration.twilio import Client

IN_POOL_ALREADY = "21710"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Bought:
    phone: str  # E.164
    sid: str  # PN…


def search(client: "Client", area_code: str) -> tuple[str, ...] | Refused | Unclear:
    """Local numbers that can text and are for sale, as E.164."""

    def step() -> tuple[str, ...]:
        local = client.available_phone_numbers("US").local
        found = local.list(area_code=int(area_code), sms_enabled=True, limit=SHOWN)
        return tuple(str(one.phone_number) for one in found)

    if not (area_code.isascii() and area_code.isdigit() and len(area_code) == 3):
        return Refused("", "An area code has three digits, like 206.")
    return attempt(step)


def buy(
    client: "Client", phone: str, name: str, webhook: str
) -> Bought | Refused | Unclear:
    """Billed monthly, so the account's own list is looked through first.  Its texts
    come to us from the first second on."""

    def step() -> Bought:
        mine = client.incoming_phone_numbers
        found = [n for n in mine.list(phone_number=phone, limit=5)]
        exact = next((n for n in found if n.phone_number == phone), None)
        url = webhook + WEBHOOK_OVERRIDES
        made = exact or mine.create(
            phone_number=phone,
            friendly_name=name,
            sms_url=url,
            sms_method="POST",
            sms_fallback_url=url,
            sms_fallback_method="POST",
        )
        if made.sms_url != url:
            mine(made.sid).update(
                sms_url=url,
                sms_method="POST",
                sms_fallback_url=url,
                sms_fallback_method="POST",
            )
        return Bought(str(made.phone_number), str(made.sid))

    return attempt(step)


def attach(client: "Client", service_sid: str, sid: str) -> Refused | Unclear | None:
    """Into the service's sender pool; being there already is as good."""

    def step() -> None:
        pool = client.messaging.v1.services(service_sid).phone_numbers
        if all(str(one.sid) != sid for one in pool.list(limit=500)):
            pool.create(sid)

    result = attempt(step)
    there = isinstance(result, Refused) and result.code == IN_POOL_ALREADY
    return None if there else result


def detach(client: "Client", service_sid: str, sid: str) -> Refused | Unclear | None:
    """Out of the pool, which deregisters it: its wait starts anew elsewhere (RT26)."""

    def step() -> None:
        pool = client.messaging.v1.services(service_sid).phone_numbers
        if any(str(one.sid) == sid for one in pool.list(limit=500)):
            pool(sid).delete()

    return attempt(step)
