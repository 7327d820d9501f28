"""Pages of the front desk about reminders: `BLUEPRINTS` for `app.py`."""

from reminders.views import today

BLUEPRINTS = (today.bp,)
