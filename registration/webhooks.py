"""Where The Campaign Registry calls us.  A suspension acts before we answer; all
else is kept and asked about at once."""

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from kernel.logs import log
from kernel.web import heed
from registration import tcr
from registration.tcr_feed import poll_campaigns, receive

bp = Blueprint("tcr", __name__)
MAX_BYTES = 64 * 1024


@bp.post("/webhooks/tcr")
def tcr_webhook() -> Response:
    """403 unsigned, 400 signed but unreadable, 413 too large, 503 not durable."""
    request.max_content_length = MAX_BYTES
    settings = heed().settings
    secret = settings.tcr_api_secret.get_secret_value()
    if not request.headers.get("X-Registry-Signature"):
        return _answer(403, "This call is not signed by The Campaign Registry.")
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _answer(413, "The body is larger than 64 KiB.")
    except Exception:  # the server's parser has errors of its own for broken chunks
        return _answer(400, "The body cannot be read.")
    event = tcr.parse_webhook(body)
    if isinstance(event, tcr.BadWebhook):
        # The signature covers the canonical form, which an unreadable body lacks.
        return _answer(403 if not secret else 400, event.why)
    url = settings.public_base_url.rstrip("/") + "/webhooks/tcr"
    given = request.headers.get("X-Registry-Signature", "")
    if not secret or not tcr.signature_ok(secret, url, event.body, given):
        return _answer(403, "This call is not signed by The Campaign Registry.")
    now = heed().now()
    try:
        received = heed().database.retrying(
            lambda session: receive(
                session, event, now, can_ask=bool(settings.tcr_api_base)
            )
        )
    except SQLAlchemyError as mistake:
        log().error("tcr webhook not taken", error=type(mistake).__name__)
        return _answer(503, "Try again.")
    if received.poll:
        try:
            poll_campaigns(heed().database, settings, now, only=received.poll)
        except SQLAlchemyError as mistake:  # the event is kept; the clock asks again
            log().error("tcr not asked", error=type(mistake).__name__)
    return _answer(200, received.why)


def _answer(status: int, sentence: str) -> Response:
    return Response(sentence, status, mimetype="text/plain")
