"""Pages about the inbox, tasks and opting in: `BLUEPRINTS` for `app.py`."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
