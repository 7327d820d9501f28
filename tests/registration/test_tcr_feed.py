import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task
from kernel.carriers import Carrier
from kernel.models import Heartbeat
from kernel.settings import load
from registration.entry import operator_entry
from registration.models import Campaign, StatusEvent
from registration.status import Refused, Status, is_active
from registration.tcr import parse_webhook
from registration.tcr_feed import poll_campaigns, receive
from registration.workflow import cells, observe

NOW = datetime(2026, 11, 30, 18, 5, tzinfo=UTC)  # five minutes after the cast's cells
MAPLE = "/tcr/v2/campaign/CMAPLE1/operationStatus"
BIRCH = "/tcr/v2/campaign/CBIRCH1/operationStatus"
BIRCH_ITSELF = "/tcr/v2/campaign/CBIRCH1"


@pytest.fixture
def settings(registry):
    return load(
        {
            "TCR_API_BASE": registry.base,
            "TCR_API_KEY": "key",
            "TCR_API_SECRET": "secret",
        }
    )


def answer(registry, path, **words):
    ids = {"att": "10017", "tmobile": "10035", "verizon": "10038"}
    body = {ids.get(name, name): word for name, word in words.items()}
    registry.answers[path] = (200, json.dumps(body).encode())


def statuses(database, campaign_id):
    with database.reading() as session:
        return {
            carrier.value: cell.status.value
            for carrier, cell in cells(session, campaign_id).items()
        }


def event(name, **fields):
    return parse_webhook(json.dumps({"eventType": name, **fields}).encode())


def last_event(database):
    with database.reading() as session:
        return session.exec(
            select(StatusEvent).order_by(col(StatusEvent.id).desc()).limit(1)
        ).one()


def test_a_poll_moves_each_carrier_by_itself(database, cast, registry, settings):
    answer(registry, MAPLE, att="REVIEW", tmobile="APPROVED", x="APPROVED")
    answer(registry, BIRCH, att="APPROVED", tmobile="APPROVED", verizon="SUSPENDED")

    polled = poll_campaigns(database, settings, NOW)

    assert (polled.asked, polled.failed, len(polled.heard)) == (2, [], 5)
    assert statuses(database, cast.maple.campaign_id) == {
        "att": "REVIEW",
        "tmobile": "ACTIVE",
        "verizon": "ACTIVE",
    }
    assert statuses(database, cast.birch.campaign_id) == {
        "att": "ACTIVE",
        "tmobile": "ACTIVE",
        "verizon": "SUSPENDED",
    }


def test_a_failed_poll_changes_nothing_and_the_others_go_on(
    database, cast, registry, settings
):
    registry.answers[MAPLE] = (500, b"")
    answer(registry, BIRCH, att="REVIEW")

    polled = poll_campaigns(database, settings, NOW)

    [(target, why)] = polled.failed
    assert (target.ref, why) == ("maple-care", "TCR answered 500.")
    assert statuses(database, cast.maple.campaign_id)["att"] == "ACTIVE"
    assert statuses(database, cast.birch.campaign_id)["att"] == "REVIEW"


def test_a_polled_active_ends_when_polls_fail_for_a_day(
    database, cast, registry, settings
):
    answer(registry, MAPLE, att="APPROVED")
    poll_campaigns(database, settings, NOW, only="CMAPLE1")
    registry.answers[MAPLE] = (503, b"")
    later = NOW + timedelta(hours=24)
    poll_campaigns(database, settings, later, only="CMAPLE1")

    with database.reading() as session:
        att = cells(session, cast.maple.campaign_id)["att"]
    assert is_active(att, later - timedelta(minutes=1))
    assert not is_active(att, later)


def test_an_unknown_word_ends_active_and_stands_raw_in_the_history(
    database, cast, registry, settings
):
    answer(registry, MAPLE, att="PAUSED")

    poll_campaigns(database, settings, NOW, only="CMAPLE1")

    assert statuses(database, cast.maple.campaign_id)["att"] == "PENDING"
    assert last_event(database).raw == "PAUSED"


def test_the_heart_beats_when_anybody_answered(database, cast, registry, settings):
    poll_campaigns(database, settings, NOW)
    with database.reading() as session:
        assert session.get(Heartbeat, "tcr") is None
    answer(registry, MAPLE, att="APPROVED")
    for minutes in (1, 2):
        poll_campaigns(database, settings, NOW + timedelta(minutes=minutes))

    with database.reading() as session:
        beat = session.get(Heartbeat, "tcr")
    assert beat.at == NOW + timedelta(minutes=2)


