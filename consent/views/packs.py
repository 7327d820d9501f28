"""Is this evidence pack what was signed?  Asked of a file that somebody uploads.

The file is read where the upload lies, and is gone when the answer is.
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.datastructures import FileStorage

from clinics.models import Role
from clinics.web import allow, here, noted
from consent.verify import Broken, Step, Verified, verify_pack
from kernel.clock import parse_time
from kernel.views import csrf
from kernel.web import heed

bp = Blueprint("packs", __name__)

MOST = 50 * 1024 * 1024  # bytes of a pack
FORM = 64 * 1024  # bytes of all the rest of the form
UNPACKED = 1 << 30  # what one request may unpack: some ten seconds
NO_FILE = "Choose the pack, a file that ends in .zip."
TOO_MUCH = "it is too large to check here; check it with its verify.py"


@bp.get("/audit/<clinic>/verify")
@allow(Role.auditor, Role.clinic_admin)
def verify(clinic: str) -> str:
    return _page(None, "")


@bp.post("/audit/<clinic>/verify")
@allow(Role.auditor, Role.clinic_admin)
def check(clinic: str) -> Any:
    request.max_content_length = MOST + FORM
    csrf.protect()  # only now: what strangers upload is not even read
    upload, key = request.files.get("pack"), request.form.get("key", "").strip()
    if upload is None or not upload.filename:
        return _page(None, key, NO_FILE), 400
    found = _checked(upload, key)
    with heed().database.writing() as writing:
        holds = isinstance(found, Verified)
        noted(writing, "verified a pack", "holds" if holds else "does not hold")
    return _page(found, key, name=upload.filename)


csrf.exempt(check)  # from the check before it is known who asks


def _checked(upload: FileStorage, key: str) -> Verified | Broken:
    left = UNPACKED

    def read(size: int) -> None:
        nonlocal left
        left -= size
        if left < 0:
            raise ValueError(TOO_MUCH)

    own = [signing.public_base64 for signing in heed().keys.signing]
    return verify_pack(upload.stream, [key] if key else own, read)


def _made_at(found: Verified | Broken | None) -> datetime | None:
    """None where the pack, though signed, names no time."""
    try:
        return parse_time(found.made_at) if isinstance(found, Verified) else None
    except ValueError:
        return None


def _page(
    found: Verified | Broken | None, key: str, problem: str = "", name: str = ""
) -> str:
    return render_template(
        "consent/verify.html",
        found=found,
        holds=isinstance(found, Verified),
        made_at=_made_at(found),
        steps=list(Step),
        key=key,
        own_key=heed().keys.current().public_base64,
        keys_page=f"/c/{here().slug}/keys",
        problem=problem,
        name=name,
        megabytes=MOST // 1024 // 1024,
    )
