"""Pages about who is signed in: `BLUEPRINTS` for `app.py`."""

from clinics.views import signin

BLUEPRINTS = (signin.bp,)
