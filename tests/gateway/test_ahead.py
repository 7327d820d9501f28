from datetime import timedelta

from consent.models import Topic
from gateway.ahead import Ahead, foresee
from gateway.gate import Obstacle
from gateway.models import CarrierLookup, SendingRule
from gateway.quiet_hours import Window
from kernel.carriers import Carrier
from registration.models import Campaign, CarrierCell, SlowDown
from registration.status import Status
from tests.conftest import NOW, PAT, SAM
from tests.reminders.telling import agree, says_stop

ZONES = ("America/Los_Angeles",)


def ask(database, place, *phones, at=NOW, topic=Topic.care, **more):
    texts = [
        Ahead(
            phone=phone,
            zones=ZONES,
            window=Window.read("09:00-20:00"),
            send_from=at,
            send_until=at + timedelta(days=1),
        )
        for phone in phones
    ]
    with database.reading() as session:
        given = (place.clinic_id, place.number_id, topic, texts, NOW)
        return foresee(session, *given, **more)


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

    assert found[PAT].leaves
    assert found[PAT].carrier is Carrier.att
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
    assert found[SAM].leaves


def test_it_is_asked_for_the_hour_of_leaving_with_the_replies_of_now(database, cast):
    agree(database, cast.maple, PAT)

    assert ask(database, cast.maple, PAT, at=NOW + timedelta(hours=5))[PAT].leaves
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
    confirmed = ask(database, maple, PAT, paused_counts=False)[PAT]

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
        birch = (cast.birch.clinic_id, cast.maple.number_id, Topic.care, [], NOW)
        assert foresee(session, *birch) == {}
