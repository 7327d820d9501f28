import itertools

import pytest
from sqlmodel import col, select

from kernel.carriers import GATED, Carrier
from kernel.errors import Conflict, Invalid
from registration.desk_models import Layer, LayerEvent, LayerState
from registration.layers import (
    ORDER,
    Refused,
    Standing,
    Taken,
    hear,
    layers_of,
    missing,
    next_layer,
)
from registration.models import Campaign
from registration.status import Changed, Observation, Source, Status
from registration.status import Refused as NotTaken
from registration.submitting import campaign_for
from registration.workflow import cells, head, observe
from tests.conftest import NOW
from tests.registration.at_desk import BY, ready, submitted, tidewater

WAITING, REVIEW = LayerState.waiting, LayerState.review
CLEARED, REJECTED = LayerState.cleared, LayerState.rejected
ALLOWED = {
    (WAITING, REVIEW),
    (WAITING, CLEARED),
    (WAITING, REJECTED),
    (REVIEW, CLEARED),
    (REVIEW, REJECTED),
    (CLEARED, REVIEW),
    (CLEARED, REJECTED),
}


def standing(**states):
    return {
        layer: Standing(
            layer=layer,
            state=states.get(layer.value, WAITING),
            since=NOW if layer.value in states else None,
        )
        for layer in ORDER
    }


@pytest.mark.parametrize(
    ("before", "after"), list(itertools.product(LayerState, repeat=2))
)
def test_a_layer_takes_only_the_steps_of_the_table(before, after):
    """R64"""
    result = next_layer(
        standing(tcr=CLEARED, dca=before), Layer.dca, after, Source.tcr_poll, {}
    )
    allowed = (before, after) in ALLOWED or before is after
    assert isinstance(result, Taken) is allowed


def test_layers_are_cleared_in_order():
    """R64: TCR, then the aggregator, then the second one where there is one."""
    for layer in (Layer.dca, Layer.dca2):
        early = next_layer(standing(), layer, CLEARED, Source.tcr_poll, {})
        assert isinstance(early, Refused)
    done = standing(tcr=CLEARED)
    assert isinstance(next_layer(done, Layer.dca, CLEARED, Source.tcr_poll, {}), Taken)
    assert isinstance(
        next_layer(done, Layer.dca2, CLEARED, Source.tcr_poll, {}), Refused
    )


def test_a_weaker_source_clears_nothing_that_a_stronger_one_holds():
    now_at = standing(tcr=CLEARED, dca=REVIEW)
    said = {Source.tcr_poll: REVIEW}
    word = next_layer(now_at, Layer.dca, CLEARED, Source.vendor_verified, said)
    assert isinstance(word, Refused)
    word = next_layer(now_at, Layer.dca, CLEARED, Source.tcr_poll, said)
    assert isinstance(word, Taken)


def said(session, version, layer, state, source=Source.tcr_poll, **more):
    fields = {"raw": state.value, "evidence": "the answer", "now": NOW, **more}
    return hear(session, version, layer, state, source=source, **fields)


def approve(session, campaign_id, carrier, source=Source.tcr_poll):
    seen = Observation(
        status=Status.ACTIVE, raw="APPROVED", source=source, at=NOW, evidence="{}"
    )
    return observe(session, campaign_id, carrier, seen, BY)


def test_three_layers_stand_apart_for_each_submission(database):
    """R44: TCR, the aggregators and the carriers, each with a state of its own."""
    with database.writing() as session:
        draft = ready(session)
        version = submitted(session, draft)
        assert set(layers_of(session, version.id)) == set(Layer)
        assert {one.state for one in layers_of(session, version.id).values()} == {
            WAITING
        }
        said(session, version, Layer.tcr, CLEARED)
        states = {k: v.state for k, v in layers_of(session, version.id).items()}
        assert states == {
            Layer.tcr: CLEARED,
            Layer.dca: WAITING,
            Layer.dca2: WAITING,
        }


def test_no_carrier_is_active_before_the_layers_are_cleared(database):
    """R52, R64: TCR says APPROVED while the aggregator still looks: it is kept and
    does not count."""
    with database.writing() as session:
        draft = ready(session)
        version = submitted(session, draft)
        campaign_id = version.campaign_id
        early = approve(session, campaign_id, Carrier.att)
        assert isinstance(early, NotTaken)
        assert "The Campaign Registry has not let it through" in early.why
        said(session, version, Layer.tcr, CLEARED)
        assert "aggregator" in approve(session, campaign_id, Carrier.att).why
        said(session, version, Layer.dca, CLEARED)
        assert isinstance(approve(session, campaign_id, Carrier.att), Changed)
        assert set(cells(session, campaign_id)) == {Carrier.att}


