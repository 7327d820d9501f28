"""Where Twilio calls us.  200 means durable; 503 means try again; nothing of ours is
ever said in the answer, because every word goes through the outbox."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from gateway.accounts import Account, Accounts
from gateway.inbound import Arrived, OnReply, receive, storable
from gateway.models import ArrivedBy, Quarantine
from gateway.sent import Report, take_report
from gateway.signed_form import Denied, Form, Whose, read_form
from kernel.asked import LARGEST_ID
from kernel.errors import Invalid
from kernel.faults import point
from kernel.logs import log
from kernel.web import heed

bp = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
MAX_CODE = re.compile(r"^\d{1,6}$")


@dataclass(slots=True)
class Inbox:
    """What the webhooks need beside the app: accounts and the visit side."""

    accounts: Accounts
    on_reply: OnReply
    denied: Counter[str] = field(default_factory=Counter)


@bp.post("/inbound")
def inbound() -> Response:
    point("i1")
    inbox = _inbox()

    def whose(fields: dict[str, str]) -> Account | None:
        return inbox.accounts.for_number(fields.get("To", ""))

    return _answer(whose, ("AccountSid", "From", "To", "Body"), _receive)


@bp.post("/status", defaults={"message_id": None})
@bp.post(f"/status/<int(max={LARGEST_ID}):message_id>")
def status(message_id: int | None) -> Response:
    inbox = _inbox()

    def whose(fields: dict[str, str]) -> Account | None:
        # By the number it was sent from, without asking the database before the
        # signature is known to be good; the message must then be that clinic's.
        return inbox.accounts.for_number(fields.get("From", ""))

    return _answer(
        whose,
        ("AccountSid", "MessageStatus"),
        lambda found: _take_status(found, message_id),
    )


def _answer(
    whose: Whose, required: tuple[str, ...], take: Callable[[Form], None]
) -> Response:
    base_url, accounts = heed().settings.public_base_url, _inbox().accounts
    try:
        form = read_form(request, base_url, accounts, whose, required)
        if isinstance(form, Denied):
            return _deny(form)
        take(form)
    except (SQLAlchemyError, Invalid, OSError) as mistake:
        # Not durable: whoever sent it must keep it.  Never a 500, never a 200.
        log().error("webhook not taken", error=type(mistake).__name__)
        return Response("Try again.", 503, {"Retry-After": "5"}, mimetype="text/plain")
    point("i9")
    return Response(EMPTY_TWIML, 200, mimetype="text/xml")


def _receive(form: Form) -> None:
    point("i2")
    account, fields = form.account, form.fields
    now = heed().now()
    if account.clinic_id is None or account.number_id is None:
        _quarantine("this number is not ours", form.raw, account.account_sid)
        return
    arrived = Arrived(
        clinic_id=account.clinic_id,
        number_id=account.number_id,
        account_sid=account.account_sid,
        vendor_sid=fields["MessageSid"],
        from_phone=fields["From"],
        body=fields["Body"],
        opt_out_type=fields.get("OptOutType"),
        raw=form.raw,
        arrived_by=ArrivedBy.webhook,
        vendor_at=None,
        our_address=heed().settings.public_base_url,
    )
    on_reply = _inbox().on_reply
    point("i3")
    heed().database.retrying(lambda session: receive(session, arrived, on_reply, now))
    point("i8")


def _take_status(form: Form, message_id: int | None) -> None:
    account, fields = form.account, form.fields
    if account.clinic_id is None:
        _quarantine(
            "status of a number that is not ours", form.raw, account.account_sid
        )
        return
    point("o12")
    clinic_id, now = account.clinic_id, heed().now()
    code = fields.get("ErrorCode", "")
    report = Report(
        account_sid=account.account_sid,
        vendor_sid=fields["MessageSid"],
        status=storable(fields["MessageStatus"])[:40],
        error_code=code if MAX_CODE.match(code) else None,
        raw=form.raw,
    )
    heed().database.retrying(
        lambda session: take_report(session, clinic_id, message_id, report, now)
    )


def _deny(denied: Denied) -> Response:
    _inbox().denied[denied.why if denied.status != 400 else "malformed"] += 1
    log().warning("webhook denied", status=denied.status, why=denied.why)
    if denied.raw is not None:
        _quarantine(denied.why, denied.raw, denied.account_sid)
    return Response(SENTENCES[denied.status], denied.status, mimetype="text/plain")


SENTENCES = {
    400: "The form cannot be read.",
    403: "This call is not signed by the account that owns the number.",
    413: "The body is larger than 64 KiB.",
}


def _quarantine(reason: str, raw: str, account_sid: str | None) -> None:
    row = {
        "account_sid": account_sid,
        "reason": reason,
        "raw": raw,
        "received_at": heed().now(),
    }
    heed().database.retrying(
        lambda session: session.connection().execute(sa.insert(Quarantine), row)
    )


def _inbox() -> Inbox:
    inbox: Inbox = current_app.extensions["inbox"]
    return inbox
