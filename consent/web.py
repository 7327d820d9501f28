"""How a page hands out a kept file: nothing in it may run, and nobody caches it."""

from io import BytesIO

from flask import Response, send_file
from werkzeug.utils import secure_filename

from consent.attachments import PAGE, PDF, ending
from consent.models import Attachment

STYLED = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
QUIET = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def hand_out(file: Attachment, name: str | None = None, show: bool = True) -> Response:
    """A picture is shown, where `show` allows it; a PDF may hold active parts, so it
    is always saved and not opened.  Its name is `name` with the ending of its kind, or
    the one it was brought with."""
    named = f"{name}.{ending(file.media_type)}" if name else secure_filename(file.name)
    answer = send_file(
        BytesIO(file.content),
        mimetype=file.media_type,
        as_attachment=not show or file.media_type == PDF,
        download_name=named or "scan",
    )
    answer.headers.update(QUIET)
    if file.media_type == PAGE.media_type:  # our own page in our own style, inert
        answer.headers["Content-Security-Policy"] = f"{STYLED}; sandbox"
    return answer
