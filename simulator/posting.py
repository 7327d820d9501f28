"""Posts webhooks in the background, with the faults asked for, under the judge's eye.

Every attempt and how it ended becomes a `webhook` record; so does a lost one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode

from simulator.couriers import Couriers
from simulator.faults import Faults
from simulator.signing import registry_signature, twilio_signature
from simulator.things import new_sid
from simulator.webhooks import Attempt, Request, deliver
from simulator.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One webhook: the request, and a second address for when the first fails."""

    kind: str
    sid: str | None
    requests: tuple[Request, ...]
    noted: Mapping[str, object] = field(default_factory=dict)
    then: Callable[[Attempt], None] | None = None


@dataclass(frozen=True, slots=True)
class Postman:
    """Three kinds of letters: `inbound`, `status` and `tcr`."""

    world: World
    faults: Faults
    inbound: Couriers
    callbacks: Couriers

    def open_jobs(self) -> int:
        return self.inbound.open_jobs() + self.callbacks.open_jobs()

    def post(self, letter: Letter) -> None:
        """Hands the letter to a courier, perhaps late, twice, or never."""
        if not letter.requests or self.faults.bites("lose_webhooks", letter.kind):
            outcome = "lost" if letter.requests else "no_url"
            self._note(letter, 0, Attempt(outcome=outcome), 0, True)
            return
        copies = 2 if self.faults.bites("duplicate_webhooks", letter.kind) else 1
        for copy in range(1, copies + 1):
            delay = self.faults.amount("webhook_delay_ms") / 1000
            if self.faults.bites("reorder_webhooks", letter.kind):
                delay += self.faults.between(0.3, 1.5)
            courier = self.callbacks if letter.kind == "status" else self.inbound
            courier.later(delay, partial(self._deliver, letter, copy))

    def _deliver(self, letter: Letter, copy: int) -> None:
        for index, request in enumerate(letter.requests):
            more = index + 1 < len(letter.requests)

            def note(
                attempt: Attempt,
                number: int,
                last: bool,
                index: int = index,
                more: bool = more,
            ) -> None:
                final = last and (attempt.worked or not more)
                self._note(letter, index, attempt, number, final, copy)

            attempt = deliver(request, note)
            if attempt.worked:
                if letter.then is not None:
                    letter.then(attempt)
                return

    def _note(
        self,
        letter: Letter,
        index: int,
        attempt: Attempt,
        number: int,
        final: bool,
        copy: int = 1,
    ) -> None:
        self.world.commit(
            "webhook",
            kind=letter.kind,
            sid=letter.sid,
            url=letter.requests[index].url if letter.requests else None,
            fallback=index > 0,
            copy=copy,
            attempt=number,
            outcome=attempt.outcome,
            http_status=attempt.http_status,
            answer=attempt.answer[:300],
            started_ns=attempt.started_ns,
            final=final,
            **letter.noted,
        )


def signed_form(
    token: str, url: str, form: Mapping[str, str], method: str = "POST"
) -> Request:
    """A form as Twilio signs and posts it; a retry carries the same token."""
    body = urlencode(form, errors="surrogatepass").encode()
    if method == "GET":
        base, hash_, fragment = url.partition("#")
        url = f"{base}{'&' if '?' in base else '?'}{body.decode()}{hash_}{fragment}"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Accept": "*/*",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": new_sid(""),
        "X-Twilio-Signature": twilio_signature(
            token, url, form if method == "POST" else {}
        ),
    }
    return Request(url=url, body=body, headers=headers, method=method)


def registry_event(secret: str, url: str, body: dict[str, object]) -> Request:
    """A TCR event; unsigned where the registry was given no secret."""
    headers = {"Content-Type": "application/json"}
    if secret:
        headers["X-Registry-Signature"] = registry_signature(secret, url, body)
    return Request(url=url, body=json.dumps(body).encode(), headers=headers)
