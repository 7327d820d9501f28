from datetime import timedelta

import pytest
from sqlmodel import col, select

from kernel.carriers import Carrier
from kernel.errors import Conflict
from registration import drafts
from registration.desk_models import (
    FeeEntry,
    FeeKind,
    Layer,
    LayerState,
)
from registration.layers import hear, layers_of
from registration.models import Campaign
from registration.rejections import (
    fixes_of,
    mend,
    record,
)
from registration.status import Observation, Source, Status
from registration.submitting import (
    NotYet,
    campaign_for,
    name_at_tcr,
    obstacles,
    prepare,
)
from registration.workflow import cells, observe
from tests.conftest import NOW
from tests.registration.at_desk import BY, looked, put, ready, submitted
from tests.registration.checks.sound import submission
from tests.registration.test_rejections import FLOW, SAID, mended, turned_down


def test_the_same_texts_are_not_handed_in_twice(database):
    """R107: blind or unchanged is refused, whatever was ticked off."""
    with database.writing() as session:
        draft, _, found = turned_down(session)
        for fix in fixes_of(session, found.id):  # ticked off behind our back
            fix.done_at = NOW
            session.add(fix)
        session.flush()
        said = [one.sentence for one in obstacles(session, draft)]
        assert "Not mended yet" in said[0]
        assert "costs another fee" in said[-1]


def test_where_only_the_website_was_at_fault_the_texts_may_stay(database):
    with database.writing() as session:
        from dataclasses import replace

        draft, campaign, found = turned_down(
            session, replace(SAID, fields=("website",))
        )
        fix = fixes_of(session, found.id)[0]
        mend(
            session,
            campaign_for(session, draft),
            fix.id,
            submission(),
            "policy live",
            BY,
            NOW,
        )
        assert obstacles(session, draft) == ()
        assert campaign.status is Status.REJECTED


def test_a_resubmission_is_a_new_version_with_a_fee_and_no_layer_cleared(database):
    """R60, R61: a version of its own, a ledger entry with cause and days lost."""
    with database.writing() as session:
        draft, campaign, found = turned_down(session)
        mended(session, draft, found)
        later = NOW + timedelta(days=10)
        again = prepare(session, draft, BY, later)
        assert not isinstance(again, NotYet), again
        assert again.version == 2
        assert campaign.status is Status.PENDING
        assert {one.state for one in layers_of(session, again.id).values()} == {
            LayerState.waiting
        }
        assert campaign.message_flow == FLOW
        fee = session.exec(
            select(FeeEntry).where(col(FeeEntry.kind) == FeeKind.resubmission)
        ).one()
        assert (fee.cents, fee.days_lost) == (1_500, 8)
        assert fee.cause == "Version 1 was turned down: 30909"
        assert again.fee_entry_id == fee.id


def test_a_resubmission_takes_every_carriers_yes_away(database):
    """R60: what a carrier said was about other bytes."""
    with database.writing() as session:
        draft = ready(session)
        version = submitted(session, draft)
        for layer in (Layer.tcr, Layer.dca):
            hear(
                session,
                version,
                layer,
                LayerState.cleared,
                source=Source.tcr_poll,
                raw="ok",
                evidence="{}",
                now=NOW,
            )
        campaign = campaign_for(session, draft)
        for carrier in (Carrier.tmobile, Carrier.verizon):
            observe(
                session,
                campaign.id,
                carrier,
                Observation(
                    status=Status.ACTIVE,
                    raw="APPROVED",
                    source=Source.tcr_poll,
                    at=NOW,
                    evidence="{}",
                ),
            )
        from dataclasses import replace

        said = replace(SAID, layer=None, carrier=Carrier.att)
        found = record(session, campaign, said, BY, NOW)
        assert cells(session, campaign.id)[Carrier.att].status is Status.REJECTED
        mended(session, draft, found)
        prepare(session, draft, BY, NOW + timedelta(days=1))
        after = {one.status for one in cells(session, campaign.id).values()}
        assert after == {Status.PENDING}


def test_the_use_case_is_frozen_once_handed_in(database):
    """R132: a change is a new campaign."""
    with database.writing() as session:
        draft, _, found = turned_down(session)
        mended(
            session,
            draft,
            found,
            campaign__message_flow=FLOW,
            campaign__use_case="CUSTOMER_CARE",
        )
        result = prepare(session, draft, BY, NOW)
        assert isinstance(result, NotYet)
        said = " ".join(one.sentence for one in result.obstacles)
    assert "use case is frozen" in said


def test_what_was_mended_and_taken_back_is_not_mended(database):
    """R110: the text that was flagged stands there again."""
    with database.writing() as session:
        draft, _, found = turned_down(session)
        mended(session, draft, found)
        assert obstacles(session, draft) == ()
        other = submission(campaign__help_message="Tidewater Dental: call us. STOP.")
        drafts.save(session, draft, other, draft.version, BY, NOW)
        said = [one.sentence for one in obstacles(session, draft)]
    assert "Not mended yet: How patients opt in." in said


def test_what_nobody_has_got_may_be_changed_without_another_fee(database):
    with database.writing() as session:
        draft = ready(session)
        first = submitted(session, draft, handed=False)
        said = [one.sentence for one in obstacles(session, draft)]
        assert said == [
            "Version 1 is prepared and not with the provider yet. Hand it in, or change "
            "the draft first."
        ]
        mine = submission(campaign__message_flow=FLOW)
        drafts.save(session, draft, mine, draft.version, BY, NOW)
        looked(session, draft)
        put(session, draft, "check")
        second = prepare(session, draft, BY, NOW)
        assert not isinstance(second, NotYet), second
        assert (second.version, second.fee_entry_id) == (2, first.fee_entry_id)


def test_the_id_of_another_campaign_is_refused(database, cast):
    with database.writing() as session:
        other = session.get_one(Campaign, cast.maple.campaign_id)
        other.tcr_id = "CMAPLE9"
        draft = ready(session)
        submitted(session, draft)
        campaign = campaign_for(session, draft)
        with pytest.raises(Conflict, match="another campaign"):
            name_at_tcr(session, campaign, "CMAPLE9")
        name_at_tcr(session, campaign, "CTIDE01")
        assert campaign.tcr_id == "CTIDE01"
