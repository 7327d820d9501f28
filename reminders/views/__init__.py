"""Pages of the front desk about reminders: `BLUEPRINTS` for `app.py`."""

from reminders.views import (
    appointments,
    at_desk,
    come_back,
    debt,
    imports,
    invitations,
    number_swap,
    numbers,
    own_page,
    patients,
    phoned,
    switch,
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
    numbers.bp,
    own_page.bp,
    patients.bp,
    phoned.bp,
    switch.bp,
    today.bp,
    uploads.bp,
    wordings.bp,
)