def test_a_second_aggregator_counts_from_the_day_it_is_named(database):
    with database.writing() as session:
        version = submitted(session, ready(session))
        said(session, version, Layer.tcr, CLEARED)
        said(session, version, Layer.dca, CLEARED)
        assert missing(session, version.campaign_id) is None
        said(session, version, Layer.dca2, WAITING)
        assert "second aggregator" in missing(session, version.campaign_id)
        said(session, version, Layer.dca2, CLEARED)
        assert missing(session, version.campaign_id) is None


def test_the_headline_is_the_gravest_word_of_layers_and_carriers(database):
    """R55: REVIEW is not REJECTED, and what is examined is kept."""
    with database.writing() as session:
        draft = ready(session)
        version = submitted(session, draft)
        campaign = campaign_for(session, draft)

        def heading():
            head(session, campaign.id, NOW)
            return session.get(Campaign, campaign.id).status

        said(session, version, Layer.tcr, CLEARED)
        said(session, version, Layer.dca, REVIEW, element="campaign.message_flow")
        assert heading() is Status.REVIEW
        event = session.exec(
            select(LayerEvent).where(col(LayerEvent.layer) == Layer.dca)
        ).one()
        assert event.element == "campaign.message_flow"
        said(session, version, Layer.dca, CLEARED)
        assert heading() is Status.PENDING
        for carrier in sorted(GATED):
            approve(session, campaign.id, carrier)
        assert heading() is Status.ACTIVE
        said(session, version, Layer.dca, REJECTED)
        assert heading() is Status.REJECTED


def test_a_typed_state_needs_evidence_and_an_examination_its_element(database):
    """R32, R55"""
    with database.writing() as session:
        version = submitted(session, ready(session))
        typed = {"source": Source.operator_entry, "by": BY}
        with pytest.raises(Invalid, match="evidence"):
            said(session, version, Layer.tcr, CLEARED, **{**typed, "evidence": " "})
        with pytest.raises(Invalid, match="person"):
            said(session, version, Layer.tcr, CLEARED, **{**typed, "by": None})
        with pytest.raises(Invalid, match="which part"):
            said(session, version, Layer.dca, REVIEW, **typed)
        assert session.exec(select(LayerEvent)).all() == []


def test_a_poll_that_says_the_same_fills_no_history(database):
    with database.writing() as session:
        version = submitted(session, ready(session))
        assert said(session, version, Layer.tcr, CLEARED) is not None
        assert said(session, version, Layer.tcr, CLEARED) is None
        assert len(session.exec(select(LayerEvent)).all()) == 1


def test_what_is_refused_is_kept_and_changes_nothing(database):
    with database.writing() as session:
        version = submitted(session, ready(session))
        event = said(session, version, Layer.dca, CLEARED)
        assert event is not None
        assert not event.applied
        assert layers_of(session, version.id)[Layer.dca].state is WAITING


def test_a_layer_that_takes_its_yes_back_closes_every_carrier(database):
    """R52, R59: an aggregator's no after ACTIVE stops every text at once."""
    for state in (REVIEW, REJECTED):
        with database.writing() as session:
            slug = f"tide-{state.value}"
            clinic_id = tidewater(session, slug)
            version = submitted(session, ready(session, clinic_id=clinic_id))
            said(session, version, Layer.tcr, CLEARED)
            said(session, version, Layer.dca, CLEARED)
            for carrier, source in zip(
                sorted(GATED),
                (Source.tcr_poll, Source.vendor_verified, Source.tcr_poll),
                strict=True,
            ):
                approve(session, version.campaign_id, carrier, source)
            said(session, version, Layer.dca, state, element="campaign")
            head(session, version.campaign_id, NOW)
            after = cells(session, version.campaign_id).values()
            assert {cell.status for cell in after} == {Status.PENDING}


def test_nobody_has_looked_at_what_was_not_handed_in(database):
    with database.writing() as session:
        version = submitted(session, ready(session), handed=False)
        with pytest.raises(Conflict, match="not handed in yet"):
            said(session, version, Layer.tcr, CLEARED)
        early = approve(session, version.campaign_id, Carrier.att)
        assert isinstance(early, NotTaken)
        assert "not handed in yet" in early.why
