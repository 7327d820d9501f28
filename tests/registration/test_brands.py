"""The brand of a draft: which one, with which details, and whose word counts."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task
from kernel.errors import NotFound
from registration import brands, drafts, intake
from registration.brand_words import hear_brand, weighed
from registration.desk_models import Item
from registration.models import Brand, BrandEvent, Identity
from registration.registering import _case, register_brand
from registration.status import Source
from registration.twilio import Refused
from tests.conftest import NOW
from tests.registration.at_desk import BY, ready, verify
from tests.registration.checks.sound import submission

V, W, U = Identity.VERIFIED, Identity.VETTED_VERIFIED, Identity.UNVERIFIED
S = Identity.SELF_DECLARED
TYPED, TWILIO = Source.operator_entry, Source.vendor_verified
NAME = "Tidewater Mended, PLLC"


def confirm(session, draft):
    name = drafts.content_of(draft).brand.legal_name
    for item in Item:
        shown = name if item is Item.legal_name else ""
        intake.confirm(session, draft, item, BY, NOW, shown)


def mend(session, draft, **changes):
    drafts.save(session, draft, submission(**changes), draft.version, BY, NOW)
    session.refresh(draft)
    confirm(session, draft)


def test_the_brand_is_that_of_the_draft_and_so_are_its_address_and_contact(database):
    with database.writing() as session:
        first = ready(session)
        other = drafts.begin(
            session,
            first.clinic_id,
            "second",
            submission(
                brand__ein="98-7654321",
                brand__legal_name="Other LLC",
                brand__address__street="1 Wrong Way",
            ),
            BY,
            NOW + timedelta(hours=1),
        )
        unconfirmed = _case(session, first.clinic_id, other.id)
        confirm(session, other)
        brands.register(session, other, NOW)
        cases = [_case(session, first.clinic_id, one.id) for one in (first, other)]
    assert isinstance(unconfirmed, Refused)
    assert "nobody has confirmed it yet" in unconfirmed.sentence
    found = [(one.part.ein, one.part.address.street) for one in cases]
    sound = submission().brand
    assert found == [
        (sound.ein, sound.address.street),
        ("98-7654321", "1 Wrong Way"),
    ]


def test_another_clinics_draft_registers_nothing(database, cast):
    with database.writing() as session:
        draft_id = ready(session).id
    with pytest.raises(NotFound):
        register_brand(database, None, cast.maple.clinic_id, draft_id, NOW)


@pytest.mark.parametrize("proven", [False, True])
def test_what_was_mended_reaches_a_brand_until_it_is_verified(database, proven):
    with database.writing() as session:
        draft = ready(session, but=() if proven else {"brand"})
        before = brands.register(session, draft, NOW).legal_name
        mend(
            session,
            draft,
            brand__legal_name=NAME,
            brand__website="https://new.example",
            brand__entity_type="NON_PROFIT",
        )
        found = brands.register(session, draft, NOW)
        mine = select(Brand).where(col(Brand.clinic_id) == draft.clinic_id)
        assert session.exec(mine).one() is found
        if proven:
            assert found.legal_name == before
            return
        assert (found.legal_name, found.website, found.entity_type) == (
            NAME,
            "https://new.example",
            "NON_PROFIT",
        )


@pytest.mark.parametrize(
    ("before", "said", "source", "others", "after"),
    [
        (None, V, TWILIO, {}, V),
        (None, None, TWILIO, {}, None),
        (V, None, Source.tcr_poll, {}, V),  # silence erases nothing
        (U, None, TWILIO, {TYPED: U}, U),
        (V, U, TWILIO, {TYPED: V}, U),  # anybody takes VERIFIED away
        (W, S, Source.send_error, {Source.tcr_poll: W}, S),
        (U, V, TWILIO, {TYPED: U}, U),  # the stronger word stands
        (W, V, TWILIO, {TYPED: W}, W),
        (U, V, TYPED, {TWILIO: U}, V),
        (U, V, TWILIO, {TWILIO: U}, V),  # everybody may change their own mind
        (U, V, TWILIO, {TWILIO: U, TYPED: V}, V),
        (U, V, TYPED, {Source.tcr_webhook: U}, U),
    ],
)
def test_whose_word_of_an_identity_counts(before, said, source, others, after):
    assert weighed(before, said, source, others) is after


def test_a_vendor_without_a_word_opens_no_task_and_is_kept(database):
    """Twilio's brand is in review again; nobody said that it is not verified."""
    with database.writing() as session:
        draft = ready(session)
        brand = brands.brand_of(session, draft.clinic_id)
        since = brand.identity_since

        def hear(identity, raw):
            return hear_brand(
                session,
                brand,
                identity=identity,
                source=TWILIO,
                raw=raw,
                evidence="e",
                now=NOW + timedelta(hours=1),
            )

        def tasks():
            mine = select(Task).where(col(Task.clinic_id) == draft.clinic_id)
            return [one for one in session.exec(mine) if "verified" in one.sentence]

        hear(None, "IN_REVIEW")
        assert (brand.identity, brand.identity_since, tasks()) == (V, since, [])
        assert hear(None, "IN_REVIEW") is None
        hear(U, "UNVERIFIED")
        assert brand.identity is U
        assert len(tasks()) == 1
        verify(session, brand)
        assert brand.identity is V
        raw = [one.raw for one in session.exec(select(BrandEvent))]
    assert raw[1:3] == ["IN_REVIEW", "UNVERIFIED"]
