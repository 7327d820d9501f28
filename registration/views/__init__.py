"""Pages about the operator: clinics, campaigns, numbers: `BLUEPRINTS` for `app.py`."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
