"""`/healthz` (alive) and `/readyz` (able to keep its promises)."""

from flask import Blueprint, Response, current_app, jsonify

from gateway.health import Kept
from kernel.web import heed

bp = Blueprint("health", __name__)


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
