"""Puts the demo's accounts, numbers, campaigns and phones into the simulator.

Speaks to its control pages over HTTP and to nothing else.
"""

from dataclasses import dataclass, field
from typing import Any

import requests

from demo import cast
from demo.environment import PARENT_SID, PARENT_TOKEN
from kernel.errors import NotFound

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator at `base`, such as http://127.0.0.1:5001."""

    base: str
    http: requests.Session = field(default_factory=requests.Session)

    def set_up(self) -> None:
        """Everything but where inbound texts go; doing it again changes nothing.

        Raises NotFound when no simulator answers, or it refuses.
        """
        self._put(f"accounts/{PARENT_SID}", {"token": PARENT_TOKEN})
        for clinic in cast.clinics():
            account = {"token": clinic.token, "parent": PARENT_SID}
            self._put(f"accounts/{clinic.account_sid}", account)
            self._put_campaign(clinic)
        accounts = {clinic.slug: clinic for clinic in cast.clinics()}
        for number in cast.numbers():
            fields = {
                "account_sid": accounts[number.clinic].account_sid,
                "campaign": accounts[number.clinic].campaign,
                "keyword_mode": number.who_replies,
                "friendly_name": number.name,
            }
            self._put(f"numbers/{number.phone}", fields)
        self._put("phones", _phones())

    def text(self, phone: str, to: str, body: str) -> bool:
        """The phone texts, if it never sent anything before; did it?"""
        screen = self._ask("GET", f"phones/{phone}")["screen"]
        if any(line["direction"] == "sent" for line in screen):
            return False
        self._ask("POST", f"phones/{phone}/texts", {"to": to, "body": body})
        return True

    def calls(self) -> set[str]:
        """Where the numbers' inbound texts go, without Twilio's connection options."""
        numbers = self._ask("GET", "numbers")
        return {number["sms_url"].partition("#")[0] for number in numbers}

    def _put_campaign(self, clinic: cast.ClinicRow) -> None:
        known = {campaign["ref"] for campaign in self._ask("GET", "campaigns")}
        if clinic.campaign in known:
            return  # its carriers may have been moved by hand since
        cells = {
            cell.carrier: cell.word
            for cell in cast.cells()
            if cell.campaign == clinic.campaign
        }
        fields = {
            "tcr_id": clinic.tcr_id,
            "account_sid": clinic.account_sid,
            "carriers": cells,
        }
        self._put(f"campaigns/{clinic.campaign}", fields)

    def _put(self, path: str, body: Any) -> None:
        self._ask("PUT", path, body)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.base}/sim/{path}"
        try:
            answer = self.http.request(method, url, json=body, timeout=TIMEOUT_SECONDS)
        except requests.RequestException:
            raise NotFound(
                f"No simulator answers at {self.base}. Start everything with "
                "'make run', or the simulator alone with 'python -m simulator'."
            ) from None
        if answer.status_code != 200:
            raise NotFound(f"The simulator refused {method} {url}: {answer.text[:200]}")
        return answer.json()


def _phones() -> list[dict[str, str]]:
    """One entry a phone; a family phone carries every name of the family."""
    names: dict[str, list[str]] = {}
    for patient in cast.patients():
        names.setdefault(patient.phone, []).append(patient.given_name)
    homes = {one.clinic: one.phone for one in cast.numbers() if one.reminders == "yes"}
    return [
        {
            "phone": patient.phone,
            "carrier": patient.carrier,
            "line_type": patient.line_type,
            "behaviour": patient.behaviour,
            "label": f"{' & '.join(names[patient.phone])} {patient.family_name}",
            "home": homes[patient.clinic],
        }
        for patient in {one.phone: one for one in cast.patients()}.values()
    ]
