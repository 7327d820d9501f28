"""Pages about consent and evidence: `BLUEPRINTS` for `app.py`."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
