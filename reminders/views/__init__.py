"""Pages of the front desk about reminders: `BLUEPRINTS` for `app.py`."""

from reminders.views import (
    appointments,
    at_desk,
    debt,
    imports,
    own_page,
    patients,
    switch,
    today,
    uploads,
)

BLUEPRINTS = (
    appointments.bp,
    at_desk.bp,
    debt.bp,
    imports.bp,
    own_page.bp,
    patients.bp,
    switch.bp,
    today.bp,
    uploads.bp,
)
