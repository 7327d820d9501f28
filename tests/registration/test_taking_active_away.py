from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from kernel.carriers import Carrier
from kernel.errors import Invalid
from registration.models import StatusEvent
from registration.status import Changed, Observation, Refused, Source, Status
from registration.workflow import cells, observe

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


def test_what_a_webhook_suspended_a_person_reinstates_with_evidence(database, cast):
    campaign_id = cast.maple.campaign_id
    with database.writing() as session:
        observe(session, campaign_id, Carrier.att, word("SUSPENDED", "tcr_webhook"))
        typed = word("ACTIVE", "operator_entry", at=NOW + 2 * MINUTE)
        with pytest.raises(Invalid):
            observe(session, campaign_id, Carrier.att, replace(typed, evidence=" "))
        lifted = observe(session, campaign_id, Carrier.att, typed, OPERATOR)

    assert isinstance(lifted, Changed)
    assert lifted.cell.source == "operator_entry"


def test_a_suspension_after_a_pass_in_the_future_acts_and_keeps_its_own_time(
    database, cast
):
    campaign_id, ahead = cast.maple.campaign_id, NOW + 300 * MINUTE
    with database.writing() as session:
        observe(session, campaign_id, Carrier.att, word("ACTIVE", at=ahead))
    with database.writing() as session:
        observe(session, campaign_id, Carrier.att, word("SUSPENDED", "tcr_webhook"))
        again = observe(session, campaign_id, Carrier.att, word("ACTIVE"))

    assert isinstance(again, Refused)
    with database.reading() as session:
        cell = cells(session, campaign_id)[Carrier.att]
        suspended = history(session, campaign_id)[1]
    assert (cell.status, cell.observed_at) == ("SUSPENDED", ahead)
    assert (suspended.at, suspended.applied) == (NOW + MINUTE, True)


@pytest.mark.parametrize("taken", ["PENDING", "SUSPENDED"])
@pytest.mark.parametrize(
    ("source", "minutes", "restored"),
    [("tcr_poll", 3, True), ("tcr_poll", 1, False), ("vendor_verified", 3, False)],
)
def test_only_a_later_poll_of_tcr_restores_what_a_send_error_took(
    database, cast, taken, source, minutes, restored
):
    campaign_id = cast.maple.campaign_id
    error = word(taken, "send_error", at=NOW + 2 * MINUTE)
    approved = word("ACTIVE", source, at=NOW + minutes * MINUTE, raw="APPROVED")
    with database.writing() as session:
        observe(session, campaign_id, Carrier.att, word("ACTIVE", raw="APPROVED"))
        taken_away = observe(session, campaign_id, Carrier.att, error)
    with database.writing() as session:
        result = observe(session, campaign_id, Carrier.att, approved)

    assert (taken_away.cell.status, taken_away.cell.source) == (taken, "send_error")
    assert isinstance(result, Changed if restored else Refused)
    with database.reading() as session:
        after = cells(session, campaign_id)[Carrier.att].status
    assert after == ("ACTIVE" if restored else taken)
