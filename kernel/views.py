"""What every page shares: security headers, CSRF, the look, times, the error page.

Nothing here knows a clinic or who is signed in.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, render_template, request
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFError, CSRFProtect
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from kernel.asked import LARGEST_ID
from kernel.clock import clock_time, day_words, local_time
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from kernel.logs import log
from kernel.phone import shown
from kernel.settings import Settings
from kernel.visible import visible
from kernel.web import heed

STATUS = {NotFound: 404, NotAllowed: 403, Invalid: 400, Conflict: 409}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}
NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}
STATIC_LASTS = 3600
EXPIRED = "This page was open too long, or in another sign-in. Go back, reload, repeat."
LARGE = "This file is too large. The most that can be uploaded is {} MB."

csrf = CSRFProtect()


class IdConverter(IntegerConverter):
    """Numbers in addresses are ids: what no row can have leads nowhere."""

    def __init__(self, url_map: Any, **limits: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **limits})


def furnish(app: Flask, settings: Settings) -> None:
    """Makes pages of an app: what is set here holds for every one of them."""
    app.config.update(
        # The prefix makes browsers refuse a cookie that another host set for us.
        SESSION_COOKIE_NAME="__Host-heed" if settings.production else "heed",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_LASTS,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the sign-in lasts
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.url_map.converters["int"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        phone=shown, visible=_shown_text, when=when, day=day_words
    )
    if settings.heed_proxies:
        fix: Any = ProxyFix(app.wsgi_app, x_for=settings.heed_proxies, x_proto=1)
        app.wsgi_app = fix  # type: ignore[method-assign]
    csrf.init_app(app)
    Bootstrap5(app)
    app.after_request(_harden)
    app.log_exception = _by_route  # type: ignore[method-assign]
    for mistake in STATUS:
        app.register_error_handler(mistake, _our_mistake)
    app.register_error_handler(HTTPException, _http_mistake)


def room_for(
    blueprint: Blueprint,
    endpoint: str,
    most: int,
    in_memory: int = 0,
    only_if: Callable[[], bool] = lambda: True,
) -> None:
    """Lets one page take an upload of `most` bytes, and fields of `in_memory`.

    Before the view: the check of the form's token reads the whole body first.  So a
    page for very large files says `only_if` who may send one at all.
    """

    def make_room(asked: str | None, _path: dict[str, Any] | None) -> None:
        if asked == f"{blueprint.name}.{endpoint}" and only_if():
            request.max_content_length = most
            request.max_form_memory_size = in_memory or request.max_form_memory_size

    blueprint.url_value_preprocessor(make_room)


def when(at: datetime | None, time_zone: str, form: str = "full") -> Markup:
    """A `<time>` in the clinic's zone: `full`, `day`, `time`, or `near`, which says
    "today" where it is."""
    if at is None:
        return Markup("")
    text = _worded(at, time_zone, form)
    stamp = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return Markup('<time datetime="{}">{}</time>').format(stamp, text)


def _worded(at: datetime, time_zone: str, form: str) -> str:
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    if form == "day":
        return f"{local:%a, %b} {local.day}"
    if form == "time":
        return f"{clock_time(local)} {local:%Z}"
    days = (local.date() - heed().now().astimezone(zone).date()).days
    if form == "near" and days in NEAR:
        return f"{NEAR[days]}, {clock_time(local)} {local:%Z}"
    return local_time(at, time_zone)


def _shown_text(text: str) -> Markup:
    """A patient's own words: no sign that hides or turns them, and no direction that
    leaks into what stands beside them."""
    return Markup("<bdi>{}</bdi>").format(escape(visible(text, newlines=True)))


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint not in {"static", "bootstrap.static"}:
        response.headers.setdefault("Cache-Control", "no-store")
    if heed().settings.production:
        year = "max-age=31536000; includeSubDomains"
        response.headers.setdefault("Strict-Transport-Security", year)
    return response


def _by_route(exc_info: Any) -> None:
    """Flask would log the address, which may hold a phone number or a secret link."""
    route = request.url_rule.rule if request.url_rule else ""
    log().error("request failed", route=route, exc_info=exc_info)


def _our_mistake(mistake: Exception) -> Any:
    return _answer(str(mistake) or (type(mistake).__doc__ or ""), STATUS[type(mistake)])


def _http_mistake(mistake: HTTPException) -> Any:
    if mistake.response is not None:  # it is an answer already, such as a redirect
        return mistake.response
    code = mistake.code or 500
    sentence = {
        404: "There is nothing at this address, or it is not yours to see.",
        405: "This page cannot be used in this way. Go back and try again.",
        500: "Something went wrong here, and it was written down. Nothing was half "
        "done. Try again; if it stays, tell the operator.",
    }.get(code, mistake.description or "This request cannot be used.")
    if isinstance(mistake, CSRFError):
        sentence = EXPIRED
    if isinstance(mistake, RequestEntityTooLarge):
        most = request.max_content_length or 0
        if (request.content_length or most + 1) <= most:  # it was one long field
            most = request.max_form_memory_size or 0
        sentence = LARGE.format(most // 1024 // 1024)
    return _answer(sentence, code)


def _answer(sentence: str, code: int) -> Any:
    """A page for people, a plain sentence for machines."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is not None and getattr(view, "for_machines", False):
        return Response(sentence, code, mimetype="text/plain")
    return render_template("error.html", sentence=sentence, code=code), code
