"""Pages of the front desk about reminders: `BLUEPRINTS` for `app.py`."""

from reminders.views import switch, today

BLUEPRINTS = (switch.bp, today.bp,)
