"""Pages about clinics, campaigns, numbers, drafts and what patients agree to:
`BLUEPRINTS` for `app.py`."""

from flask import Blueprint

from registration.views import (
    campaigns,
    codes,
    desk_number,
    disclosures,
    drafts,
    examples,
    moves,
    number,
    numbers,
    operator,
    remedies,
    signing,
    try_out,
    use_case,
    websites,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    operator.bp,
    campaigns.bp,
    numbers.bp,
    number.bp,
    moves.bp,
    desk_number.bp,
    signing.bp,
    disclosures.bp,
    drafts.bp,
    examples.bp,
    remedies.bp,
    try_out.bp,
    use_case.bp,
    codes.bp,
    websites.bp,
)
