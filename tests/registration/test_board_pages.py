"""The board of all registrations: what it shows, and at what cost."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from registration import drafts, intake
from registration.desk import SHOWN, all_desks, desk, desks
from registration.desk_alarms import watch_desk
from registration.desk_models import Item, Rejection
from registration.models import Campaign, SubmissionDraft
from registration.rejections import Said, record
from registration.submitting import handed_in
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.registration.at_desk import BY, PARTS, put, ready, submitted, tidewater
from tests.registration.checks.sound import submission
from tests.reminders.queries import queries_of

LIST = "/operator/registrations"
MANY = SHOWN + 7


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def operator(pages):
    return visitor(pages, "operator@heed.example")


def begin(session, clinic_id, ref):
    draft = drafts.begin(session, clinic_id, ref, submission(), BY, NOW)
    intake.confirm(session, draft, Item.ein, BY, NOW)
    put(session, draft, "website")
    put(session, draft, "check")
    return draft


def test_the_number_of_queries_does_not_grow_with_the_drafts(operator, heed):
    with heed.database.writing() as session:
        submitted(session, ready(session))
    few = queries_of(heed, lambda: operator.get(LIST))
    watching = queries_of(heed, lambda: watch_desk(heed.database, NOW))
    with heed.database.writing() as session:
        clinic_id = session.exec(select(SubmissionDraft.clinic_id)).first()
        for number in range(MANY):
            begin(session, clinic_id, f"draft-{number}")

    assert queries_of(heed, lambda: operator.get(LIST)) == few
    assert queries_of(heed, lambda: watch_desk(heed.database, NOW)) <= watching + 12


def test_a_page_shows_fifty_and_leads_to_the_older_ones(operator, heed):
    with heed.database.writing() as session:
        clinic_id = tidewater(session)
        for number in range(MANY):
            drafts.begin(session, clinic_id, f"ref-{number:03}", submission(), BY, NOW)
    first = operator.get(LIST).get_data(as_text=True)
    with heed.database.reading() as session:
        older = desks(session, NOW).older
        assert len(all_desks(session, NOW)) == MANY
    second = operator.get(f"{LIST}?before={older}").get_data(as_text=True)

    refs = [f"ref-{number:03}" for number in range(MANY)]
    assert [ref for ref in refs if ref in first] == refs[MANY - SHOWN :]
    assert [ref for ref in refs if ref in second] == refs[: MANY - SHOWN]
    assert f"before={older}" in first
    assert "before=" not in second
    for strange in ("x", "0", "-1", "9" * 30):
        assert operator.get(f"{LIST}?before={strange}").status_code == 200


def shown(steps):
    return [(one.key, one.progress, one.words, one.since) for one in steps]


@pytest.mark.parametrize("but", [*PARTS, None])
def test_the_board_says_what_the_registrations_own_page_says(database, but):
    without = {"confirmed": {"brand"}, "fee": {"brand"}, "website": {"check"}}
    lacking = {but, *without.get(but, set())} if but else set()
    with database.writing() as session:
        draft = ready(session, but=lacking)
        intake.ask(session, draft, None, "Which suffix?", BY, NOW)
        [placed] = desks(session, NOW).found
        assert shown(placed.desk.steps) == shown(desk(session, draft, NOW).steps)


def test_the_board_follows_a_submission_and_its_rejection(database):
    later = NOW + timedelta(days=3)
    with database.writing() as session:
        draft = ready(session)
        version = submitted(session, draft, handed=False)

        def both():
            [placed] = desks(session, later).found
            own = desk(session, draft, later)
            assert shown(placed.desk.steps) == shown(own.steps)
            return placed.desk.at

        assert both().key == "submitted"
        handed_in(session, version, "the provider's portal, ref 1", NOW)
        assert both().key == "tcr"
        said = Said(
            issuer="twilio",
            code="",
            text="x",
            evidence="e",
            layer="dca",
            fields=("campaign.description",),
        )
        record(session, session.get(Campaign, version.campaign_id), said, BY, NOW)
        assert both().key == "checks"
        assert both().words == "to be mended"
        mine = col(Rejection.clinic_id) == draft.clinic_id
        assert session.exec(select(Rejection).where(mine)).one()


def test_a_check_of_other_words_does_not_count_on_the_board(database):
    with database.writing() as session:
        draft = ready(session)
        given = submission(campaign__description="Something else altogether.")
        drafts.save(session, draft, given, draft.version, BY, NOW)
        [placed] = desks(session, NOW).found
        steps = {one.key: one.words for one in placed.desk.steps}
    assert steps["checks"] == "not passed yet"


def test_an_empty_page_of_the_board_says_what_to_do(operator):
    assert "No registration yet" in words(operator.get(f"{LIST}?before=1"))
