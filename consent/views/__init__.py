"""Pages about consent and evidence: `BLUEPRINTS` for `app.py`."""

from consent.views import exports, packs, records

BLUEPRINTS = (records.bp, exports.bp, packs.bp)
