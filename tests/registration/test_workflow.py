import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task
from kernel.carriers import Carrier
from kernel.errors import Invalid, NotFound
from registration.alarms import ask_to_reconfirm
from registration.models import Campaign, CarrierCell, StatusEvent
from registration.registered import CampaignFacts, create_campaign
from registration.status import Changed, Confirmed, Observation, Refused, Source, Status
from registration.workflow import cells, expire, lock_campaign, observe

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # when the cast's cells were typed
MINUTE = timedelta(minutes=1)
OPERATOR = "operator@heed.example"


def word(status, source="tcr_poll", at=NOW + MINUTE, raw=None):
    return Observation(
        status=Status(status) if status else None,
        raw=raw or str(status),
        source=Source(source),
        at=at,
        evidence="the answer",
    )


def history(session, campaign_id, since=NOW):
    return session.exec(
        select(StatusEvent)
        .where(StatusEvent.campaign_id == campaign_id, StatusEvent.at > since)
        .order_by(col(StatusEvent.id))
    ).all()


@pytest.fixture
def fresh_campaign(database, cast):
    """A second campaign of Maple Dental, of which nobody has spoken."""
    with database.writing() as session:
        brand_id = session.get(Campaign, cast.maple.campaign_id).brand_id
        facts = CampaignFacts(
            ref="maple-two",
            use_case="MIXED",
            sub_use_cases=["CUSTOMER_CARE", "MARKETING"],
            description="d",
            message_flow="f",
        )
        return create_campaign(session, cast.maple.clinic_id, brand_id, facts, NOW).id


def test_a_new_campaign_is_pending_and_no_carrier_has_spoken(database, fresh_campaign):
    with database.reading() as session:
        campaign = session.get(Campaign, fresh_campaign)

        assert campaign.status == "PENDING"
        assert campaign.sub_use_cases == ["CUSTOMER_CARE", "MARKETING"]
        assert cells(session, fresh_campaign) == {}


def test_a_campaign_needs_a_brand_of_its_own_clinic(database, cast):
    with database.writing() as session:
        theirs = session.get(Campaign, cast.birch.campaign_id).brand_id
        facts = CampaignFacts(ref="x", use_case="2FA", description="", message_flow="")

        with pytest.raises(NotFound):
            create_campaign(session, cast.maple.clinic_id, theirs, facts, NOW)


def test_one_carrier_moves_and_the_others_stay(database, cast):
    """R158"""
    campaign_id = cast.maple.campaign_id
    with database.writing() as session:
        before = cells(session, campaign_id)
        result = observe(session, campaign_id, Carrier.att, word("REVIEW"))

    assert isinstance(result, Changed)
    with database.reading() as session:
        after = cells(session, campaign_id)
        assert after == before | {Carrier.att: result.cell}
        assert session.get(Campaign, campaign_id).status == "REVIEW"
        assert session.get(Campaign, campaign_id).status_since == NOW + MINUTE
        assert session.get(Campaign, cast.birch.campaign_id).status == "ACTIVE"


def test_a_change_is_written_with_its_evidence_and_its_history(database, cast):
    campaign_id = cast.maple.campaign_id
    with database.writing() as session:
        observe(session, campaign_id, Carrier.att, word("SUSPENDED", "tcr_webhook"))

    with database.reading() as session:
        row = session.get(CarrierCell, (campaign_id, Carrier.att))
        [event] = history(session, campaign_id)
    assert (row.status, row.source, row.evidence) == (
        "SUSPENDED",
        "tcr_webhook",
        "the answer",
    )
    assert (event.before, event.after, event.applied) == ("ACTIVE", "SUSPENDED", True)
    assert (event.clinic_id, event.carrier) == (cast.maple.clinic_id, "att")
    assert event.why


def test_a_refused_word_is_kept_and_still_outranks_a_typed_active(
    database, fresh_campaign
):
    with database.writing() as session:
        first = word("PENDING", "operator_entry", at=NOW + MINUTE)
        observe(session, fresh_campaign, Carrier.att, first, OPERATOR)
        suspended = word("SUSPENDED", "tcr_poll", at=NOW + 2 * MINUTE)
        refused = observe(session, fresh_campaign, Carrier.att, suspended)
    with database.writing() as session:
        typed = word("ACTIVE", "operator_entry", at=NOW + 3 * MINUTE)
        outranked = observe(session, fresh_campaign, Carrier.att, typed, OPERATOR)

    assert isinstance(refused, Refused)
    assert isinstance(outranked, Refused)
    with database.reading() as session:
        assert cells(session, fresh_campaign)[Carrier.att].status == "PENDING"
        applied = [event.applied for event in history(session, fresh_campaign)]
    assert applied == [True, False, False]


