"""The simulated world: a fold over the judge's records, live and after a restart.

Nothing changes here except through `commit`, so the file always tells it all.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from simulator.clock import Clock
from simulator.judge import Judge, Record, Ticket
from simulator.things import (
    FINAL_STATUSES,
    Account,
    Campaign,
    Message,
    Number,
    Phone,
    Resource,
)


class World:
    """All state, in memory.  Take `lock` around a look and the commit it leads to."""

    def __init__(self, judge: Judge, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self._judge = judge
        self._clear()

    def _clear(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.numbers: dict[str, Number] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.resources: dict[str, Resource] = {}
        self.phones: dict[str, Phone] = {}
        self.messages: dict[str, Message] = {}
        self.blocks: set[tuple[str, str]] = set()
        self.open_webhooks: dict[str, None] = {}
        self.in_flight: dict[str, None] = {}
        self._of: defaultdict[str, list[str]] = defaultdict(list)

    def commit(self, event: str, **fields: object) -> Ticket:
        """Applies one event and hands it to the judge; `wait()` before answering."""
        with self.lock:
            record = {"event": event, "at": self.clock.stamp(), **fields}
            self._apply(record)
            return self._judge.append(record)

    def replay(self, records: Iterable[Record]) -> None:
        """Lives through the file once more; the judge counts on from its end."""
        for record in records:
            self._apply(record)
            self._judge.count_on(record["seq"])

    def _apply(self, record: Record) -> None:
        change = _CHANGES.get(record["event"])
        if change is not None:
            change(self, record)

    # -- what people ask -------------------------------------------------------

    def phone(self, phone: str) -> Phone:
        return self.phones.get(phone) or Phone(phone=phone)

    def campaign_of(self, number: Number | None) -> Campaign | None:
        """By name, or the one of the Messaging Service that the number is in."""
        if number is None:
            return None
        if number.campaign is not None:
            return self.campaigns.get(number.campaign)
        service = number.messaging_service_sid
        return self.campaign_by("messaging_service_sid", service) if service else None

    def campaign_by(self, field: str, value: str) -> Campaign | None:
        """The campaign whose `tcr_id`, `usa2p_sid`, … is this."""
        with self.lock:
            campaigns = list(self.campaigns.values())
        return next((c for c in campaigns if getattr(c, field) == value), None)

    def campaign_named(self, name: str) -> Campaign | None:
        """By its reference, its TCR id or Twilio's."""
        by_id = self.campaign_by("tcr_id", name) or self.campaign_by("usa2p_sid", name)
        return self.campaigns.get(name) or by_id

    def resources_of(self, account_sid: str, kind: str) -> list[Resource]:
        with self.lock:
            everything = list(self.resources.values())
        return [r for r in everything if (r.account_sid, r.kind) == (account_sid, kind)]

    def service_numbers(self, service_sid: str) -> list[Number]:
        with self.lock:
            numbers = list(self.numbers.values())
        return [n for n in numbers if n.messaging_service_sid == service_sid]

    def blocked(self, number: Number, phone: str) -> bool:
        return (block_scope(number), phone) in self.blocks

    def messages_of(self, *phones: str) -> list[Message]:
        """Messages from or to one of these numbers (the quietest), oldest first.

        With two numbers that is enough to look through; without any it is all.
        """
        with self.lock:
            if not phones:
                return list(self.messages.values())
            quietest = min((self._of.get(phone, []) for phone in phones), key=len)
            return [self.messages[sid] for sid in quietest]

    def screen(self, phone: str) -> list[Message]:
        """What the phone shows: what it sent, and what reached it."""
        shown = [
            message
            for message in self.messages_of(phone)
            if message.sender == phone or message.arrived
        ]
        return sorted(shown, key=lambda message: message.arrived or message.created)

    # -- how events change it --------------------------------------------------

    def _set_account(self, record: Record) -> None:
        account = Account(**record["account"])
        self.accounts[account.sid] = account

    def _set_number(self, record: Record) -> None:
        number = Number(**record["number"])
        self.numbers[number.phone] = number

    def _set_campaign(self, record: Record) -> None:
        campaign = Campaign(**record["campaign"])
        self.campaigns[campaign.ref] = campaign

    def _set_resource(self, record: Record) -> None:
        resource = Resource(**record["resource"])
        self.resources[resource.sid] = resource

    def _move_carrier(self, record: Record) -> None:
        """What was planned for the carrier is off, up to `due` or altogether."""
        campaign = self.campaigns[record["ref"]]
        carrier, due = record["carrier"], record.get("due")
        cells = {**campaign.carriers, carrier: record["status"]}
        agenda = [
            step
            for step in campaign.agenda
            if step["what"] != carrier or (due is not None and step["at"] > due)
        ]
        self.campaigns[campaign.ref] = replace(campaign, carriers=cells, agenda=agenda)

    def _set_phones(self, record: Record) -> None:
        for fields in record["phones"]:
            phone = Phone(**fields)
            self.phones[phone.phone] = phone

    def _add_message(self, record: Record) -> None:
        fields = record["message"]
        message = Message(**{**fields, "media": tuple(fields["media"])})
        self.messages[message.sid] = message
        self._of[message.sender].append(message.sid)
        self._of[message.to].append(message.sid)
        if message.direction == "inbound":
            self.open_webhooks[message.sid] = None
            self._set_block(record["block"], message.sender)
        else:
            self.in_flight[message.sid] = None

    def _set_status(self, record: Record) -> None:
        message = self.messages.get(record["sid"])
        if message is None:
            return
        if record["status"] in FINAL_STATUSES or record.get("last"):
            self.in_flight.pop(message.sid, None)
        self.messages[message.sid] = replace(
            message,
            status=record["status"],
            error_code=record["error_code"],
            updated=record["at"],
            sent=message.sent or record["at"],
            arrived=record["at"] if record["arrives"] else message.arrived,
        )

    def _set_block(self, block: Record | None, phone: str) -> None:
        if block is None:
            return
        if block["blocked"]:
            self.blocks.add((block["scope"], phone))
        else:
            self.blocks.discard((block["scope"], phone))

    def _end_webhook(self, record: Record) -> None:
        if record["final"]:
            self.open_webhooks.pop(record["sid"], None)

    def _reset(self, record: Record) -> None:
        self._clear()


def block_scope(number: Number) -> str:
    """A STOP blocks the number, or the whole Messaging Service it belongs to."""
    return number.messaging_service_sid or number.phone


def as_fields(
    thing: Account | Number | Campaign | Phone | Message | Resource,
) -> dict[str, Any]:
    """The record as JSON takes it; `asdict` would copy deeply, ten times slower."""
    return {field: getattr(thing, field) for field in thing.__slots__}


_CHANGES: dict[str, Callable[[World, Record], None]] = {
    "account": World._set_account,
    "number": World._set_number,
    "campaign": World._set_campaign,
    "resource": World._set_resource,
    "carrier_status": World._move_carrier,
    "phones": World._set_phones,
    "accepted": World._add_message,
    "received": World._add_message,
    "vendor_reply": World._add_message,
    "status": World._set_status,
    "webhook": World._end_webhook,
    "reset": World._reset,
}
