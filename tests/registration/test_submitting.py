from datetime import timedelta

import pytest
from sqlmodel import col, select

from consent import attachments
from kernel.errors import Conflict, Invalid
from registration import drafts, fees
from registration.brands import brand_of
from registration.desk_models import FeeEntry, FeeKind, SubmissionVersion
from registration.fees import setup_paid
from registration.models import Campaign
from registration.status import Status
from registration.submitting import (
    NotYet,
    campaign_for,
    handed_in,
    obstacles,
    prepare,
    proof_kept,
)
from tests.conftest import NOW
from tests.registration.at_desk import BY, PARTS, put, ready, submitted, tidewater
from tests.registration.checks.sound import submission


def test_what_is_submitted_is_pending_and_keeps_its_bytes(database):
    """R14, R49, R117: a new submission is PENDING, of the bytes that were checked."""
    with database.writing() as session:
        draft = ready(session)
        made = submitted(session, draft)
        campaign = campaign_for(session, draft)
        assert campaign.status is Status.PENDING
        assert made.version == 1
        run = drafts.last_run(session, draft)
        assert (made.check_run_id, made.content_sha256) == (
            run.id,
            run.content_sha256,
        )
        assert made.proof_sha256 == proof_kept(session, draft)


@pytest.mark.parametrize(
    ("lacking", "about", "words"),
    [
        ("confirmed", "intake", "nobody has confirmed it yet"),
        ("fee", "fee", "setup fee is not paid"),
        ("brand", "brand", "brand is not registered"),
        ("website", "checks", "website was not looked at"),
        ("check", "checks", "No check of exactly these bytes"),
    ],
)
def test_nothing_is_submitted_while_a_part_is_missing(database, lacking, about, words):
    """R29, R117, R128: submit is refused, and the sentence says what is missing."""
    with database.writing() as session:
        # A brand needs confirmed items and the fee.
        more = {"confirmed": {"brand"}, "fee": {"brand"}, "website": {"check"}}
        draft = ready(session, but={lacking, *more.get(lacking, set())})
        result = prepare(session, draft, BY, NOW)
        assert isinstance(result, NotYet)
        said = [one.sentence for one in result.obstacles if one.about == about]
        assert any(words in sentence for sentence in said)
        assert session.exec(select(SubmissionVersion)).first() is None
        assert campaign_for(session, draft) is None


def test_a_draft_that_lacks_everything_hears_of_everything_at_once(database):
    with database.writing() as session:
        draft = ready(session, but=PARTS)
        about = {one.about for one in obstacles(session, draft)}
    assert about == {"intake", "fee", "brand", "checks"}


def test_a_changed_sentence_needs_a_new_check(database):
    """R117, R131: the check that counts is of exactly the bytes that are submitted."""
    with database.writing() as session:
        draft = ready(session)
        other = submission(campaign__help_message="Tidewater Dental: call us. STOP.")
        drafts.save(session, draft, other, draft.version, BY, NOW)
        said = " ".join(one.sentence for one in obstacles(session, draft))
        assert "No check of exactly these bytes" in said
        assert isinstance(prepare(session, draft, BY, NOW), NotYet)


def test_a_brand_that_is_not_verified_runs_no_campaign(database):
    """R6: a campaign cannot exist without a brand."""
    with database.writing() as session:
        draft = ready(session, but={"brand", "fee"})
        with pytest.raises(Conflict, match="setup fee"):
            put(session, draft, "brand")
        put(session, draft, "fee")
        assert brand_of(session, draft.clinic_id) is None
        assert "brand" in {one.about for one in obstacles(session, draft)}
        put(session, draft, "brand")
        assert obstacles(session, draft) == ()


def test_the_receipt_in_the_draft_is_the_one_that_was_paid(database):
    with database.writing() as session:
        draft = ready(
            session, but={"fee", "brand"}, given=submission(fee_receipt="R-9")
        )
        clinic_id = draft.clinic_id
        put(session, draft, "fee")
        assert setup_paid(session, clinic_id).receipt == "R-9"
        other = submission(fee_receipt="R-10")
        drafts.save(session, draft, other, draft.version, BY, NOW)
        said = [one.sentence for one in obstacles(session, draft) if one.about == "fee"]
    assert said == [
        "The draft names receipt 'R-10', the fee was paid with 'R-9'. Write that one "
        "into the draft."
    ]


