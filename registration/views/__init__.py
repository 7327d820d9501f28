"""Pages about clinics, campaigns, numbers, drafts and what patients agree to:
`BLUEPRINTS` for `app.py`."""

from flask import Blueprint

from registration.views import (
    campaigns,
    codes,
    disclosures,
    drafts,
    examples,
    imports,
    numbers,
    operator,
    remedies,
    try_out,
    use_case,
    websites,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    operator.bp,
    campaigns.bp,
    imports.bp,
    numbers.bp,
    disclosures.bp,
    drafts.bp,
    examples.bp,
    remedies.bp,
    try_out.bp,
    use_case.bp,
    codes.bp,
    websites.bp,
)
