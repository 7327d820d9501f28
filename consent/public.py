"""`/c/<clinic>/keys`: the public keys that sign evidence, with their periods."""

from flask import Blueprint, Response, jsonify

from clinics.access import clinic_by_slug
from kernel.web import heed

bp = Blueprint("consent_public", __name__)


@bp.get("/c/<clinic>/keys")
def keys(clinic: str) -> Response:
    """The same keys for every clinic of this operator; each pack names its key."""
    with heed().database.reading() as session:
        found = clinic_by_slug(session, clinic)
        return jsonify(
            clinic=found.slug, origin=f"heed/{found.slug}", keys=heed().keys.public()
        )
