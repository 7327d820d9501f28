"""The operator reads who says stop, carrier by carrier, and lifts a slow-down."""

import pytest

from gateway.campaign_signals import watch_signals
from gateway.models import Message
from kernel.carriers import Carrier
from registration.models import SlowDown, StatusEvent
from registration.signals import SuspensionCause
from registration.slow_downs import slow_down
from tests.conftest import NOW
from tests.gateway.signalling import stop, texted
from tests.gateway.test_slowed_down import Taking, due, worker
from tests.pages import visitor
from tests.registration.operating import OPERATOR, database_of, last_action, rows, told

PATH = "/operator/clinics/maple-dental/signals"


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


@pytest.fixture
def slowed(pages, cast):
    """AT&T's patients say stop, so Maple is slowed down there."""
    database = database_of(pages)
    texted(database, cast.maple, 200)
    stop(database, cast.maple, range(7))
    watch_signals(database, NOW)
    return rows(pages, SlowDown)[0].id


def test_without_texts_the_page_says_what_will_stand_there(operator):
    page = told(operator.get(PATH))

    assert "No text in the last 7 days" in page
    assert "No carrier publishes its limits" in page


def test_the_page_has_texts_stops_and_the_level_in_words(operator, slowed):
    """R63"""
    page = told(operator.get(PATH))

    assert "maple-care at AT&T" in page
    assert "7 patients who said stop, of 200 texts in 24 hours: more than 3 %." in page
    assert "at most 20 texts an hour leave to AT&T" in page
    assert "7 (3.5 %) 24 h: 7" in page
    assert "Send fewer of them" in page


def test_the_clinics_page_leads_there(operator, slowed):
    page = operator.get("/operator/clinics/maple-dental")

    assert PATH in page.get_data(as_text=True)
    assert "AT&T: at most 20 texts an hour leave." in told(page)


def test_lifting_needs_a_note_and_lets_texts_leave_at_once(
    pages, operator, slowed, cast
):
    """R63"""
    database = database_of(pages)
    with database.writing() as session:
        slow_down(session, *key(cast), 0, "Filtered.", NOW)
    due(database, cast.maple, [300, 301])
    worker(database, Taking()).run_once(limit=10)

    empty = operator.post(f"{PATH}/{slowed}", {"note": "  "})
    assert empty.status_code == 400
    assert "Say what was found and mended" in told(empty)
    done = operator.post(f"{PATH}/{slowed}", {"note": "The link was changed."})

    assert done.status_code == 303
    assert "as usual again" in told(operator.get(PATH))
    assert last_action(pages) == (OPERATOR, "slow-down lifted", f"att: {slowed}")
    [row] = rows(pages, SlowDown)
    assert (row.lifted_by, row.lifted_note) == (OPERATOR, "The link was changed.")
    worker(database, Taking()).run_once(limit=10)
    waiting = [one for one in rows(pages, Message) if one.state.value == "due"]
    assert waiting == []


def key(cast):
    return cast.maple.clinic_id, cast.maple.campaign_id, Carrier.att


def test_it_is_lifted_once_and_at_its_own_clinic_only(operator, slowed):
    other = PATH.replace("maple-dental", "birch-eye")
    assert operator.post(f"{other}/{slowed}", {"note": "x"}).status_code == 404
    assert operator.post(f"{PATH}/{slowed}", {"note": "x"}).status_code == 303
    assert operator.post(f"{PATH}/{slowed}", {"note": "x"}).status_code == 404
    assert "maple-care" not in told(operator.get(other))


@pytest.mark.parametrize(
    ("cause", "kept"),
    [
        ("opt_out_rate", SuspensionCause.opt_out_rate),
        ("audit", SuspensionCause.audit),
        ("", None),
    ],
)
def test_a_suspension_is_recorded_with_its_cause(pages, operator, cause, kept):
    """R63"""
    path = "/operator/campaigns/maple-dental/maple-care"
    form = {
        "status": "SUSPENDED",
        "sure": "on",
        "cause": cause,
        "address": "https://portal.example/1",
        "note": "Seen in the portal.",
    }

    assert "The carrier's audit found something" in told(operator.get(f"{path}/att"))
    assert operator.post(f"{path}/att", form).status_code == 303

    assert rows(pages, StatusEvent)[-1].cause is kept
    words = "Too many patients opted out."
    assert (words in told(operator.get(path))) is (cause == "opt_out_rate")


def test_a_cause_that_there_is_not_is_refused(operator):
    path = "/operator/campaigns/maple-dental/maple-care/att"
    answer = operator.post(path, {"status": "SUSPENDED", "cause": "weather"})

    assert answer.status_code == 400
    assert "Choose one of the causes" in told(answer)
