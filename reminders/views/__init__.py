"""Pages of the front desk about reminders: `BLUEPRINTS` for `app.py`."""

from reminders.views import (
    appointments,
    at_desk,
    come_back,
    debt,
    imports,
    invitations,
    number_swap,
    own_page,
    patients,
    phoned,
    switch,
    times,
    today,
    uploads,
    wordings,
)

BLUEPRINTS = (
    appointments.bp,
    at_desk.bp,
    come_back.bp,
    debt.bp,
    imports.bp,
    invitations.bp,
    number_swap.bp,
    own_page.bp,
    patients.bp,
    phoned.bp,
    switch.bp,
    times.bp,
    today.bp,
    uploads.bp,
    wordings.bp,
)