def test_nothing_is_submitted_twice_while_reviewers_have_it(database):
    with database.writing() as session:
        draft = ready(session)
        submitted(session, draft)
        again = prepare(session, draft, BY, NOW)
        assert isinstance(again, NotYet)
        assert [one.sentence for one in again.obstacles] == [
            "Version 1 is with the reviewers (PENDING). Wait for their decision."
        ]


def test_a_campaign_of_elsewhere_is_not_submitted_over(database, cast):
    with database.writing() as session:
        campaign = session.exec(
            select(Campaign).where(col(Campaign.ref) == "maple-care")
        ).one()
        campaign.ref = "tide-care"
        session.flush()
        draft = ready(session, clinic_id=campaign.clinic_id, but={"confirmed", "brand"})
        said = " ".join(one.sentence for one in obstacles(session, draft))
    assert "was registered elsewhere" in said


def test_the_first_hand_in_is_the_one_that_counts(database):
    with database.writing() as session:
        made = submitted(session, ready(session), handed=False)
        handed_in(session, made, "QE1", NOW)
        with pytest.raises(Conflict, match="handed in already: QE1"):
            handed_in(session, made, "QE2", NOW + timedelta(days=1))
        assert (made.handed_in_at, made.handed_in_how) == (NOW, "QE1")


def test_the_setup_fee_has_an_amount_a_day_a_receipt_and_its_purpose(database):
    """R30: purpose lines, amount, date, receipt; and no way to waive it."""
    with database.writing() as session:
        ready(session, but=set(PARTS) - {"fee"})
        entry = session.exec(select(FeeEntry)).one()
        assert (entry.kind, entry.cents, entry.receipt) == (
            FeeKind.setup,
            25_000,
            "R-1001",
        )
        assert entry.paid_on is not None
        assert len(entry.purpose) == 3
        clinic_id = entry.clinic_id
        for cents, receipt, kind, refusal, words in (
            (0, "R-2", FeeKind.setup, Invalid, "no waiver"),
            (-1, "R-2", FeeKind.setup, Invalid, "no waiver"),
            (100, " ", FeeKind.setup, Invalid, "number of the receipt"),
            (100, "R-1001", FeeKind.monthly, Conflict, "'R-1001' is in this clinic's"),
            (100, "R-2", FeeKind.setup, Conflict, "already, with receipt 'R-1001'"),
        ):
            with pytest.raises(refusal, match=words):
                fees.pay(
                    session,
                    clinic_id,
                    kind,
                    cents=cents,
                    receipt=receipt,
                    on=NOW.date(),
                    by=BY,
                    now=NOW,
                )
        assert session.exec(select(FeeEntry)).one() is entry


@pytest.mark.parametrize(
    ("kind", "counts"), [("picture", True), ("list", False), ("another's", False)]
)
def test_only_a_scan_or_a_picture_of_the_clinic_proves_an_opt_in(
    database, cast, kind, counts
):
    """R14: a list of numbers shows nobody's opt-in."""
    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    with database.writing() as session:
        draft = ready(session)
        clinic_id = cast.maple.clinic_id if kind == "another's" else draft.clinic_id
        if kind == "list":
            sha256 = attachments.keep_list(
                session, clinic_id, b"a,b\n1,2\n", "status.csv", BY, NOW
            )
        else:
            sha256, _ = attachments.keep(
                session, clinic_id, picture, "form.png", BY, NOW
            )
        given = submission(opt_in_proof=[{"kind": "web", "url": "", "file": sha256}])
        drafts.save(session, draft, given, draft.version, BY, NOW)
        session.refresh(draft)
        assert proof_kept(session, draft) == (sha256 if counts else None)
        said = [one for one in obstacles(session, draft) if "No proof" in one.sentence]
        assert bool(said) is not counts


def test_two_clinics_have_two_ledgers(database, cast):
    with database.writing() as session:
        tide = tidewater(session)
        ready(session, clinic_id=tide, but=set(PARTS) - {"fee"})
        assert setup_paid(session, tide) is not None
        assert setup_paid(session, cast.maple.clinic_id) is None
