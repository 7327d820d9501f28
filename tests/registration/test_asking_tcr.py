from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from clinics.models import StaffAction
from kernel.clock import FixedClock
from registration.models import Campaign, StatusEvent
from registration.status import Observation, Source
from registration.workflow import expire
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.registration.operating import OPERATOR, rows, statuses, told

MAPLE = "/operator/campaigns/maple-dental/maple-care"


@pytest.fixture
def operator(pages):
    heed = pages.extensions["heed"]
    heed.clock = FixedClock(NOW + timedelta(minutes=5))
    return visitor(pages, OPERATOR)


@pytest.fixture
def asking(pages, registry):
    heed = pages.extensions["heed"]
    heed.settings = heed.settings.model_copy(
        update={
            "tcr_api_base": registry.base,
            "tcr_api_key": SecretStr("key"),
            "tcr_api_secret": SecretStr("secret"),
        }
    )
    return registry


def test_tcr_is_asked_about_this_campaign_alone_and_its_answer_is_told(
    pages, operator, cast, asking
):
    words_of_tcr = b'{"10017": "SUSPENDED", "10035": "APPROVED"}'
    asking.answers["/tcr/v2/campaign/CMAPLE1/operationStatus"] = (200, words_of_tcr)

    answer = operator.post(f"{MAPLE}/ask")

    page = told(operator.get(answer.location))
    assert "AT&T is now SUSPENDED. Taken off the air after approval." in page
    assert "T-Mobile remains ACTIVE." in page
    assert all("CBIRCH1" not in asked.path for asked in asking.asked)
    assert rows(pages, StaffAction)[-1].action == "asked TCR"


def test_no_transaction_is_open_while_tcr_is_asked(pages, operator, asking):
    database = pages.extensions["heed"].database
    waited = []

    def write_meanwhile():
        with database.writing() as writing:
            waited.append(writing.exec(select(Campaign)).first().ref)

    asking.meanwhile = write_meanwhile

    operator.post(f"{MAPLE}/ask")

    assert waited


def test_silence_of_tcr_is_told_and_changes_nothing(pages, operator, cast, asking):
    asking.hang_up = lambda path: True

    answer = operator.post(f"{MAPLE}/ask")

    assert "Nothing was changed." in told(operator.get(answer.location))
    assert set(statuses(pages, cast.maple.campaign_id).values()) == {"ACTIVE"}


def test_without_a_key_there_is_no_button_and_asking_is_refused(pages, operator):
    page = operator.get(MAPLE)

    answer = operator.post(f"{MAPLE}/ask")

    assert "Ask The Campaign Registry now" not in words(page)
    assert answer.status_code == 409
    assert "Record what each carrier says instead." in told(answer)


def test_an_ended_campaign_says_so_and_asks_for_nothing(pages, operator, cast, asking):
    seen = Observation(
        status=None, raw="EXPIRED", source=Source.tcr_poll, at=NOW, evidence="{}"
    )
    with pages.extensions["heed"].database.writing() as writing:
        expire(writing, cast.maple.campaign_id, seen)

    page = words(operator.get(MAPLE))
    pressing = words(operator.get("/operator/campaigns?show=attention"))

    assert "ended this campaign" in page
    assert "Ask The Campaign Registry now" not in page
    assert "maple-care" not in pressing
    with pages.extensions["heed"].database.reading() as reading:
        newest = select(StatusEvent).order_by(col(StatusEvent.id).desc()).limit(1)
        assert reading.exec(newest).one().carrier is None