def test_a_poll_that_repeats_itself_is_fresh_and_fills_no_history(database, cast):
    campaign_id = cast.maple.campaign_id
    for minutes in (1, 2, 3):
        with database.writing() as session:
            seen = word("ACTIVE", at=NOW + minutes * MINUTE, raw="APPROVED")
            result = observe(session, campaign_id, Carrier.att, seen)
            assert isinstance(result, Confirmed)

    with database.reading() as session:
        cell = cells(session, campaign_id)[Carrier.att]
        assert len(history(session, campaign_id)) == 1
    assert (cell.source, cell.since) == ("tcr_poll", NOW)
    assert cell.observed_at == NOW + 3 * MINUTE


def test_a_weaker_agreement_keeps_the_stronger_evidence(database, cast):
    campaign_id = cast.maple.campaign_id
    with database.writing() as session:
        observe(session, campaign_id, Carrier.att, word("ACTIVE"))
        weaker = word("ACTIVE", "vendor_verified", at=NOW + 2 * MINUTE)
        observe(session, campaign_id, Carrier.att, replace(weaker, evidence="Twilio"))

    with database.reading() as session:
        row = session.get(CarrierCell, (campaign_id, Carrier.att))
    assert (row.source, row.evidence) == ("tcr_poll", "the answer")
    assert row.observed_at == NOW + MINUTE


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({}, None),
        ({}, ""),
        ({"evidence": ""}, OPERATOR),
        ({"evidence": "  "}, OPERATOR),
        ({"raw": ""}, OPERATOR),
        ({"source": Source.imported}, None),
    ],
)
def test_a_typed_word_without_evidence_note_or_name_is_invalid(
    database, fresh_campaign, changes, by
):
    typed = replace(word("ACTIVE", "operator_entry"), **changes)

    with database.writing() as session:
        with pytest.raises(Invalid):
            observe(session, fresh_campaign, Carrier.att, typed, by)
        assert cells(session, fresh_campaign) == {}


@pytest.mark.parametrize("carrier", ["uscellular", "other", "unknown"])
def test_only_the_three_carriers_have_cells(database, cast, carrier):
    with database.writing() as session, pytest.raises(Invalid):
        observe(session, cast.maple.campaign_id, Carrier(carrier), word("ACTIVE"))


def test_a_campaign_that_is_not_there_is_not_found(database, cast):
    with database.writing() as session, pytest.raises(NotFound):
        observe(session, 10_000, Carrier.att, word("ACTIVE"))


def test_the_end_mark_stands_apart_from_the_status_and_stands_for_good(database, cast):
    campaign_id = cast.maple.campaign_id
    for minutes in (1, 2):
        with database.writing() as session:
            seen = word(None, at=NOW + minutes * MINUTE, raw="EXPIRED")
            expire(session, campaign_id, seen)

    with database.reading() as session:
        campaign = session.get(Campaign, campaign_id)
        [event] = history(session, campaign_id)
    assert (campaign.expired_at, campaign.status) == (NOW + MINUTE, "ACTIVE")
    assert (event.raw, event.carrier, event.after) == ("EXPIRED", None, None)


def test_losing_active_opens_one_task_that_says_what_to_do(database, cast):
    with database.writing() as session:
        for minutes, status in ((1, "SUSPENDED"), (2, "ACTIVE"), (3, "SUSPENDED")):
            seen = word(status, at=NOW + minutes * MINUTE)
            observe(session, cast.maple.campaign_id, Carrier.att, seen)

    with database.reading() as session:
        [task] = session.exec(select(Task)).all()
    assert (task.clinic_id, task.kind) == (cast.maple.clinic_id, "carrier_word")
    assert task.urgent
    assert task.sentence.startswith(
        "AT&T no longer has campaign 'maple-care' ACTIVE but SUSPENDED."
    )


def test_a_typed_active_is_asked_for_again_after_30_days(database, cast):
    for days, expected in ((29, []), (30, ["reconfirm"] * 6), (31, ["reconfirm"] * 6)):
        with database.writing() as session:
            ask_to_reconfirm(session, NOW + timedelta(days=days))
        with database.reading() as session:
            assert [task.kind for task in session.exec(select(Task))] == expected


def test_a_change_waits_for_sends_that_hold_the_campaign(database, cast):
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time: the lock is its own")
    campaign_id, order = cast.maple.campaign_id, []
    started = threading.Event()

    def suspend():
        started.set()
        with database.writing() as session:
            observe(session, campaign_id, Carrier.att, word("SUSPENDED"))
            order.append("suspended")

    thread = threading.Thread(target=suspend)
    with database.writing() as one, database.writing() as two:
        lock_campaign(one, campaign_id, shared=True)
        lock_campaign(two, campaign_id, shared=True)
        thread.start()
        started.wait(5)
        thread.join(0.3)
        assert cells(one, campaign_id)[Carrier.att].status == "ACTIVE"
        order.append("sent")
    thread.join(10)

    assert order == ["sent", "suspended"]


def test_changes_of_two_campaigns_do_not_wait_for_each_other(database, cast):
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with database.writing() as one, database.writing() as two:
        lock_campaign(one, cast.maple.campaign_id, shared=False)
        lock_campaign(two, cast.birch.campaign_id, shared=False)
