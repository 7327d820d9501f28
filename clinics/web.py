"""Who may open which page: one decorator, and the person behind the request.

A page that is not yours does not exist: 404.  Looking writes nothing, so the idle time
lives in the signed cookie and the rest in the database.
"""

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from flask import Flask, Response, g, redirect, request, session, url_for
from sqlmodel import Session

from clinics.access import clinic_by_slug, note_action
from clinics.models import Role
from clinics.signin import IDLE, ClinicHere, Me, clinic_here, whose
from kernel.errors import NotFound
from kernel.web import heed

View = TypeVar("View", bound=Callable[..., Any])
SEEN_EVERY = timedelta(seconds=60)
NOT_HERE = "There is nothing at this address, or it is not yours to see."
LIVE = "X-Live"  # a page that keeps itself fresh is nobody at the keyboard


def allow(*roles: Role) -> Callable[[View], View]:
    """Opens a view to these roles, at their own clinic where the path names one."""

    def decorated(view: View) -> View:
        @functools.wraps(view)
        def guarded(**path: Any) -> Any:
            person = signed_in()
            if person is None:
                return _ask_to_sign_in()
            g.me = person
            _check(person, frozenset(roles), path.get("clinic"))
            return view(**path)

        guarded.open_to = frozenset(roles)  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorated


def anyone(view: View) -> View:
    """Opens a page to people who are not signed in."""
    view.open_to = "anyone"  # type: ignore[attr-defined]
    return view


def for_machines(app: Flask, *endpoints: str) -> None:
    """Marks views that answer other programs, in plain text or JSON."""
    for endpoint in endpoints:
        view: Any = app.view_functions[endpoint]
        view.open_to, view.for_machines = "anyone", True


def check_every_route(app: Flask) -> None:
    """A route that nobody opened ends the start: it must not be open by oversight."""
    static = {"static", "bootstrap.static"}
    for endpoint, view in app.view_functions.items():
        if endpoint not in static and not hasattr(view, "open_to"):
            raise RuntimeError(f"The route '{endpoint}' says not who may open it.")


def me() -> Me:
    return cast(Me, g.me)


def here() -> ClinicHere:
    """The clinic that the path names; only behind `allow`."""
    return cast(ClinicHere, g.here)


def signed_in() -> Me | None:
    """The person of the cookie, while it is neither idle nor ended."""
    token, seen = session.get("token"), session.get("seen")
    if not isinstance(token, str) or not isinstance(seen, int | float):
        return None
    now = heed().now()
    if now - datetime.fromtimestamp(seen, UTC) > IDLE:
        return None
    with heed().database.reading() as reading:
        person = whose(reading, token, now)
    if person is not None and LIVE not in request.headers:
        _mark_seen(now, seen)
    return person


def begin(token: str) -> None:
    """A new cookie from nothing: what an older one held is gone."""
    session.clear()
    session["token"] = token
    session["seen"] = int(heed().now().timestamp())


def noted(writing: Session, action: str, subject: str = "") -> None:
    """Writes down what the person at the screen does; the caller commits."""
    clinic = g.get("here") or me().clinic
    clinic_id = clinic.id if clinic is not None else None
    note_action(writing, clinic_id, me().email, action, subject, heed().now())


def _mark_seen(now: datetime, seen: float) -> None:
    if abs(now.timestamp() - seen) > SEEN_EVERY.total_seconds():
        session["seen"] = int(now.timestamp())


def _check(person: Me, roles: frozenset[Role], slug: str | None) -> None:
    """Raises NotFound."""
    if person.role not in roles:
        raise NotFound(NOT_HERE)
    g.here = None
    if slug is None:
        return
    if person.role is Role.operator:
        with heed().database.reading() as reading:
            g.here = clinic_here(clinic_by_slug(reading, slug))
    elif person.clinic is None or person.clinic.slug != slug:
        raise NotFound(NOT_HERE)
    else:
        g.here = person.clinic


def _ask_to_sign_in() -> Response:
    after = request.full_path.rstrip("?") if request.method == "GET" else ""
    return cast(Response, redirect(url_for("signin.signin", next=after or None)))
