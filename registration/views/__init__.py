"""Pages about clinics, campaigns, numbers and what patients agree to: `BLUEPRINTS` for `app.py`."""

from flask import Blueprint

from registration.views import (
    campaigns,
    disclosures,
    drafts,
    numbers,
    operator,
    remedies,
    try_out,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    operator.bp,
    campaigns.bp,
    numbers.bp,
    disclosures.bp,
    drafts.bp,
    remedies.bp,
    try_out.bp,
)
