"""Twilio's Messages: create, list and fetch, as api.twilio.com answers them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, jsonify, request

from simulator.lab import lab
from simulator.network import Draft
from simulator.things import Message, Number
from simulator.twilio_answers import (
    Answer,
    authenticated,
    not_found,
    page_size,
    refusal,
    rfc2822,
)

bp = Blueprint("messages", __name__)
ACCOUNT = "/api.twilio.com/2010-04-01/Accounts/<account_sid>"
Test = Callable[[Message], bool]
E164 = re.compile(r"\+(1[2-9]\d{2}[2-9]\d{6}|[2-9]\d{7,14})")
LONGEST = 1600


@bp.post(f"{ACCOUNT}/Messages.json")
@authenticated
def create(account_sid: str) -> Answer:
    drafted = _draft(account_sid)
    if isinstance(drafted, int):
        return _refused(drafted)
    message = lab().network.accept(drafted)
    if message is None:
        return _refused(21610)
    answer = jsonify(message_json(message))
    answer.status_code = 201
    return answer


def _draft(account_sid: str) -> Draft | int:
    """The text that is asked for, or the number of Twilio's refusal."""
    form = request.form
    to, body, sender = form.get("To", ""), form.get("Body", ""), form.get("From", "")
    service = form.get("MessagingServiceSid") or None
    callback = form.get("StatusCallback", "")
    media = tuple(form.getlist("MediaUrl"))
    number = _sender(account_sid, sender, service)
    checks = (
        (not to, 21604),
        (E164.fullmatch(to) is None, 21211),
        (not sender and service is None, 21603),
        (sender and number is None, 21606),
        (number is None, 21703),
        (to == sender, 21266),
        (not body and not media, 21602),
        (len(body) > LONGEST, 21617),
        (bool(callback) and not _is_url(callback), 21609),
    )
    for wrong, code in checks:
        if wrong:
            return code
    assert number is not None
    return Draft(
        number=number,
        to=to,
        body=body,
        status="accepted" if service else "queued",
        status_callback=callback or number.status_callback,
        messaging_service_sid=service,
        media=media,
    )


def _sender(account_sid: str, sender: str, service: str | None) -> Number | None:
    """The account's own number: the one named, or the first of its service."""
    world = lab().world
    named = world.numbers.get(sender)
    numbers = world.service_numbers(service or "")
    choices = [named] if sender else numbers
    return next((n for n in choices if n and n.account_sid == account_sid), None)


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _refused(code: int) -> Answer:
    form = request.form
    lab().world.commit(
        "refused",
        code=code,
        to=form.get("To"),
        sender=form.get("From"),
        body=form.get("Body"),
    ).wait()
    return refusal(code)


@bp.get(f"{ACCOUNT}/Messages/<sid>.json")
@authenticated
def fetch(account_sid: str, sid: str) -> Answer:
    message = lab().world.messages.get(sid)
    if message is None or message.account_sid != account_sid:
        return not_found()
    return jsonify(message_json(message))


@bp.get(f"{ACCOUNT}/Messages.json")
@authenticated
def messages(account_sid: str) -> Answer:
    """Newest first.  A page token names the last message of the page before."""
    try:
        wanted = _filters(account_sid)
    except ValueError as error:
        return refusal(20001, str(error))
    args = request.args
    parties = [args[name] for name in ("From", "To") if args.get(name)]
    found = [m for m in lab().world.messages_of(*parties) if _all_of(wanted, m)]
    found.sort(key=lambda message: -message.position)
    last = lab().world.messages.get(args.get("PageToken", "")[2:])
    if last is not None:
        found = [m for m in found if m.position < last.position]
    size = page_size()
    page, rest = found[:size], found[size:]
    number = int(args["Page"]) if args.get("Page", "").isdigit() else 0
    kept = [(k, v) for k, v in args.items(multi=True) if k not in ("Page", "PageToken")]
    following = [*kept, ("Page", str(number + 1))]
    if page:
        following.append(("PageToken", "PA" + page[-1].sid))
    base = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
    return jsonify(
        messages=[_listed(message) for message in page],
        page=number,
        page_size=size,
        start=number * size,
        end=number * size + max(len(page) - 1, 0),
        uri=f"{base}?{urlencode(list(args.items(multi=True)))}",
        first_page_uri=f"{base}?{urlencode([*kept, ('Page', '0')])}",
        previous_page_uri=None,
        next_page_uri=f"{base}?{urlencode(following)}" if rest else None,
    )


def _all_of(tests: list[Test], message: Message) -> bool:
    return all(test(message) for test in tests)


def _filters(account_sid: str) -> list[Test]:
    args, now = request.args, lab().clock.now()
    newest = now - timedelta(seconds=lab().faults.amount("list_lag_s"))
    tests: list[Test] = [
        lambda m: m.account_sid == account_sid,
        lambda m: _moment(m) <= newest,
    ]
    if to := args.get("To"):
        tests.append(lambda m: m.to == to)
    if sender := args.get("From"):
        tests.append(lambda m: m.sender == sender)
    if day := args.get("DateSent"):
        start, end = _bounds(day[:10])
        tests.append(lambda m: start <= _moment(m) < end)
    if after := args.get("DateSent>"):
        earliest = _bounds(after)[0]
        tests.append(lambda m: _moment(m) >= earliest)
    if before := args.get("DateSent<"):
        latest = _bounds(before)[1]
        tests.append(lambda m: _moment(m) < latest)
    return tests


def _moment(message: Message) -> datetime:
    """When it was sent; before that, when it was made."""
    return datetime.fromisoformat(message.sent or message.created)


def _bounds(text: str) -> tuple[datetime, datetime]:
    """The day (GMT) or the second that a date filter names, end excluded."""
    start = datetime.fromisoformat(text)
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start
    width = timedelta(days=1) if len(text) == 10 else timedelta(seconds=1)
    return start.replace(microsecond=0), start.replace(microsecond=0) + width


def _listed(message: Message) -> dict[str, Any]:
    shown = message_json(message)
    if lab().faults.bites("redact_listed"):
        shown["body"] = ""
    return shown


def message_json(message: Message) -> dict[str, Any]:
    """A Message resource, with the types of Twilio's OpenAPI description."""
    uri = f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": message.account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(len(message.media)),
        "num_segments": "0" if message.status == "accepted" else str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }
