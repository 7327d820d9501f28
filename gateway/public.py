"""`/healthz` (alive), `/readyz` (able to keep its promises), `/metrics` (how the work
stands), and the check that `flask doctor` makes through our public address."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, abort, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from gateway.accounts import Account
from gateway.health import Kept
from gateway.metrics import Measured
from gateway.signed_form import Denied, read_form
from gateway.webhooks import Inbox
from kernel.errors import Invalid
from kernel.web import heed

bp = Blueprint("health", __name__)
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
THROUGH_A_PROXY = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing more."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when every check is green, else 503 with what is wrong."""
    kept: Kept = current_app.extensions["health"]
    found = kept.checks(heed().now())
    ready = all(check.ok for check in found)
    body = jsonify(
        status="ok" if ready else "not ready",
        checks={
            check.name: {"ok": check.ok, "detail": check.detail} for check in found
        },
    )
    return body, 200 if ready else 503


@bp.get("/metrics")
def metrics() -> Response:
    """For whoever is on this machine or knows METRICS_TOKEN; for others it is not
    there."""
    if not (_knows_the_token() or _on_this_machine()):
        abort(404)
    measured: Measured = current_app.extensions["metrics"]
    return Response(measured.text(heed().now()), content_type=PROMETHEUS)


@bp.post("/webhooks/twilio/check")
def check() -> tuple[Response, int]:
    """Would this form, signed for this address, be believed?  Reads it just as the
    webhooks do, and keeps nothing whatever it is."""
    inbox: Inbox = current_app.extensions["inbox"]
    base_url, accounts = heed().settings.public_base_url, inbox.accounts

    def whose(fields: dict[str, str]) -> Account | None:
        return accounts.for_number(fields.get("To", ""))

    try:
        form = read_form(request, base_url, accounts, whose, ())
    except (SQLAlchemyError, Invalid):
        return jsonify(signed=False, why="not now"), 503
    if isinstance(form, Denied):
        return jsonify(signed=False, why=form.why), form.status
    return jsonify(signed=True), 200


def _knows_the_token() -> bool:
    token = heed().settings.metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "").encode()
    return bool(token) and hmac.compare_digest(given, f"Bearer {token}".encode())


def _on_this_machine() -> bool:
    """A proxy on this machine brings strangers from a loopback address."""
    if any(header in request.headers for header in THROUGH_A_PROXY):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:  # a socket file has no address
        return False
