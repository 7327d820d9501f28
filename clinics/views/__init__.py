"""Pages about who is signed in: `BLUEPRINTS` for `app.py`."""

from clinics.views import account, actions, signin, staff

BLUEPRINTS = (
    signin.bp,
    account.bp,
    staff.bp,
    staff.operator_bp,
    actions.bp,
    actions.operator_bp,
)
