"""Twilio's manners: basic authentication, error bodies, dates and pages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec

from flask import Response, jsonify, request

from simulator.lab import lab
from simulator.tables import api_errors

P = ParamSpec("P")
Answer = Response


def refusal(code: int, detail: str = "") -> Answer:
    """Twilio's error body for one of its numbered errors."""
    error = api_errors()[code]
    answer = jsonify(
        code=code,
        message=detail or error.message,
        more_info=f"https://www.twilio.com/docs/errors/{code}",
        status=error.http_status,
    )
    answer.status_code = error.http_status
    if code == 20003:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if code == 20429:
        answer.headers["Retry-After"] = "1"
    return answer


def not_found() -> Answer:
    path = request.path.split("/", 2)[-1]
    return refusal(20404, f"The requested resource /{path} was not found")


def account_opened(account_sid: str | None = None) -> str | None:
    """The account whose token (or whose parent's) came along, or None.

    `account_sid` is the account in the path; without one, the caller's own.
    """
    given, accounts = request.authorization, lab().world.accounts
    if given is None or given.username not in accounts:
        return None
    caller = accounts[given.username]
    wanted = account_sid or caller.sid
    account = accounts.get(wanted)
    if given.password != caller.token or account is None:
        return None
    return wanted if caller.sid in (account.sid, account.parent) else None


def authenticated(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Refuses a wrong account or token with 401 and code 20003."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Answer:
        account_sid = kwargs.get("account_sid")
        wanted = str(account_sid) if account_sid is not None else None
        if account_opened(wanted) is None:
            return refusal(20003)
        return view(*args, **kwargs)

    return checked


def rfc2822(stamp: str | None) -> str | None:
    """Fri, 21 Nov 2026 20:51:07 +0000, the dates of the 2010 API."""
    if stamp is None:
        return None
    return datetime.fromisoformat(stamp).strftime("%a, %d %b %Y %H:%M:%S +0000")


def seconds(stamp: str) -> str:
    """2026-11-21T20:51:07Z, the dates of the newer APIs."""
    return stamp[:19] + "Z"


def page_size() -> int:
    text = request.args.get("PageSize", "50")
    return min(max(int(text), 1), 1000) if text.isdigit() else 50


def meta_page(key: str, url: str, items: Sequence[dict[str, Any]]) -> Answer:
    """The newer APIs' list, in one page: nothing here has more than 1,000."""
    size = page_size()
    first = f"{url}?PageSize={size}&Page=0"
    meta = {
        "page": 0,
        "page_size": size,
        "first_page_url": first,
        "previous_page_url": None,
        "next_page_url": None,
        "url": first,
        "key": key,
    }
    return jsonify({"meta": meta, key: list(items)})
