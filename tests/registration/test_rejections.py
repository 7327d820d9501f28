import pytest
from sqlmodel import select

from clinics.models import Task, TaskKind
from kernel.carriers import Carrier
from kernel.errors import Conflict, Invalid, NotFound
from registration import drafts
from registration.desk_models import (
    Cause,
    Layer,
    LayerState,
    Rejection,
    RejectionFix,
)
from registration.flagged import elements
from registration.layers import hear, layers_of, newest
from registration.models import Campaign
from registration.rejections import (
    Said,
    consecutive,
    fixes_of,
    mend,
    record,
    rejections_of,
)
from registration.status import Source, Status
from registration.submitting import (
    NotYet,
    campaign_for,
    handed_in,
    obstacles,
    prepare,
)
from tests.conftest import NOW
from tests.registration.at_desk import BY, looked, put, ready, submitted
from tests.registration.checks.sound import FIELDS, submission

SAID = Said(
    issuer="twilio",
    code="30909",
    text="The CTA could not be verified.",
    evidence="https://csp.example/c/1",
    layer=Layer.dca,
)
FLOW = FIELDS["campaign"]["message_flow"] + " It stands on the first page."


def turned_down(session, said=SAID):
    draft = ready(session)
    submitted(session, draft)
    campaign = campaign_for(session, draft)
    return draft, campaign, record(session, campaign, said, BY, NOW)


def mended(session, draft, found, **changes):
    """Every flagged element is changed and shown, and the bytes are checked anew."""
    other = submission(**(changes or {"campaign__message_flow": FLOW}))
    drafts.save(session, draft, other, draft.version, BY, NOW)
    for fix in fixes_of(session, found.id):
        mend(session, campaign_for(session, draft), fix.id, other, "changed", BY, NOW)
    put(session, draft, "confirmed")
    looked(session, draft)
    put(session, draft, "check")


def test_a_rejection_keeps_code_and_reason_verbatim(database):
    """R58, R106, R109: both as they came, with the cause category."""
    odd = Said(
        issuer="dca1",
        code=" 7103b ",
        text="  “Vous” — see § 4\nline two ",
        evidence="https://csp.example",
        layer=Layer.dca,
    )
    with database.writing() as session:
        _, campaign, found = turned_down(session, odd)
        assert (found.code, found.text) == ("7103b", "“Vous” — see § 4\nline two")
        assert found.cause in set(Cause)
        assert campaign.status is Status.REJECTED
        standing = layers_of(session, newest(session, campaign.id).id)
        assert standing[Layer.dca].state is LayerState.rejected
        task = session.exec(select(Task)).one()
        assert (task.kind, task.urgent) == (TaskKind.rejection, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": " ", "text": ""}, "code or the reason"),
        ({"evidence": " "}, "where it was said"),
        ({"layer": None}, "one layer or one carrier"),
        ({"carrier": Carrier.att}, "one layer or one carrier"),
    ],
)
def test_a_rejection_without_reason_or_evidence_is_refused(database, change, words):
    """R106"""
    from dataclasses import replace

    with database.writing() as session:
        draft = ready(session)
        submitted(session, draft)
        campaign = campaign_for(session, draft)
        with pytest.raises(Invalid, match=words):
            record(session, campaign, replace(SAID, **change), BY, NOW)
        assert session.exec(select(Rejection)).all() == []


def test_a_campaign_is_not_handed_in_again_before_its_reason_is_known(database):
    """R106: resubmit is refused until a code or a reason is recorded."""
    with database.writing() as session:
        draft = ready(session)
        version = submitted(session, draft)
        hear(
            session,
            version,
            Layer.dca,
            LayerState.rejected,
            source=Source.tcr_poll,
            raw="DECLINED",
            evidence="{}",
            now=NOW,
        )
        campaign = campaign_for(session, draft)
        campaign.status = Status.REJECTED
        session.flush()
        said = [one.sentence for one in obstacles(session, draft)]
    assert said == [
        "Nobody has recorded why it was turned down. Ask for the code and the reason "
        "text, and record both."
    ]


def test_every_flagged_element_is_mended_with_evidence(database):
    """R27, R110: all of them, or the whole campaign stays where it is."""
    with database.writing() as session:
        draft, campaign, found = turned_down(session)
        fixes = fixes_of(session, found.id)
        assert {fix.field for fix in fixes} == {"campaign.message_flow", "website"}
        assert isinstance(prepare(session, draft, BY, NOW), NotYet)
        before = submission()
        by_field = {fix.field: fix.id for fix in fixes}
        flow = by_field["campaign.message_flow"]
        with pytest.raises(Conflict, match="still says the same"):
            mend(session, campaign, flow, before, "changed", BY, NOW)
        after = submission(campaign__message_flow=FLOW)
        with pytest.raises(Invalid, match="what was changed"):
            mend(session, campaign, flow, after, " ", BY, NOW)
        mend(session, campaign, flow, after, "see the draft", BY, NOW)
        with pytest.raises(Conflict, match="already"):
            mend(session, campaign, flow, after, "see the draft", BY, NOW)
        left = [one.sentence for one in obstacles(session, draft)]
        assert any("website" in sentence for sentence in left)
        assert campaign.status is Status.REJECTED


def test_rejections_in_a_row_are_counted(database):
    """R111: a counter, and a warning from two on."""
    with database.writing() as session:
        draft, campaign, found = turned_down(session)
        assert consecutive(session, campaign.id) == 1
        mended(session, draft, found)
        handed_in(session, prepare(session, draft, BY, NOW), "ref 2", NOW)
        assert consecutive(session, campaign.id) == 0
        record(session, campaign, SAID, BY, NOW)
        assert consecutive(session, campaign.id) == 2
        assert len(rejections_of(session, campaign.id)) == 2


def test_another_clinics_fix_is_not_there(database, cast):
    with database.writing() as session:
        draft, _, found = turned_down(session)
        fix = fixes_of(session, found.id)[0]
        other = session.get_one(Campaign, cast.maple.campaign_id)
        with pytest.raises(NotFound):
            mend(session, other, fix.id, submission(), "x", BY, NOW)
        assert session.get(RejectionFix, fix.id).done_at is None
        assert draft.clinic_id != cast.maple.clinic_id


@pytest.mark.parametrize(
    ("code", "issuer", "expected"),
    [
        ("30909", "twilio", {"campaign.message_flow", "website"}),
        ("2000", "series", None),
        ("no-such-code", "twilio", {"campaign"}),
        ("", "", {"campaign"}),
    ],
)
def test_a_code_flags_elements(code, issuer, expected):
    found = set(elements(code, issuer))
    assert found == expected if expected else found
