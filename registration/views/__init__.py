"""Pages about clinics, campaigns, numbers and what patients agree to: `BLUEPRINTS` for `app.py`."""

from flask import Blueprint

from registration.views import campaigns, disclosures, numbers, operator, websites

BLUEPRINTS: tuple[Blueprint, ...] = (
    operator.bp,
    campaigns.bp,
    numbers.bp,
    disclosures.bp,
    websites.bp,
)
