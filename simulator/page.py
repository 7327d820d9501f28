"""The page at /: phones for a person to click (filled in below)."""

from flask import Blueprint

bp = Blueprint("page", __name__)


@bp.get("/")
def home() -> str:
    return "simulator"
