from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from clinics.models import Task, TaskKind
from registration.status import Status
from reminders.metronome import Metronome
from tests.conftest import NOW
from tests.gateway.signalling import stop, texted
from tests.gateway.test_lookup_ahead import Twilio, text
from tests.registration.handed_in import hand_in, still


@pytest.fixture
def jobs(pages):
    """By name, each to be run once."""
    metronome = Metronome(pages.extensions["works"], senders=0, clock=False)
    return {job.__name__: job for _, job in metronome.jobs}


def kinds(pages):
    with pages.extensions["heed"].database.reading() as session:
        return {task.kind for task in session.exec(select(Task))}


def test_the_clock_watches_websites_complaints_and_statuses(jobs, pages, cast):
    """R40"""
    assert {"_watch", "_complaints", "_ask"} <= set(jobs)
    database = pages.extensions["heed"].database
    texted(database, cast.maple, 200)
    stop(database, cast.maple, range(7))
    with database.writing() as session:
        still(session, cast.birch, Status.PENDING, NOW)
        hand_in(session, cast.birch, NOW - timedelta(days=30))

    jobs["_complaints"]()
    assert kinds(pages) == {TaskKind.campaign_signals}
    jobs["_ask"]()
    assert kinds(pages) == {TaskKind.campaign_signals, TaskKind.pending_long}


def test_the_clock_asks_for_the_carriers_of_tomorrow(pages, cast):
    works = replace(pages.extensions["works"], vendor=Twilio())
    hers = text(works.heed.database, cast.maple, 1)
    metronome = Metronome(works, senders=0, clock=False)

    {job.__name__: job for _, job in metronome.jobs}["_lookups"]()

    assert works.vendor.phones == [hers]
