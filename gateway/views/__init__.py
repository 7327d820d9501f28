"""Pages about the inbox, tasks and opting in: `BLUEPRINTS` for `app.py`."""

from gateway.views import (
    cards,
    hours,
    inbox,
    numbers,
    operator_tasks,
    opt_in,
    own_page,
    reviewer,
    signals,
    tasks,
    vendor_lists,
    website_pause,
)

BLUEPRINTS = (
    inbox.bp,
    hours.bp,
    numbers.bp,
    tasks.bp,
    operator_tasks.bp,
    cards.bp,
    opt_in.bp,
    own_page.bp,
    reviewer.bp,
    signals.bp,
    vendor_lists.bp,
    website_pause.bp,
)
