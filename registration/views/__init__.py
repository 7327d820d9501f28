"""Pages about the operator: clinics, campaigns, numbers: `BLUEPRINTS` for `app.py`."""

from flask import Blueprint

from registration.views import campaigns, numbers, operator

BLUEPRINTS: tuple[Blueprint, ...] = (operator.bp, campaigns.bp, numbers.bp)
