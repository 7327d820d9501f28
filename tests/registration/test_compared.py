import pytest
from sqlmodel import col, select

from kernel.carriers import GATED, Carrier
from kernel.errors import NotFound
from registration import drafts
from registration.board import board_of_all
from registration.compared import differences, outcomes, submissions_per_approval
from registration.desk_models import Layer, LayerState, SubmissionVersion
from registration.layers import hear
from registration.mno_review import mno_reviews
from registration.models import Campaign
from registration.rejections import fixes_of, mend, record
from registration.status import Observation, Source, Status
from registration.submitting import campaign_for, handed_in, prepare
from registration.workflow import observe
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.registration.at_desk import BY, looked, put, ready, submitted
from tests.registration.checks.sound import submission
from tests.registration.test_rejections import FLOW, SAID


def cleared(session, version):
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


def says(session, campaign_id, carrier, status):
    seen = Observation(
        status=status,
        raw=status.value,
        source=Source.tcr_poll,
        at=NOW,
        evidence="{}",
    )
    return observe(session, campaign_id, carrier, seen)


@pytest.fixture
def twice(database):
    """Turned down by the aggregator, mended, and ACTIVE everywhere as version 2."""
    with database.writing() as session:
        draft = ready(session)
        submitted(session, draft)
        campaign = campaign_for(session, draft)
        found = record(session, campaign, SAID, BY, NOW)
        other = submission(campaign__message_flow=FLOW)
        drafts.save(session, draft, other, draft.version, BY, NOW)
        for fix in fixes_of(session, found.id):
            mend(
                session, campaign_for(session, draft), fix.id, other, "changed", BY, NOW
            )
        put(session, draft, "confirmed")
        looked(session, draft)
        put(session, draft, "check")
        second = prepare(session, draft, BY, NOW)
        handed_in(session, second, "ref 2", NOW)
        cleared(session, second)
        for carrier in sorted(GATED):
            says(session, campaign.id, carrier, Status.ACTIVE)
    return database


def versions(session):
    return session.exec(
        select(SubmissionVersion.id).order_by(col(SubmissionVersion.version))
    ).all()


def test_two_submissions_are_compared_layer_by_layer(twice):
    """R65: what they say differently, and how each layer took them."""
    with twice.reading() as session:
        first, second = versions(session)
        rows = {
            row.label: (row.one, row.other) for row in outcomes(session, first, second)
        }
        assert rows["The aggregator (DCA)"] == ("rejected", "cleared")
        assert rows["AT&T"] == ("nothing heard", "ACTIVE")
        assert rows["Codes"] == ("twilio 30909", "none")
        told = [
            row.label for row in differences(session, first, second) if not row.same
        ]
        assert told == ["campaign.message_flow"]
        with pytest.raises(NotFound):
            outcomes(session, first, 99)


def test_submissions_per_approval_are_counted(twice):
    """R147: two submissions for one approval."""
    with twice.reading() as session:
        assert submissions_per_approval(session) == 2.0


def test_without_an_approval_there_is_no_rate(database):
    with database.writing() as session:
        submitted(session, ready(session))
        assert submissions_per_approval(session) is None


@pytest.mark.parametrize(
    ("flags", "at_att", "word"),
    [
        ({}, None, "likely: AT&T"),
        ({"campaign__flags": {"political": True}}, None, "required: "),
        ({}, Status.REVIEW, "now: AT&T"),
        ({}, Status.ACTIVE, "no"),
    ],
)
def test_the_column_says_whether_carriers_look_themselves(
    database, flags, at_att, word
):
    """R80, R81, R154: required, likely, now, or no."""
    with database.writing() as session:
        version = submitted(session, ready(session))
        version.content = submission(**flags).model_dump(mode="json")
        session.add(version)
        cleared(session, version)
        if at_att:
            says(session, version.campaign_id, Carrier.att, at_att)
        lines = [one.line for one in board_of_all(session, NOW)]
        assert mno_reviews(session, lines)[version.campaign_id].word.startswith(word)


def test_moving_one_carrier_moves_no_other(database):
    """R158: queues are independent, each with a state and times of its own."""
    with database.writing() as session:
        version = submitted(session, ready(session))
        cleared(session, version)
        says(session, version.campaign_id, Carrier.tmobile, Status.ACTIVE)
        says(session, version.campaign_id, Carrier.att, Status.REVIEW)
        (placed,) = [
            one for one in board_of_all(session, NOW) if one.slug == "tidewater"
        ]
        states = {
            one.carrier: one.cell.status if one.cell else None
            for one in placed.line.carriers
        }
    assert states == {
        Carrier.att: Status.REVIEW,
        Carrier.tmobile: Status.ACTIVE,
        Carrier.verizon: None,
    }


def test_the_page_compares_what_is_chosen(pages, cast):
    heed = pages.extensions["heed"]
    operator = visitor(pages, "operator@heed.example")
    path = "/operator/registrations/compared"
    assert "Nothing to compare yet" in words(operator.get(path))
    with heed.database.writing() as session:
        submitted(session, ready(session))
        draft = ready(session, clinic_id=cast.maple.clinic_id)
        submitted(session, draft)
        assert session.exec(select(Campaign)).all()
        one, other = versions(session)
    page = words(operator.get(f"{path}?one={one}&other={other}"))
    assert "They say exactly the same" in page
    assert operator.get(f"{path}?one={one}&other=99").status_code == 404
    assert operator.get(f"{path}?one=x&other=99").status_code == 200
