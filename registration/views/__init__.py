"""Pages about clinics, campaigns, numbers and what patients agree to: `BLUEPRINTS` for `app.py`."""

from flask import Blueprint

from registration.views import (
    campaigns,
    codes,
    disclosures,
    numbers,
    operator,
    use_case,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    operator.bp,
    campaigns.bp,
    numbers.bp,
    disclosures.bp,
    use_case.bp,
    codes.bp,
)
