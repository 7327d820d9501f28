"""How registration reaches Twilio: the operator's own account, or a clinic's.

Reads the sealed token anew for each errand; sending keeps clients of its own
(`gateway.accounts`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinics.models import VendorAccount
from kernel.errors import Invalid
from kernel.keys import Keys
from kernel.web import Heed

if TYPE_CHECKING:
    from twilio.rest import Client

NO_PARENT = (
    "Twilio is not set up: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are empty. Set them "
    "to the operator's own account."
)
ClientOf = Callable[[int | None], "Client"]


@dataclass(frozen=True, slots=True)
class Vendor:
    """`client_of(None)` is the operator's account, else that clinic's own; it raises
    Invalid where there is none.  `webhook` is where inbound texts come to us."""

    client_of: ClientOf
    keys: Keys
    webhook: str


def vendor(heed: Heed) -> Vendor:
    base = heed.settings.public_base_url.rstrip("/")
    return Vendor(
        client_of=lambda clinic_id: _client(heed, clinic_id),
        keys=heed.keys,
        webhook=f"{base}/webhooks/twilio/inbound",
    )


def _client(heed: Heed, clinic_id: int | None) -> "Client":
    from kernel.twilio_client import make_client

    if clinic_id is None:
        sid = heed.settings.twilio_account_sid
        token = heed.settings.twilio_auth_token.get_secret_value()
        if not (sid and token):
            raise Invalid(NO_PARENT)
        return make_client(heed.twilio_http(), sid, token)
    with heed.database.reading() as session:
        account = session.get(VendorAccount, clinic_id)
    if account is None:
        raise Invalid(
            "The clinic has no Twilio account yet. Register its brand: that makes one."
        )
    token = heed.keys.unseal(account.token_sealed)
    return make_client(heed.twilio_http(), account.account_sid, token)
