"""A patient's page in the minute after somebody spoke, before a text is looked at."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from clinics.models import Patient, TaskKind
from clinics.tasks import open_task
from consent.record import hold
from consent.standing import Word, lock_line
from gateway.gate import NOT_OPTED_IN
from gateway.models import Message, SendDecision, State
from gateway.restraint import AGREED
from kernel.clock import FixedClock
from kernel.phone import shown
from reminders.models import Appointment
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.reminders.desk import DESK, agreed, form, of
from tests.reminders.imports import ANA, bring, plan_maple
from tests.texted import texts

TODAY = "/desk/maple-dental/"
PHONE, NEW = "+12065550111", "+12065550133"
TOMORROW = ANA.replace("12-08T15:00", "12-01T09:30")
NOT_ASKED = {
    "obstacle": "not_opted_in",
    "sentence": NOT_OPTED_IN[Word.none],
}
AT_AND_T = {
    "obstacle": "carrier_not_active",
    "carrier": "att",
    "sentence": "AT&T has not yet approved this clinic's texts.",
}
LEAVES = "The patient has just agreed. The reminder leaves within a minute."
LOOKED_AT = (
    "The patient has just agreed. Whether the reminder may leave is looked at within "
    "a minute."
)
UNDER_TASKS = (
    "Nothing goes to this number until somebody has decided about it under Tasks."
)
ASK = "Once the patient has agreed, in one of the ways below, the reminder leaves by"
CALL = "The visit is tomorrow: call if the patient should be reminded."


def refuse(heed, *obstacles):
    """The gate held every text, for these reasons."""
    with heed.database.writing() as writing:
        for text in writing.exec(select(Message)):
            text.held_since, text.held_why = (
                NOW,
                [one["sentence"] for one in obstacles],
            )
            decision = {"allowed": False, "obstacles": [*obstacles], "facts": {}}
            who = {"clinic_id": text.clinic_id, "message_id": text.id}
            writing.add(SendDecision(**who, **decision, at=NOW, began_ns=0))


@pytest.fixture
def tomorrow(here, database, cast):
    """Ana's visit of tomorrow, planned; she has not been asked."""
    bring(database, TOMORROW)
    plan_maple(database, cast)


def says_yes(here, cast):
    desk = visitor(here, DESK)
    page = of(here, "Ana", "/verbal")
    return desk, desk.post(page, form(here, cast)["verbal"])


@pytest.mark.parametrize(
    ("obstacles", "told"),
    [
        ([NOT_ASKED], LEAVES),
        ([NOT_ASKED, AT_AND_T], LOOKED_AT),
    ],
)
def test_after_a_yes_the_page_says_what_the_reminder_does(
    here, heed, cast, tomorrow, obstacles, told
):
    refuse(heed, *obstacles)

    desk, answer = says_yes(here, cast)

    page = words(desk.get(answer.location))
    assert told in page
    assert "is held" not in page.partition("Has the patient agreed")[0]
    assert "call if" not in page
    assert "Once" not in page.partition("Has the patient agreed")[0]
    today = words(desk.get(TODAY))
    assert AGREED in today
    assert f"Call {shown(PHONE)}" not in today


def test_a_yes_at_night_promises_no_minute(here, heed, cast, tomorrow):
    refuse(heed, NOT_ASKED)
    heed.clock = FixedClock(datetime(2026, 12, 1, 5, 0, tzinfo=UTC))  # 9 PM

    desk, answer = says_yes(here, cast)

    assert LOOKED_AT in words(desk.get(answer.location))


def test_a_yes_to_offers_alone_is_no_yes_to_reminders(here, heed, cast, tomorrow):
    refuse(heed, NOT_ASKED)
    desk = visitor(here, DESK)
    signed = form(here, cast, marketing="1")["paper"]
    del signed["care"]

    answer = desk.post(
        of(here, "Ana", "/paper"), signed, content_type="multipart/form-data"
    )

    page = words(desk.get(answer.location))
    assert "has just agreed" not in page
    assert (
        f"The patient has not agreed to texts. Ask when they call or come in. {ASK}"
        in page
    )


def test_who_agreed_by_a_text_meanwhile_is_not_said_to_lack_it(
    here, heed, database, cast, tomorrow
):
    refuse(heed, NOT_ASKED)
    agreed(database, cast.maple, PHONE)

    page = words(visitor(here, DESK).get(of(here, "Ana")))

    assert "The patient has agreed since. Whether the reminder may leave is" in page
    assert "has not agreed" not in page.partition("Has the patient agreed")[0]


