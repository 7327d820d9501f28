"""Wires the packages together: the only file that knows them all."""

# ruff: noqa: E402
import gc

# What is imported stays; to look through it for rubbish takes a fifth of the start.
gc.disable()

import os
import sys

from flask import Blueprint, Flask

import clinics.cli
import clinics.views
import consent.cli
import consent.public
import consent.views
import demo.cli
import gateway.backup_cli
import gateway.cli
import gateway.doctor_cli
import gateway.lists.cli
import gateway.public
import gateway.views
import gateway.webhooks
import kernel.cli
import kernel.schema_cli
import registration.cli
import registration.views
import registration.webhooks
import reminders.at_conversation
import reminders.cli
import reminders.number_cli
import reminders.views
import reminders.work_cli
from clinics.web import check_every_route, for_machines
from gateway.accounts import Accounts
from gateway.health import Kept
from gateway.metrics import Measured
from gateway.twilio import Vendor
from kernel import faults, logs
from kernel.clock import Clock, ShiftedClock, SystemClock
from kernel.db import open_database
from kernel.errors import Invalid
from kernel.keys import load_or_make
from kernel.mirror import web_for
from kernel.schema import upgrade
from kernel.settings import BadSetting, Settings, load, secret_key
from kernel.views import csrf, furnish
from kernel.web import Heed, add_commands
from reminders.metronome import Metronome
from reminders.replies import on_reply
from reminders.tick import Works

gc.freeze()
gc.enable()

PAGES = (
    clinics.views,
    consent.views,
    registration.views,
    gateway.views,
    reminders.views,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The whole program; a bad setting ends the start with one sentence."""
    os.umask(0o077)  # patients are in the database, and secrets beside it
    try:
        settings = settings or load()
        faults.arm(settings.heed_fault_points)
        heed = heed_of(settings)
    except (BadSetting, Invalid, ValueError) as mistake:
        print(mistake, file=sys.stderr)
        raise SystemExit(1) from None
    logs.set_up(settings.log_level)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    furnish(app, settings)
    if settings.embedded:
        upgrade(heed.database)
    wire(app, heed)
    _register(app)
    return app


def wire(app: Flask, heed: Heed) -> None:
    """What the pages reach: the database, the keys, the clock and the vendor."""
    app.config["SECRET_KEY"] = secret_key(heed.settings)
    fallbacks = heed.settings.secret_key_fallbacks.get_secret_value().split(",")
    app.config["SECRET_KEY_FALLBACKS"] = [key for key in fallbacks if key]
    accounts = Accounts(heed)
    web = web_for(heed.settings)
    works = Works(heed, accounts, Vendor(accounts.client), on_reply, web=web)
    app.extensions["heed"] = heed
    app.extensions["works"] = works
    app.extensions["health"] = Kept(heed.database)
    app.extensions["metrics"] = Measured(heed.database)
    app.extensions["inbox"] = gateway.webhooks.Inbox(accounts, on_reply)
    app.extensions["visits"] = reminders.at_conversation.SIDE


def heed_of(settings: Settings) -> Heed:
    clock: Clock = (
        SystemClock() if settings.production else ShiftedClock(settings.clock_file)
    )
    # In production keys are made by that one command only: a missing file must stop
    # the start, or a restored database would go on under new keys.
    may_make = not settings.production or sys.argv[1:3] == ["keys", "make"]
    keys = load_or_make(settings.keys_file, clock.now(), may_make=may_make)
    database = open_database(settings.database_url)
    return Heed(settings=settings, database=database, keys=keys, clock=clock)


def _register(app: Flask) -> None:
    for blueprint in (
        gateway.webhooks.bp,
        gateway.public.bp,
        consent.public.bp,
        registration.webhooks.bp,
    ):
        app.register_blueprint(blueprint)
        csrf.exempt(blueprint)
        for_machines(app, *_endpoints_of(app, blueprint))
    for package in PAGES:
        for page in package.BLUEPRINTS:
            app.register_blueprint(page)
    check_every_route(app)
    for command in gateway.cli.UNDER_REGISTRATION:  # asks the vendor, so it lives there
        registration.cli.registration.add_command(command)
    for of_numbers in reminders.number_cli.UNDER_NUMBER:
        gateway.cli.number.add_command(of_numbers)
    for of_lists in gateway.lists.cli.UNDER_CONSENT:
        consent.cli.consent.add_command(of_lists)
    add_commands(
        app,
        *kernel.cli.COMMANDS,
        *kernel.schema_cli.COMMANDS,
        *clinics.cli.COMMANDS,
        *consent.cli.COMMANDS,
        *registration.cli.COMMANDS,
        *gateway.cli.COMMANDS,
        *gateway.backup_cli.COMMANDS,
        *gateway.doctor_cli.COMMANDS,
        *reminders.cli.COMMANDS,
        *reminders.work_cli.COMMANDS,
        *demo.cli.COMMANDS,
    )


def _endpoints_of(app: Flask, blueprint: Blueprint) -> list[str]:
    return [
        name for name in app.view_functions if name.startswith(f"{blueprint.name}.")
    ]


def start_background(app: Flask) -> Metronome | None:
    """The embedded form: this web process also ticks and sends."""
    works: Works = app.extensions["works"]
    if not works.heed.settings.embedded:
        return None
    metronome = Metronome(works, senders=works.heed.settings.heed_senders)
    metronome.start()
    return metronome
