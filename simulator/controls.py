"""The simulator's own controls under /sim (contract section 8).

JSON in, JSON out; what is wrong is said in one sentence with status 400 or 404.
"""

import time
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.faults import BadFault, read_setting
from simulator.judge import records
from simulator.lab import lab
from simulator.setting_up import (
    Refused,
    decide_dca,
    move_carrier,
    put_account,
    put_campaign,
    put_number,
    put_phones,
)
from simulator.things import Message
from simulator.world import as_fields

bp = Blueprint("controls", __name__, url_prefix="/sim")
Answer = Response | tuple[Response, int]


def _said(outcome: object) -> Answer:
    if isinstance(outcome, Refused):
        return jsonify(error=outcome.says), outcome.http_status
    return jsonify(outcome)


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    return body if isinstance(body, dict) else {}


@bp.put("/accounts/<sid>")
def account(sid: str) -> Answer:
    """{"token", "parent"}: a parent's token opens its sub-accounts too."""
    return _said(put_account(lab(), sid, _body()))


@bp.put("/numbers/<phone>")
def number(phone: str) -> Answer:
    """Any of {"account_sid", "campaign", "keyword_mode", "sms_url", …}; rest stays."""
    return _said(put_number(lab(), phone, _body()))


@bp.get("/numbers")
def numbers() -> Answer:
    return jsonify([as_fields(n) for n in list(lab().world.numbers.values())])


@bp.put("/campaigns/<ref>")
def campaign(ref: str) -> Answer:
    """Any of {"tcr_id", "account_sid", "carriers", …}; sends no event."""
    return _said(put_campaign(lab(), ref, _body()))


@bp.get("/campaigns")
def campaigns() -> Answer:
    return jsonify([as_fields(c) for c in list(lab().world.campaigns.values())])


@bp.put("/campaigns/<ref>/carriers/<carrier>")
def carrier(ref: str, carrier: str) -> Answer:
    """{"status": "APPROVED|REVIEW|REJECTED|SUSPENDED"}, and TCR tells about it."""
    return _said(move_carrier(lab(), ref, carrier, _body().get("status")))


@bp.put("/campaigns/<ref>/dca")
def aggregator(ref: str) -> Answer:
    """{"status": "ACCEPTED|DECLINED|PENDING"}, perhaps {"code", "explanation",
    "fields"}: the aggregator decides now.  `ref` may be a TCR id or Twilio's."""
    return _said(decide_dca(lab(), ref, _body()))


@bp.put("/phones")
def many_phones() -> Answer:
    """A list of {"phone", "carrier", "line_type", "behaviour"}, in one record."""
    body = request.get_json(force=True, silent=True)
    return _said(put_phones(lab(), body if isinstance(body, list) else []))


@bp.put("/phones/<phone>")
def one_phone(phone: str) -> Answer:
    return _said(put_phones(lab(), [{**_body(), "phone": phone}]))


@bp.get("/phones")
def phones() -> Answer:
    return jsonify([as_fields(p) for p in list(lab().world.phones.values())])


@bp.get("/phones/<phone>")
def screen(phone: str) -> Answer:
    """The phone and its screen, oldest first; `at` is when it was sent or arrived."""
    world = lab().world
    return jsonify(
        {
            **as_fields(world.phone(phone)),
            "screen": [on_screen(phone, message) for message in world.screen(phone)],
        }
    )


def on_screen(phone: str, message: Message) -> dict[str, Any]:
    sent = message.sender == phone
    return {
        "sid": message.sid,
        "direction": "sent" if sent else "received",
        "with": message.to if sent else message.sender,
        "body": message.body,
        "at": message.created if sent else message.arrived,
        "by_vendor": message.direction == "outbound-reply",
    }


@bp.post("/phones/<phone>/texts")
def text(phone: str) -> Answer:
    """The phone texts: {"to", "body"}, perhaps {"media": [url]}.  Durable at once."""
    body = _body()
    to, words, media = body.get("to"), body.get("body", ""), body.get("media", [])
    if not isinstance(words, str) or not isinstance(to, str):
        return _said(Refused('A text needs {"to": "+1…", "body": "…"}.'))
    # Half a surrogate pair cannot travel: no phone sends one.
    words = words.encode("utf-8", "replace").decode()
    received = lab().network.receive(phone, to, words, tuple(map(str, media)))
    if received is None:
        return _said(Refused(f"Nobody has the number {to} here.", 404))
    return jsonify(sid=received.sid, opt_out_type=received.opt_out_type)


@bp.get("/messages")
def messages() -> Answer:
    """Everything accepted in both directions, oldest first; `?phone=` narrows."""
    found = lab().world.messages_of(*request.args.getlist("phone"))
    return jsonify([as_fields(message) for message in found])


@bp.put("/faults")
def faults() -> Answer:
    """The whole set of faults: what is absent is off (see `faults.py`)."""
    setting = read_setting(_body())
    if isinstance(setting, BadFault):
        return _said(Refused(setting.says))
    lab().faults.put(setting)
    lab().world.commit("faults", faults=dict(setting.raw)).wait()
    return jsonify(dict(setting.raw))


@bp.get("/faults")
def present_faults() -> Answer:
    return jsonify(dict(lab().faults.setting.raw))


@bp.get("/judge")
def judge() -> Answer:
    """The append-only record as NDJSON; `?after=SEQ` and `?event=a,b` narrow it."""
    after = request.args.get("after", 0, int)
    events = set(filter(None, request.args.get("event", "").split(",")))
    if not after and not events:
        return Response(lab().judge.path.read_bytes(), mimetype="application/x-ndjson")

    def lines() -> Iterator[str]:
        for record in records(lab().judge.path):
            if record["seq"] > after and (not events or record["event"] in events):
                yield jsonify(record).get_data(as_text=True)

    return Response("".join(lines()), mimetype="application/x-ndjson")


@bp.get("/idle")
def idle() -> Answer:
    """Waits (`?seconds=5`) until every step and webhook is done; 504 if not."""
    end = time.monotonic() + request.args.get("seconds", 5.0, float)
    while (jobs := lab().network.open_jobs()) and time.monotonic() < end:
        time.sleep(0.01)
    return jsonify(idle=not jobs, open_jobs=jobs), 504 if jobs else 200


@bp.post("/reset")
def reset() -> Answer:
    """Forgets the world and the faults; the judge's file only grows by one record."""
    setting = read_setting({})
    assert not isinstance(setting, BadFault)
    lab().faults.put(setting)
    lab().world.commit("reset").wait()
    return jsonify(reset=True)
