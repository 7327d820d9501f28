"""Bringing a vendor's list in tests: consent, files, and the vendor's own list."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from consent.models import (
    Grade,
    ListKind,
    Topic,
)
from consent.record import opt_in
from consent.standing import line_state, lock_line
from gateway.lists import opt_outs
from gateway.lists.taking import Brought, Place
from tests.conftest import NOW, PAT

LA = ZoneInfo("America/Los_Angeles")
BY = "operator@heed.example"
DAY = timedelta(days=1)
ANN, BEA = "+12065550112", "+12065550113"


def place_of(cast):
    return Place(cast.maple.clinic_id, LA)


def brought(text, made_on=None, kind=ListKind.opt_outs):
    content = text if isinstance(text, bytes) else text.encode()
    return Brought(
        kind=kind, content=content, name="report.csv", made_on=made_on, by=BY
    )


def take(database, cast, text, made_on=None, now=NOW):
    return opt_outs.take(database, place_of(cast), brought(text, made_on), now)


def counts(taken):
    return {verdict.value: count for verdict, count in taken.did.counts.items()}


def agree(database, cast, phone=PAT, at=NOW, place=None, topic=Topic.care, **more):
    place = place or cast.maple
    with database.writing() as session:
        lock_line(session, place.clinic_id, phone)
        facts = {"method": "text message", **more}
        return opt_in(session, place.clinic_id, phone, topic, Grade.proven, facts, at)


def standing(database, place, phone=PAT):
    with database.reading() as session:
        return line_state(session, place.clinic_id, phone)
