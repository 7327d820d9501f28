import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from kernel.models import Heartbeat
from kernel.settings import load
from registration.models import Campaign, StatusEvent
from registration.registered import CampaignFacts, create_campaign
from registration.tcr_feed import poll_campaigns
from registration.workflow import cells

NOW = datetime(2026, 11, 30, 18, 5, tzinfo=UTC)  # five minutes after the cast's cells
MAPLE = "/tcr/v2/campaign/CMAPLE1/operationStatus"
LIVING = (200, b'{"campaignId": "CMAPLE1", "status": "ACTIVE"}')
MAPLE_ITSELF = "/tcr/v2/campaign/CMAPLE1"


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


def last_event(database):
    with database.reading() as session:
        return session.exec(
            select(StatusEvent).order_by(col(StatusEvent.id).desc()).limit(1)
        ).one()


@pytest.mark.parametrize("operation_status", [200, 404, 500])
def test_a_campaign_that_tcr_ended_is_expired_for_good(
    database, cast, registry, settings, operation_status
):
    body = b'{"campaignId": "CMAPLE1", "status": "EXPIRED", "usecase": "2FA"}'
    registry.answers[MAPLE] = (operation_status, b'{"10017": "APPROVED"}')
    registry.answers[MAPLE_ITSELF] = (200, body)

    polled = poll_campaigns(database, settings, NOW)
    registry.answers[MAPLE_ITSELF] = LIVING
    poll_campaigns(database, settings, NOW + timedelta(minutes=5))

    assert [target.ref for target in polled.expired] == ["maple-care"]
    with database.reading() as session:
        assert session.get(Campaign, cast.maple.campaign_id).expired_at == NOW
        assert session.get(Campaign, cast.birch.campaign_id).expired_at is None
    kept = last_event(database)
    assert (kept.raw, kept.evidence) == ("EXPIRED", body.decode())
    assert (kept.carrier, kept.source) == (None, "tcr_poll")


@pytest.mark.parametrize(
    ("answered", "failed"),
    [
        (LIVING, False),
        ((200, b'{"status": "PAUSED"}'), False),
        ((404, b""), True),
        ((200, b"<html>"), True),
    ],
)
def test_any_other_word_about_the_end_changes_nothing(
    database, cast, registry, settings, answered, failed
):
    answer(registry, MAPLE, att="REVIEW")
    registry.answers[MAPLE_ITSELF] = answered

    polled = poll_campaigns(database, settings, NOW, only="CMAPLE1")

    assert (bool(polled.failed), polled.expired) == (failed, [])
    assert statuses(database, cast.maple.campaign_id)["att"] == "REVIEW"
    with database.reading() as session:
        assert session.get(Campaign, cast.maple.campaign_id).expired_at is None


def test_no_question_is_asked_inside_a_transaction(database, cast, registry, settings):
    registry.answers[MAPLE_ITSELF] = (200, b'{"status": "EXPIRED"}')
    answer(registry, MAPLE, att="APPROVED")
    written = []

    def write_meanwhile():
        with database.writing() as session:
            session.get(Campaign, cast.birch.campaign_id).description = "written"
        written.append(True)

    registry.meanwhile = write_meanwhile
    poll_campaigns(database, settings, NOW, only="CMAPLE1")

    assert written == [True, True]


@pytest.fixture
def five_more(database, cast):
    """Seven campaigns in all."""
    with database.writing() as session:
        brand_id = session.get(Campaign, cast.maple.campaign_id).brand_id
        for number in range(5):
            facts = CampaignFacts(
                ref=f"more-{number}",
                tcr_id=f"CMORE{number}",
                use_case="2FA",
                description="d",
                message_flow="f",
            )
            create_campaign(session, cast.maple.clinic_id, brand_id, facts, NOW)


def test_a_registry_that_is_silent_three_times_is_left_alone(
    database, cast, registry, settings, five_more
):
    registry.hang_up = lambda path: True

    polled = poll_campaigns(database, settings, NOW)

    assert (polled.asked, len(registry.asked)) == (3, 3)
    whys = [why for _, why in polled.failed]
    assert len({target.ref for target, _ in polled.failed}) == 7
    assert all(why.startswith("TCR could not be reached") for why in whys[:3])
    assert all(why.startswith("Not asked") for why in whys[3:])
    assert [len(whys), len(polled.heard)] == [7, 0]
    with database.reading() as session:
        assert session.get(Heartbeat, "tcr") is None


def test_silences_count_when_only_the_second_question_meets_them(
    database, cast, registry, settings, five_more
):
    registry.hang_up = lambda path: not path.endswith("operationStatus")
    answer(registry, MAPLE, att="REVIEW")

    polled = poll_campaigns(database, settings, NOW)

    assert (polled.asked, len(registry.asked)) == (3, 6)
    assert statuses(database, cast.maple.campaign_id)["att"] == "REVIEW"


def test_an_answer_between_silences_lets_the_round_go_on(
    database, cast, registry, settings, five_more
):
    registry.hang_up = lambda path: "CBIRCH1" not in path and "CMORE2" not in path

    polled = poll_campaigns(database, settings, NOW)

    assert polled.asked == 7
    assert not any(why.startswith("Not asked") for _, why in polled.failed)
