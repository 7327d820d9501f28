"""The same button twice at once: one brand, one entry, one version, and no 500."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import col, select

from kernel.errors import Conflict
from registration import brands
from registration.desk_models import FeeEntry, SubmissionVersion
from registration.models import Brand, Campaign, SubmissionDraft
from registration.submitting import prepare
from tests.conftest import NOW
from tests.registration.at_desk import BY, pay, ready


def twice(database, work):
    """What each of two hears who begin together and commit late."""
    together = Barrier(2)

    def run(session):
        done = work(session)
        time.sleep(0.2)
        return done

    def click(_):
        together.wait()
        try:
            return database.retrying(run)
        except Conflict as why:
            return str(why)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(click, range(2)))


def count(database, model, clinic_id):
    with database.reading() as session:
        return len(
            session.exec(select(model).where(col(model.clinic_id) == clinic_id)).all()
        )


@pytest.fixture
def draft(database, request):
    with database.writing() as session:
        return ready(session, but=request.param)


@pytest.mark.parametrize("draft", [{"fee", "brand"}], indirect=True)
def test_a_receipt_is_recorded_once(database, draft):
    said = twice(database, lambda session: pay(session, draft.clinic_id, "R-1"))
    assert sorted(map(str, said))[0] == "None"
    assert [one for one in said if one and "somebody may have just" in one]
    assert count(database, FeeEntry, draft.clinic_id) == 1


@pytest.mark.parametrize("draft", [{"fee", "brand"}], indirect=True)
def test_the_setup_fee_is_paid_once(database, draft):
    receipts = iter(("R-1", "R-2"))
    said = twice(
        database, lambda session: pay(session, draft.clinic_id, next(receipts))
    )
    assert [one for one in said if one and "paid already, with receipt" in one]
    assert count(database, FeeEntry, draft.clinic_id) == 1


@pytest.mark.parametrize("draft", [{"brand"}], indirect=True)
def test_a_brand_is_written_down_once(database, draft):
    def register(session):
        mine = session.get_one(SubmissionDraft, draft.id)
        return brands.register(session, mine, NOW).id

    one, other = twice(database, register)
    assert one == other
    assert count(database, Brand, draft.clinic_id) == 1


@pytest.mark.parametrize("draft", [()], indirect=True)
def test_a_submission_is_prepared_once(database, draft):
    def submit(session):
        made = prepare(session, session.get_one(SubmissionDraft, draft.id), BY, NOW)
        return type(made).__name__

    assert sorted(twice(database, submit)) == ["NotYet", "SubmissionVersion"]
    for model in (SubmissionVersion, Campaign):
        assert count(database, model, draft.clinic_id) == 1
