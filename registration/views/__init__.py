"""Pages about clinics, campaigns, numbers, drafts and what patients agree to:
`BLUEPRINTS` for `app.py`."""

from flask import Blueprint

from registration.views import (
    campaigns,
    codes,
    desk,
    desk_work,
    disclosures,
    drafts,
    examples,
    forecasts,
    guide,
    handing,
    imports,
    intake,
    numbers,
    operator,
    rejecting,
    remedies,
    standing,
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
    desk.bp,
    desk_work.bp,
    handing.bp,
    rejecting.bp,
    intake.bp,
    standing.bp,
    guide.bp,
    forecasts.bp,
    examples.bp,
    remedies.bp,
    try_out.bp,
    use_case.bp,
    codes.bp,
    websites.bp,
)
