"""The commands `flask demo …`: load the clinics, move the clock, serve it all.

None of them works in production.
"""

import os
from contextlib import ExitStack
from dataclasses import asdict

import click

from demo import cast, environment, serve
from demo.load import connect_numbers, is_loaded, webhook_url
from demo.load import load as load_demo
from demo.signins import prepare as prepare_signins
from demo.simulated import Simulator
from demo.visits import DAY, good_moment
from demo.words import next_steps
from gateway.accounts import Accounts
from gateway.twilio import Vendor
from kernel.clock import ShiftedClock, local_time, parse_time, rfc3339
from kernel.errors import Invalid
from kernel.settings import BadSetting, Settings
from kernel.settings import load as load_settings
from kernel.web import Heed, heed, part, say
from reminders.tick import Works


@click.group("demo")
def demo() -> None:
    """Two invented clinics on a simulated Twilio."""


@demo.command("load")
@click.option("--json", "as_json", is_flag=True)
def load(as_json: bool) -> None:
    """Load the demo clinics, once, into the database and the simulator."""
    _refuse_in_production()
    works = _with_demo_settings(_own_settings())
    loaded = load_demo(works, environment.sim_base(works.heed.settings))
    sentence = (
        f"{len(loaded.clinics)} clinics with {loaded.visits} visits are loaded, and "
        f"{loaded.texts} phones have texted."
    )
    nothing = "The demo is loaded already; nothing was changed."
    say(asdict(loaded), as_json, sentence if loaded.clinics else nothing)


@demo.command("advance")
@click.option("--to", required=True, help="Such as 2026-11-30T09:00:00-08:00.")
@click.option("--json", "as_json", is_flag=True)
def advance(to: str, as_json: bool) -> None:
    """Move the clock of every process of this data folder; time then flows on."""
    _refuse_in_production()
    try:
        moment = parse_time(to)
    except ValueError as mistake:
        raise click.UsageError(str(mistake)) from None
    clock, now = _clock(), heed().now()
    if moment < now:
        raise Invalid(
            f"'{to}' is past: the clock shows {rfc3339(now)}. Name a later time."
        )
    clock.advance(moment)
    zones = " and ".join(
        local_time(moment, clinic.time_zone) for clinic in cast.clinics()
    )
    fields = {"now": rfc3339(moment), "shift_seconds": round(clock.shift_seconds())}
    say(fields, as_json, f"It is now {zones}.")


@demo.command("serve")
def serve_command() -> None:
    """Start the simulator, the web server and the clock; Ctrl-C stops them."""
    _refuse_in_production()
    settings = _own_settings()
    works = _with_demo_settings(settings)
    serve.check_free("PORT", settings.port)
    serve.check_free("SIM_PORT", settings.sim_port)
    variables = environment.environment(settings)
    environment.write(settings.data_dir, variables)
    environ = {**os.environ, **variables}
    serve.listen_for_stop()
    with ExitStack() as stack:
        try:
            simulator = serve.start_simulator(environ)
            stack.callback(serve.stop, simulator)
            serve.wait_until_answering(simulator, "/sim/numbers")
            _prepare(works, simulator.address)
            signins = prepare_signins(works.heed.database, settings)
            works.heed.database.close()
            web = serve.start_web(environ)
            stack.callback(serve.stop, web)
            serve.wait_until_answering(web, "/healthz")
            click.echo(next_steps(settings, heed().now(), signins))
            serve.watch((simulator, web))
        except serve.Stopped:
            click.echo("Stopping; texts in hand are finished first.")
            return
    raise Invalid("A part of the demo ended by itself. Its own words stand above.")


def _prepare(works: Works, sim_base: str) -> None:
    """The clinics on the first start; the numbers' addresses on every one."""
    if is_loaded(works):
        if Simulator(sim_base).calls() != {webhook_url(works)}:
            connect_numbers(works)
        return
    zone = cast.clinics()[0].time_zone
    now = works.heed.now()
    moment = good_moment(zone, DAY, now)
    if moment > now:
        _clock().advance(moment)
        click.echo(
            f"It is {local_time(now, zone)} at the clinic, when nothing may be sent. "
            f"The demo's clock is set to {local_time(moment, zone)}."
        )
    load_demo(works, sim_base)


def _own_settings() -> Settings:
    """What the environment says, without what an earlier start wrote down."""
    try:
        return load_settings(os.environ)
    except BadSetting as mistake:
        raise Invalid(str(mistake)) from None


def _with_demo_settings(settings: Settings) -> Works:
    """The works of this app, turned to the simulator."""
    works: Works = part("works")
    try:
        turned = load_settings({**os.environ, **environment.environment(settings)})
    except BadSetting as mistake:
        raise Invalid(str(mistake)) from None
    own = works.heed
    fresh = Heed(settings=turned, database=own.database, keys=own.keys, clock=own.clock)
    accounts = Accounts(fresh)
    return Works(fresh, accounts, Vendor(accounts.client), works.on_reply)


def _clock() -> ShiftedClock:
    clock = heed().clock
    if not isinstance(clock, ShiftedClock):
        raise Invalid("This clock cannot be moved.")
    return clock


def _refuse_in_production() -> None:
    if heed().settings.production:
        raise Invalid(
            "HEED_ENV is 'production', where nothing of the demo works. Unset it."
        )


COMMANDS = (demo,)
