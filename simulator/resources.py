"""Keeping and showing the plain things of an account: made once, listed, changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import jsonify, request

from simulator.lab import lab
from simulator.things import Resource, new_sid
from simulator.twilio_answers import Answer, account_opened, meta_page, seconds
from simulator.world import as_fields


def owner() -> str:
    """The account that calls; every view here is behind `authenticated`."""
    return account_opened() or ""


def make(
    kind: str,
    prefix: str,
    shown: Mapping[str, Any],
    account_sid: str | None = None,
    notes: Mapping[str, Any] | None = None,
) -> Resource:
    now = lab().clock.stamp()
    made = Resource(
        sid=new_sid(prefix),
        kind=kind,
        account_sid=account_sid or owner(),
        created=now,
        updated=now,
        shown=dict(shown),
        notes=dict(notes or {}),
    )
    lab().world.commit("resource", resource=as_fields(made)).wait()
    return made


def change(old: Resource, notes: Mapping[str, Any] | None = None, **shown: Any) -> Any:
    """The same thing with other words; the answer shows it so."""
    new = replace(
        old,
        shown={**old.shown, **shown},
        notes={**old.notes, **(notes or {})},
        updated=lab().clock.stamp(),
    )
    lab().world.commit("resource", resource=as_fields(new)).wait()
    return new


def find(kind: str, sid: str, account_sid: str | None = None) -> Resource | None:
    found = lab().world.resources.get(sid)
    mine = found is not None and found.account_sid == (account_sid or owner())
    return found if mine and found is not None and found.kind == kind else None


def mine(kind: str, **shown: str | None) -> list[Resource]:
    """The account's own, newest first as Twilio lists them; `shown` narrows."""
    wanted = {name: value for name, value in shown.items() if value is not None}
    found = lab().world.resources_of(owner(), kind)
    return [
        one
        for one in reversed(found)
        if all(one.shown.get(name) == value for name, value in wanted.items())
    ]


def json_of(one: Resource, url: str) -> dict[str, Any]:
    """With the dates and the address of the newer APIs."""
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        **one.shown,
        "date_created": seconds(one.created),
        "date_updated": seconds(one.updated),
        "url": f"{url}/{one.sid}",
    }


def answer(body: dict[str, Any], status: int = 200) -> Answer:
    told = jsonify(body)
    told.status_code = status
    return told


def page(key: str, url: str, found: list[Resource]) -> Answer:
    return meta_page(key, url, [json_of(one, url) for one in found])


def form(name: str, default: str = "") -> str:
    return request.form.get(name, default)