def test_an_expired_campaign_is_not_asked_about(database, cast, registry, settings):
    with database.writing() as session:
        session.get(Campaign, cast.maple.campaign_id).expired_at = NOW

    poll_campaigns(database, settings, NOW)

    assert [asked.path for asked in registry.asked] == [BIRCH, BIRCH_ITSELF]


def test_without_a_registry_nobody_is_asked(database, cast, registry):
    polled = poll_campaigns(database, load({}), NOW)

    assert (polled.asked, registry.asked) == (0, [])


def test_a_suspension_acts_at_once_on_the_carrier_it_names(database, cast):
    said = event("MNO_CAMPAIGN_OPERATION_SUSPENDED", campaignId="CMAPLE1", mnoId=10035)
    with database.writing() as session:
        received = receive(session, said, NOW)

    assert (received.clinic_id, received.poll) == (cast.maple.clinic_id, None)
    assert statuses(database, cast.maple.campaign_id) == {
        "att": "ACTIVE",
        "tmobile": "SUSPENDED",
        "verizon": "ACTIVE",
    }
    assert set(statuses(database, cast.birch.campaign_id).values()) == {"ACTIVE"}
    assert last_event(database).evidence == said.raw


def test_a_suspension_without_a_carrier_ends_all_three(database, cast):
    said = event("MNO_CAMPAIGN_OPERATION_SUSPENDED", campaignId="CMAPLE1")
    with database.writing() as session:
        receive(session, said, NOW)

    assert set(statuses(database, cast.maple.campaign_id).values()) == {"SUSPENDED"}


def test_a_poll_that_began_before_a_suspension_does_not_lift_it(
    database, cast, registry, settings
):
    said = event(
        "MNO_CAMPAIGN_OPERATION_SUSPENDED", campaignId="CMAPLE1", mnoId="10017"
    )
    with database.writing() as session:
        receive(session, said, NOW)
    answer(registry, MAPLE, att="APPROVED")

    early = poll_campaigns(database, settings, NOW - timedelta(seconds=1))
    assert statuses(database, cast.maple.campaign_id)["att"] == "SUSPENDED"
    poll_campaigns(database, settings, NOW + timedelta(seconds=1))

    assert isinstance(early.heard[0].result, Refused)
    assert statuses(database, cast.maple.campaign_id)["att"] == "ACTIVE"


@pytest.mark.parametrize("name", ["CAMPAIGN_SHARE_ACCEPT", "IN_NO_LIST", ""])
def test_any_other_event_is_kept_raw_and_asks_for_a_poll(database, cast, name):
    said = event(name, campaignId="CMAPLE1", mnoId=10017, status="APPROVED")
    with database.writing() as session:
        before = cells(session, cast.maple.campaign_id)
        received = receive(session, said, NOW)
        assert cells(session, cast.maple.campaign_id) == before

    kept = last_event(database)
    assert received.poll == "CMAPLE1"
    assert (kept.raw, kept.evidence, kept.applied) == (name, said.raw, False)
    assert kept.clinic_id == cast.maple.clinic_id


def test_without_a_key_a_person_is_asked_to_look(database, cast):
    said = event("IN_NO_LIST", campaignId="CMAPLE1")
    with database.writing() as session:
        received = receive(session, said, NOW, can_ask=False)

    with database.reading() as session:
        [task] = session.exec(select(Task)).all()
    assert received.poll is None
    assert (task.clinic_id, task.kind) == (cast.maple.clinic_id, "carrier_word")
    assert "maple-care" in task.sentence
    assert "IN_NO_LIST" in task.sentence


def test_without_a_key_a_person_ends_a_suspension_that_a_webhook_told(database, cast):
    said = event("MNO_CAMPAIGN_OPERATION_SUSPENDED", campaignId="CMAPLE1", mnoId=10017)
    with database.writing() as session:
        receive(session, said, NOW, can_ask=False)
    typed = operator_entry(
        Status.ACTIVE,
        evidence="https://portal.example/CMAPLE1",
        note="Reinstated, says the portal.",
        now=NOW + timedelta(hours=1),
    )
    with database.writing() as session:
        by = "operator@heed.example"
        observe(session, cast.maple.campaign_id, Carrier.att, typed, by)

    assert statuses(database, cast.maple.campaign_id)["att"] == "ACTIVE"


@pytest.mark.parametrize("fields", [{}, {"campaignId": "CNOBODY"}])
def test_an_event_about_no_campaign_of_ours_changes_nothing(database, cast, fields):
    said = event("MNO_CAMPAIGN_OPERATION_SUSPENDED", mnoId=10017, **fields)
    before = last_event(database).id
    with database.writing() as session:
        received = receive(session, said, NOW)

    assert (received.clinic_id, received.poll, received.heard) == (None, None, ())
    assert last_event(database).id == before
