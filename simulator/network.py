"""Between the clinic and the phones: what is accepted here will be carried.

Accepting is durable before it returns; carrying is left to the couriers.
"""

from dataclasses import dataclass
from functools import partial
from xml.etree import ElementTree

from simulator.couriers import Couriers
from simulator.fate import Step, fate
from simulator.faults import DELIVERY_MS, Faults
from simulator.forms import inbound_form, status_form
from simulator.keywords import react
from simulator.posting import Letter, Postman, signed_form
from simulator.segments import segments
from simulator.things import GATED, Message, Number, new_sid
from simulator.webhooks import Attempt
from simulator.world import World, as_fields, block_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text that the API has checked and is about to accept."""

    number: Number
    to: str
    body: str
    status: str = "queued"
    status_callback: str = ""
    messaging_service_sid: str | None = None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """`steps` are the couriers that walk texts through their statuses."""

    world: World
    faults: Faults
    postman: Postman
    steps: Couriers

    def open_jobs(self) -> int:
        return self.steps.open_jobs() + self.postman.open_jobs()

    def resume(self) -> None:
        """After a restart: what was accepted and not finished goes on."""
        for sid in list(self.world.open_webhooks):
            self._announce(self.world.messages[sid])
        for sid in list(self.world.in_flight):
            self.carry(self.world.messages[sid])

    # -- from the clinic to a phone --------------------------------------------

    def accept(self, draft: Draft) -> Message | None:
        """Accepts the text, durably; None where the pair is blocked (21610).

        The record keeps what the recipient's carrier said of the campaign then.
        """
        with self.world.lock:
            number = draft.number
            if self.world.blocked(number, draft.to):
                return None
            campaign = self.world.campaign_of(number)
            cells = dict(campaign.carriers) if campaign else {}
            message = self._message(
                account_sid=number.account_sid,
                sender=number.phone,
                to=draft.to,
                body=draft.body,
                direction="outbound-api",
                status=draft.status,
                status_callback=draft.status_callback,
                messaging_service_sid=draft.messaging_service_sid,
                media=draft.media,
            )
            ticket = self.world.commit(
                "accepted",
                message=as_fields(message),
                carrier=self.world.phone(draft.to).carrier,
                campaign=campaign.ref if campaign else None,
                cells={carrier: cells.get(carrier) for carrier in GATED},
            )
        ticket.wait()
        self.carry(message)
        return message

    def carry(self, message: Message) -> None:
        """Sends an accepted text on its way, from wherever it stands."""
        campaign = self.world.campaign_of(self.world.numbers.get(message.sender))
        steps = fate(campaign, self.world.phone(message.to))
        if message.direction == "outbound-reply":
            # The vendor's own keyword replies are not campaign traffic.
            steps = (Step(status="sent"), Step(status="delivered", arrives=True))
        names = [step.status for step in steps]
        start = names.index(message.status) + 1 if message.status in names else 0
        self._soon(message.sid, steps[start:])

    def _soon(self, sid: str, steps: tuple[Step, ...]) -> None:
        if steps:
            seconds = self.faults.amount("delivery_ms", DELIVERY_MS) / 1000
            self.steps.later(seconds, partial(self._step, sid, steps))

    def _step(self, sid: str, steps: tuple[Step, ...]) -> None:
        step, rest = steps[0], steps[1:]
        with self.world.lock:
            if sid not in self.world.messages:  # a reset in the meantime
                return
            self.world.commit(
                "status",
                sid=sid,
                status=step.status,
                error_code=step.error_code,
                arrives=step.arrives,
                last=not rest,
            )
            message = self.world.messages[sid]
            token = self.world.accounts[message.account_sid].token
        if message.status_callback:
            self._report(message, token)
        self._soon(sid, rest)

    def _report(self, message: Message, token: str) -> None:
        request = signed_form(token, message.status_callback, status_form(message))
        noted = {"status": message.status, "error_code": message.error_code}
        self.postman.post(
            Letter(kind="status", sid=message.sid, requests=(request,), noted=noted)
        )

    # -- from a phone to the clinic --------------------------------------------

    def receive(
        self, phone: str, to: str, body: str, media: tuple[str, ...] = ()
    ) -> Message | None:
        """A phone texts a clinic's number, durably; None where nobody has it."""
        with self.world.lock:
            number = self.world.numbers.get(to)
            if number is None:
                return None
            blocked = self.world.blocked(number, phone)
            reaction = react(number.keyword_mode, body, blocked=blocked)
            message = self._message(
                account_sid=number.account_sid,
                sender=phone,
                to=to,
                body=body,
                direction="inbound",
                status="received",
                messaging_service_sid=number.messaging_service_sid,
                media=media,
                opt_out_type=reaction.opt_out_type,
            )
            changes = reaction.blocks is not None and reaction.blocks != blocked
            block = {"scope": block_scope(number), "blocked": reaction.blocks}
            ticket = self.world.commit(
                "received",
                message=as_fields(message),
                block=block if changes else None,
            )
        ticket.wait()
        self._announce(message)
        if reaction.reply:
            self._reply(number, phone, reaction.reply, "keyword")
        return message

    def _announce(self, message: Message) -> None:
        number = self.world.numbers[message.to]
        token = self.world.accounts[message.account_sid].token
        form = inbound_form(message, number)
        requests = []
        if number.sms_url:
            requests = [signed_form(token, number.sms_url, form, number.sms_method)]
        if requests and number.sms_fallback_url:
            form |= {"ErrorCode": "11200", "ErrorUrl": number.sms_url}
            url, method = number.sms_fallback_url, number.sms_fallback_method
            requests.append(signed_form(token, url, form, method))
        letter = Letter(
            kind="inbound",
            sid=message.sid,
            requests=tuple(requests),
            then=partial(self._obey, number, message.sender),
        )
        self.postman.post(letter)

    def _obey(self, number: Number, phone: str, attempt: Attempt) -> None:
        """TwiML that says something is sent, as Twilio would; empty TwiML is not."""
        try:
            root = ElementTree.fromstring(attempt.answer)
        except ElementTree.ParseError:
            return
        for element in root.iter("Message"):
            body = "".join(element.itertext()).strip()
            self._reply(number, phone, body, "twiml")

    def _reply(self, number: Number, phone: str, body: str, why: str) -> None:
        with self.world.lock:
            message = self._message(
                account_sid=number.account_sid,
                sender=number.phone,
                to=phone,
                body=body,
                direction="outbound-reply",
                status="queued",
                messaging_service_sid=number.messaging_service_sid,
            )
            fields = as_fields(message)
            ticket = self.world.commit("vendor_reply", message=fields, why=why)
        ticket.wait()
        self.carry(message)

    def _message(
        self,
        *,
        account_sid: str,
        sender: str,
        to: str,
        body: str,
        direction: str,
        status: str,
        status_callback: str = "",
        messaging_service_sid: str | None = None,
        media: tuple[str, ...] = (),
        opt_out_type: str | None = None,
    ) -> Message:
        now = self.world.clock.stamp()
        return Message(
            sid=new_sid("MM" if media else "SM"),
            position=len(self.world.messages),
            account_sid=account_sid,
            sender=sender,
            to=to,
            body=body,
            direction=direction,
            status=status,
            created=now,
            updated=now,
            sent=now if direction == "inbound" else None,
            segments=segments(body),
            status_callback=status_callback,
            messaging_service_sid=messaging_service_sid,
            media=media,
            opt_out_type=opt_out_type,
        )
