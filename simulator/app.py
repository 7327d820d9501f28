"""Wires the simulator into one Flask app: the vendor's APIs, /sim and the page."""

import time
from typing import Any

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from simulator import (
    accounts_api,
    brands_api,
    controls,
    lookups,
    numbers_api,
    page,
    services_api,
    tcr_api,
    trusthub_api,
    twilio_api,
    usa2p_api,
)
from simulator.lab import Config, lab, open_lab
from simulator.reviewer import settle
from simulator.server import CUT
from simulator.twilio_answers import not_found, refusal

VENDOR_PATHS = (
    "/api.twilio.com/",
    "/lookups.twilio.com/",
    "/messaging.twilio.com/",
    "/trusthub.twilio.com/",
    "/tcr/",
)
APIS = (
    *(twilio_api, accounts_api, numbers_api, lookups, trusthub_api, brands_api),
    *(services_api, usa2p_api, tcr_api, controls, page),
)


def create_app(config: Config) -> Flask:
    """The app, its judge's file replayed and its couriers running."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["simulator"] = open_lab(config)
    for module in APIS:
        app.register_blueprint(module.bp)
    app.before_request(_refuse_other_sites)
    app.before_request(_misbehave_before)
    app.before_request(_let_happen)
    app.after_request(_misbehave_after)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _answer_error)
    return app


def _vendor_call() -> bool:
    return request.path.startswith(VENDOR_PATHS)


def _let_happen() -> None:
    """What is due on the vendor's clock has happened before anybody is answered."""
    settle(lab().world, lab().tell)


def _refuse_other_sites() -> tuple[Response, int] | None:
    """A page of another site must not press our buttons."""
    origin = request.headers.get("Origin")
    if origin and origin.partition("://")[2] != request.host:
        return jsonify(error="Only the simulator's own page may do that."), 403
    return None


def _misbehave_before() -> Response | None:
    faults = lab().faults
    call = f"{request.method} {request.path}"
    g.faulty = _vendor_call() and faults.touches(call)
    if not g.faulty:
        return None
    _travel()
    for name, code in (("http_429", 20429), ("http_500", 20500)):
        if faults.bites(name):
            lab().world.commit("fault", fault=name, call=call)
            return refusal(code)
    return None


def _travel() -> None:
    """Half of the latency: once on the way in, once on the way out."""
    if latency := lab().faults.amount("latency_ms"):
        time.sleep(latency / 2000)


def _misbehave_after(response: Response) -> Response:
    if not _vendor_call():
        return response
    if lab().config.record:
        _record(response)
    if not g.get("faulty"):
        return response
    _travel()
    faults = lab().faults
    bitten = None
    if response.status_code < 300:
        if faults.bites("http_500_after_accept"):
            bitten, response = "http_500_after_accept", refusal(20500)
        elif faults.bites("garbage_reply"):
            page = "<html><body>It works!</body></html>"
            bitten = "garbage_reply"
            response = Response(page, response.status_code, mimetype="text/html")
    if faults.bites("drop_reply"):
        bitten = "drop_reply"
        request.environ[CUT] = 0
    elif cut := faults.amount("cut_after_bytes"):
        bitten = "cut_after_bytes"
        request.environ[CUT] = int(cut)
    if bitten:
        call = f"{request.method} {request.path}"
        lab().world.commit("fault", fault=bitten, call=call)
    return response


def _record(response: Response) -> None:
    """One exchange, for tests that check it against Twilio's own description."""
    host, _, path = request.path[1:].partition("/")
    lab().world.commit(
        "api",
        method=request.method,
        host=host,
        path="/" + path,
        query=list(request.args.items(multi=True)),
        form=list(request.form.items(multi=True)),
        status=response.status_code,
        json=response.get_json(silent=True),
    )


def _protect(response: Response) -> Response:
    if _vendor_call():
        return response
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    # With no-referrer a browser would send its own forms with "Origin: null".
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _answer_error(error: HTTPException) -> Any:
    if _vendor_call():
        return not_found() if error.code in (404, 405) else refusal(20500)
    if request.path.startswith("/sim/"):
        return jsonify(error=error.description), error.code
    return error
