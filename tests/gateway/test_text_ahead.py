from datetime import timedelta

from consent.models import Topic
from consent.standing import line_states
from gateway.gate import Obstacle
from gateway.models import CarrierLookup, MessageKind, SendingRule
from gateway.number_ahead import number_of
from gateway.text_ahead import LookedUp, TextAhead, first_look
from kernel.carriers import Carrier
from registration.models import Campaign, CarrierCell, SlowDown
from registration.status import Status
from tests.conftest import NOW, PAT, SAM
from tests.reminders.telling import agree, says_stop


def ask(database, place, *phones, at=NOW, **more):
    with database.reading() as session:
        number = number_of(session, place.clinic_id, place.number_id, NOW)
        topic = more.get("topic", Topic.care)
        lines = line_states(session, place.clinic_id, phones, topic)
        texts = [ahead(session, place, lines[one], one, at, more) for one in phones]
    return {one.phone: first_look(number, one, NOW) for one in texts}


def ahead(session, place, line, phone, at, more):
    found = session.get(CarrierLookup, (place.clinic_id, phone))
    return TextAhead(
        message_id=None,
        segments=1,
        phone=phone,
        line=line,
        looked_up=LookedUp(
            carrier=found and found.carrier,
            textable=found and found.textable,
            line_type=found and found.line_type,
            at=found and found.looked_up_at,
        ),
        once_a_day=False,
        send_from=at,
        send_until=at + timedelta(days=1),
        zones="America/Los_Angeles",
        window="09:00-20:00",
        look_again_at=at,
        **more,
    )


def obstacles(found):
    return {finding.obstacle for finding in found.findings}


def on(database, place, phone, carrier, **more):
    with database.writing() as session:
        fields = {"textable": True, "line_type": "mobile", "looked_up_at": NOW, **more}
        row = {"clinic_id": place.clinic_id, "phone": phone, "carrier": carrier}
        session.add(CarrierLookup(**row, **fields))


def test_each_phone_is_judged_by_the_gate_itself(database, cast):
    maple = cast.maple
    agree(database, maple, PAT)
    says_stop(database, maple, SAM)
    on(database, maple, PAT, Carrier.att)
    on(database, maple, SAM, Carrier.tmobile, textable=False, line_type="landline")

    found = ask(database, maple, PAT, SAM)

    assert found[PAT].allowed
    assert obstacles(found[SAM]) == {Obstacle.not_opted_in, Obstacle.not_textable}


def test_a_carrier_that_has_not_approved_holds_its_phones_only(database, cast):
    maple = cast.maple
    for phone, carrier in ((PAT, Carrier.att), (SAM, Carrier.verizon)):
        agree(database, maple, phone)
        on(database, maple, phone, carrier)
    with database.writing() as session:
        cell = session.get_one(CarrierCell, (maple.campaign_id, Carrier.att))
        cell.status = Status.REVIEW

    found = ask(database, maple, PAT, SAM)

    assert obstacles(found[PAT]) == {Obstacle.carrier_not_active}
    assert found[SAM].allowed


def test_it_is_asked_for_the_hour_of_leaving_with_the_news_of_now(database, cast):
    agree(database, cast.maple, PAT)

    assert ask(database, cast.maple, PAT, at=NOW + timedelta(hours=5))[PAT].allowed
    night = ask(database, cast.maple, PAT, at=NOW + timedelta(hours=12))[PAT]
    assert obstacles(night) == {Obstacle.quiet_hours}


def test_what_the_campaign_a_pause_or_a_trial_holds_is_foreseen(database, cast):
    maple = cast.maple
    agree(database, maple, PAT, Topic.care, Topic.reviews)
    reviews = ask(database, maple, PAT, topic=Topic.reviews)[PAT]
    with database.writing() as session:
        rule = SendingRule(clinic_id=maple.clinic_id, trial_phones=[SAM])
        rule.paused_until = NOW + timedelta(hours=1)
        session.add(rule)
        session.get_one(Campaign, maple.campaign_id).expired_at = NOW

    held = ask(database, maple, PAT)[PAT]
    confirmed = ask(database, maple, PAT, kind=MessageKind.update)[PAT]

    assert obstacles(reviews) == {Obstacle.wrong_use}
    trial = {Obstacle.only_trial, Obstacle.campaign_expired}
    assert obstacles(confirmed) == trial
    assert obstacles(held) == {*trial, Obstacle.paused}


def test_a_carrier_that_takes_none_for_now_holds_its_phones(database, cast):
    maple = cast.maple
    agree(database, maple, PAT)
    on(database, maple, PAT, Carrier.att)
    with database.writing() as session:
        session.add(
            SlowDown(
                clinic_id=maple.clinic_id,
                campaign_id=maple.campaign_id,
                carrier=Carrier.att,
                per_hour=0,
                why="Too many said stop.",
                since=NOW,
            )
        )

    assert obstacles(ask(database, maple, PAT)[PAT]) == {Obstacle.slowed_down}


def test_a_number_of_another_clinic_foresees_nothing(database, cast):
    with database.reading() as session:
        mine = (cast.birch.clinic_id, cast.maple.number_id)

        assert number_of(session, *mine, NOW) is None
