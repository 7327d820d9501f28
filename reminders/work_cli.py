"""The commands that do the work: `tick`, `clock`, `worker`, and `explain`.

With SQLite nobody needs them but `explain`: the web process ticks and sends itself.
"""

import signal
import threading
from dataclasses import asdict
from types import FrameType
from typing import Any

import click

from clinics.access import clinic_by_slug
from kernel import phone as phones
from kernel.clock import local_time, parse_time, rfc3339
from kernel.errors import Invalid
from kernel.logs import log
from kernel.visible import visible
from kernel.web import heed, part, say
from reminders.explain import timeline
from reminders.metronome import Metronome, owner_name
from reminders.tick import Pass, Works, run_pass
from reminders.visit_facts import Fact

STOP_WITHIN_SECONDS = 12.0  # o8 to o11 take 10 s at most


@click.command("tick")
@click.option(
    "--at", help="As if it were this time, such as 2026-11-30T09:00:00-08:00."
)
@click.option("--json", "as_json", is_flag=True)
def tick(at: str | None, as_json: bool) -> None:
    """Run one whole pass: hear, plan and send, once, in this process."""
    try:
        now = parse_time(at) if at else heed().now()
    except ValueError as mistake:
        raise click.UsageError(str(mistake)) from None
    if at and heed().settings.production:
        raise Invalid("--at is for demonstrations only. Run 'flask tick' without it.")
    done = run_pass(part("works"), owner_name(0), now)
    say(asdict(done), as_json, _sentence(done))


@click.command("clock")
def clock() -> None:
    """Tick until SIGTERM: plan, compare with Twilio and ask the registry."""
    _run_until_stopped(Metronome(part("works"), senders=0))


@click.command("worker")
def worker() -> None:
    """Send until SIGTERM; texts in hand are finished first."""
    works: Works = part("works")
    senders = works.heed.settings.heed_senders
    _run_until_stopped(Metronome(works, senders=senders, clock=False))


@click.command("explain")
@click.argument("slug", metavar="CLINIC")
@click.argument("phone")
@click.option("--json", "as_json", is_flag=True)
def explain(slug: str, phone: str, as_json: bool) -> None:
    """Everything known of one phone, in the order in which it happened."""
    read = phones.read(phone)
    if isinstance(read, phones.NotAPhone):
        raise Invalid(read.why)
    with heed().database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        zone, facts = clinic.time_zone, timeline(session, clinic, read.e164)
    fields = {"clinic": slug, "phone": read.e164, "facts": [*map(_fields, facts)]}
    lines = [f"{local_time(fact.at, zone)}  {visible(fact.sentence)}" for fact in facts]
    nothing = f"Nothing is known of {phones.shown(read.e164)} at this clinic."
    say(fields, as_json, "\n".join(lines) or nothing)


def _fields(fact: Fact) -> dict[str, Any]:
    return {"at": rfc3339(fact.at), "kind": fact.kind, "sentence": fact.sentence}


def _sentence(done: Pass) -> str:
    lines = [f"Pass at {done.at}: {done.planned} planned, {done.looked_at} looked at."]
    lines += [f"  {count} {word}" for word, count in done.states.items()]
    return "\n".join(lines)


def _run_until_stopped(metronome: Metronome) -> None:
    stopped = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    metronome.start()
    log().info("started")
    stopped.wait()
    metronome.stop(STOP_WITHIN_SECONDS)
    log().info("stopped")


COMMANDS = (tick, clock, worker, explain)
