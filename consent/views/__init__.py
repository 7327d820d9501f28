"""Pages about consent and evidence: `BLUEPRINTS` for `app.py`."""

from consent.views import exports, moments, packs, records

BLUEPRINTS = (records.bp, moments.bp, exports.bp, packs.bp)
