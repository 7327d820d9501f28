"""A patient at the public form, for stories: fills it in, gets the text, answers."""

import json
import re
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from clinics.models import Language
from consent.disclosures import publish
from consent.models import ConsentDetail, ConsentEvent, Topic
from consent.standing import line_state
from gateway.facts import lock_and_gather
from gateway.gate import decide
from gateway.inbound import Arrived, receive
from gateway.models import ArrivedBy, Message, Permit, State
from kernel.clock import FixedClock
from registration.models import Campaign, WordingKind
from registration.wordings import add as add_wording
from reminders.replies import on_reply
from tests.conftest import NOW, PAT

MAPLE, BIRCH = "/c/maple-dental/opt-in", "/c/birch-eye/opt-in"
ENGLISH = "I agree to texts from Maple Dental. Reply STOP to opt out. <Not a condition>"
SPANISH = "Acepto mensajes de Maple Dental. Responda STOP para cancelar."
OFFERS = "{clinic}: reply YES to get texts about {topics}. STOP to opt out."
CSS = Path(__file__).parents[2] / "static" / "opt-in.css"


@pytest.fixture
def open_form(pages, cast):
    """Both clinics have published what people agree to on the web."""
    with pages.extensions["heed"].database.writing() as session:
        for language, text in ((Language.en, ENGLISH), (Language.es, SPANISH)):
            publish(session, cast.maple.clinic_id, "web", language, text, NOW)
        publish(session, cast.birch.clinic_id, "web", "en", "Birch may text me.", NOW)
        add_wording(
            session,
            cast.maple.clinic_id,
            cast.maple.campaign_id,
            WordingKind.opt_in_request,
            Language.es,
            "{clinic}: responda YES para recibir mensajes. STOP: no recibir mas.",
            NOW,
        )
    return pages


@pytest.fixture
def three_topics(open_form, cast):
    """Maple's campaign covers more than appointments, and its text says which."""
    maple = cast.maple
    with open_form.extensions["heed"].database.writing() as session:
        campaign = session.get_one(Campaign, maple.campaign_id)
        campaign.use_case = "MIXED"
        campaign.sub_use_cases = ["CUSTOMER_CARE", "MARKETING"]
        add_wording(
            session,
            maple.clinic_id,
            maple.campaign_id,
            WordingKind.opt_in_request,
            Language.en,
            OFFERS,
            NOW,
        )
    return open_form


def shown_hash(page):
    return re.search(r'name="disclosure" value="([0-9a-f]{64})"', page)[1]


def fill_in(app, path=MAPLE, ip="198.51.100.7", lang="en", **fields):
    """Opens the form and sends it as a browser without script would."""
    client = app.test_client()
    page = client.get(f"{path}?lang={lang}").get_data(as_text=True)
    given = {
        "phone": "(206) 555-0111",
        "care": "yes",
        "language": lang,
        "disclosure": shown_hash(page),
        **fields,
    }
    return client.post(
        path,
        data={name: value for name, value in given.items() if value is not None},
        environ_base={"REMOTE_ADDR": ip},
        headers={"User-Agent": "Old Phone/1.0"},
    )


def rows(app, table):
    with app.extensions["heed"].database.reading() as reading:
        return list(reading.exec(select(table)))


def requests(app):
    return [one for one in rows(app, Message) if one.permit is Permit.opt_in_request]


def events(app, place):
    """(kind, facts) in the order of the ledger."""
    with app.extensions["heed"].database.reading() as reading:
        found = reading.exec(
            select(ConsentEvent.kind, ConsentDetail.detail)
            .join(
                ConsentDetail,
                (col(ConsentDetail.clinic_id) == col(ConsentEvent.clinic_id))
                & (col(ConsentDetail.seq) == col(ConsentEvent.seq)),
            )
            .where(col(ConsentEvent.clinic_id) == place.clinic_id)
            .order_by(col(ConsentEvent.seq))
        ).all()
    return [(kind, json.loads(detail)) for kind, detail in found]


def standing(app, place, topic=Topic.care, phone=PAT):
    with app.extensions["heed"].database.reading() as reading:
        return line_state(reading, place.clinic_id, phone, topic)


def leaves(app):
    """What asks for an answer has left: the vendor took it."""
    heed = app.extensions["heed"]
    with heed.database.writing() as writing:
        for one in writing.exec(select(Message)):
            if one.state is State.due and one.expects is not None:
                one.state, one.vendor_sid = State.accepted, "SM" + secrets.token_hex(16)
                one.submitted_at = heed.now()


def texts(app, place, body, phone=PAT):
    """She texts the clinic; the kinds of our answers to it."""
    heed = app.extensions["heed"]
    arrived = Arrived(
        clinic_id=place.clinic_id,
        number_id=place.number_id,
        account_sid=place.account_sid,
        vendor_sid="SM" + secrets.token_hex(16),
        from_phone=phone,
        body=body,
        opt_out_type=None,
        raw="[]",
        arrived_by=ArrivedBy.webhook,
        vendor_at=heed.now(),
    )
    before = len(rows(app, Message))
    with heed.database.writing() as writing:
        receive(writing, arrived, on_reply, heed.now())
    return [one.kind for one in rows(app, Message)[before:]]


def verdict(app, message):
    heed = app.extensions["heed"]
    with heed.database.writing() as writing:
        return decide(lock_and_gather(writing, message.id, heed.now()).facts)


def later(app, **time):
    heed = app.extensions["heed"]
    heed.clock = FixedClock(heed.now() + timedelta(**time))