def test_a_number_that_was_let_go_on_has_its_reminder_within_a_minute(
    here, heed, database, cast, tomorrow
):
    agreed(database, cast.maple, PHONE)
    texts(database, cast.maple, "Not interested", phone=PHONE)
    refuse(heed, {"obstacle": "line_held", "sentence": "Somebody must decide."})
    desk = visitor(here, DESK)
    held = words(desk.get(of(here, "Ana")))

    desk.post("/desk/maple-dental/tasks/1", {"verdict": "go_on"})

    assert "If somebody decides that texts may go on, the reminder leaves by" in held
    assert f"Calls are fine. {CALL}" in held
    page = words(desk.get(of(here, "Ana")))
    assert "texts may go on. The reminder leaves within a minute." in page
    assert "call if" not in page


def new_number(here, phone, **more):
    desk = visitor(here, DESK)
    page = of(here, "Ana", "/edit")
    seen = desk.get(page).get_data(as_text=True).partition('name="seen" value="')[2]
    typed = {
        "given_name": "Ana",
        "family_name": "Lee",
        "phone": phone,
        "language": "en",
        "own_number": "P1",
        "seen": seen.partition('"')[0],
    }
    return desk, desk.post(page, typed | more)


def test_after_a_new_number_the_reminder_and_the_way_to_a_yes_stay_in_sight(
    here, heed, database, cast, tomorrow
):
    agreed(database, cast.maple, PHONE)

    desk, answer = new_number(here, NEW)

    page = words(desk.get(answer.location))
    assert (
        "Saved. The patient agreed for the old number only: ask again for this one (the "
        "ways stand below)."
    ) in page
    held = "The reminder of the visit Tue, Dec 1, 2026, 9:30 AM PST is held."
    assert f"{held} The patient has not agreed to texts." in page
    assert ASK in page
    assert f"{CALL} Call {shown(NEW)}" in page
    plan_maple(database, cast)
    refuse(heed, NOT_ASKED)
    assert f"{held} The patient has not agreed to texts." in words(
        desk.get(of(here, "Ana"))
    )


def nobody(database, cast):
    """No word of this number."""


def yes(database, cast):
    agreed(database, cast.maple, NEW)


def doubt(database, cast):
    with database.writing() as writing:
        lock_line(writing, cast.maple.clinic_id, NEW)
        hold(writing, cast.maple.clinic_id, NEW, "unsure", {"words": "hm"}, NOW)


@pytest.mark.parametrize(
    ("known", "told", "box"),
    [
        (nobody, "Nobody has agreed to texts on this number: ask", ASK),
        (yes, "This number has agreed to texts already", "is planned within a minute"),
        (doubt, "This number is held: see below", "Calls are fine."),
    ],
)
def test_a_new_number_is_told_with_its_own_word(
    here, database, cast, tomorrow, known, told, box
):
    known(database, cast)

    desk, answer = new_number(here, NEW)

    page = words(desk.get(answer.location))
    assert f"Saved. {told}" in page
    assert box in page


def test_a_visit_whose_reminder_is_not_due_or_long_unplanned_says_nothing(
    here, heed, database, cast
):
    bring(database, ANA.replace("12-08T15:00", "12-28T15:00"))
    plan_maple(database, cast)
    desk, _ = new_number(here, NEW)
    far = words(desk.get(of(here, "Ana")))
    bring(database, TOMORROW)
    with heed.database.writing() as writing:
        for row in (*writing.exec(select(Appointment)), *writing.exec(select(Patient))):
            row.updated_at = NOW - timedelta(minutes=3)

    assert "is held" not in far
    assert "is held" not in words(desk.get(of(here, "Ana")))


def test_today_leads_to_where_a_held_text_is_settled(here, heed, database, tomorrow):
    refuse(heed, NOT_ASKED, {"obstacle": "line_held", "sentence": UNDER_TASKS})

    page = visitor(here, DESK).get(TODAY).get_data(as_text=True)

    row = page.partition('id="held"')[2].partition("</section>")[0]
    assert f'under <a href="{TODAY}tasks">Tasks</a>.' in row
    assert f'<a href="{of(here, "Ana")}?from=today#consent">Ways to ask</a>' in row


def test_a_task_to_call_brings_the_link_to_call(here, cast, database):
    with database.writing() as writing:
        open_task(
            writing,
            cast.maple.clinic_id,
            TaskKind.call_patient,
            "lost:1",
            "Call the patient, and ask whether the number is right.",
            NOW,
            phone=PAT,
        )

    page = words(visitor(here, DESK).get(of(here, "Pat")))

    assert f"is right. Call {shown(PAT)} To the task" in page


def test_what_twilio_is_stands_where_it_is_named_first(here, heed, cast, tomorrow):
    with heed.database.writing() as writing:
        for text in writing.exec(select(Message)):
            text.state, text.submitted_at = State.accepted, NOW

    page = words(visitor(here, DESK).get(of(here, "Ana")))

    assert "was handed to Twilio, the texting provider." in page
    assert page.count("the texting provider") == 1
