"""An office number comes over: refused where its line cannot be split, with a temporary
number meanwhile, released, signed for, cut over and swapped; no STOP is lost on the way.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest

from clinics.models import StaffAction
from registration.models import Watermark
from registration.number_models import MoveStep, NumberMove
from tests.pages import visitor
from tests.registration.operating import OPERATOR, rows, told
from tests.stories.test_a_patients_day import upload

# What is told here has nothing to do with the database: SQLite alone.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADMIN = "admin@maple-dental.example"
OFFICE = "+12065550199"  # that patients call
TINA, SAMUEL, UMA = "+12065550111", "+12065550112", "+12065550113"
VISITS = b"""\
appointment_id,patient_id,given_name,family_name,phone,language,starts_at
1,p1,Tina,Stone,(206) 555-0111,en,2026-12-11T15:00
2,p2,Samuel,Tand,(206) 555-0112,en,2026-12-11T15:00
3,p3,Uma,Vega,(206) 555-0113,en,2026-12-11T15:00
"""
RELEASE = datetime(2026, 12, 4, 18, 0, tzinfo=UTC)  # Friday 10:00 in Los Angeles
NUMBERS = "/operator/numbers"
ASKED = {
    "phone": "(206) 555-0199",
    "voice": "landline",
    "texting": "platform",
    "provider": "Cascade Telephone",
    "platform": "ChairText",
}
LETTER = {
    "company": "Maple Dental, P.C.",
    "service_address": "12 Pine Street, Seattle, WA 98101",
    "signer": "Ada Alder",
    "signer_title": "Owner",
}
LINES = (
    "desk_ready",
    "other_off",
    "in_pool",
    "text_out",
    "text_in",
    "stop_carried",
    "calls_work",
)


def move_of(town):
    return rows(town.app, NumberMove)[-1]


def to(move, step=""):
    return f"{NUMBERS}/maple-dental/moves/{move.id}{step}"


def press(person, path, data=None):
    """What the page says after the redirect."""
    answer = person.post(path, data or {})
    assert answer.status_code == 303, told(answer)
    return told(person.get(answer.location))


def leaves_from(town, phone):
    """The number that the patient's last text came from."""
    screen = town.vendor.get(f"phones/{phone}")["screen"]
    return [one["with"] for one in screen if one["direction"] == "received"][-1]


def patients_opt_in(town):
    town.vendor.phones([TINA, SAMUEL, UMA], carrier="tmobile")
    for phone in (TINA, SAMUEL, UMA):
        town.hear(phone, town.cast.maple, "START")
    upload(town, VISITS)
    town.tick()


def set_out(town, operator):
    """Wireless is refused; then, with the right line, the temporary number texts."""
    refused = told(
        operator.get(
            f"{NUMBERS}/check?clinic=maple-dental&phone=2065550199"
            "&voice=wireless&texting=platform"
        )
    )
    assert "its voice and its texts cannot be split" in refused
    assert "Add a number of its own" in refused
    assert "Bring it over" not in refused
    page = press(operator, f"{NUMBERS}/maple-dental/moves", ASKED)
    assert "The office number is on its way." in page
    move = move_of(town)
    number = {"number": str(town.cast.maple.number_id)}
    press(operator, to(move, "/temporary"), number)
    assert move_of(town).step is MoveStep.temporary
    return move


def sign_by_link(town, operator, move):
    press(operator, to(move, "/letter"), LETTER)
    page = operator.post(to(move, "/link"), {}).get_data(as_text=True)
    path = re.search(r"/sign/[\w-]+", page)[0]
    stranger = town.app.test_client()
    name = {"name": "Ada B. Alder", "title": "Owner", "agree": "yes"}
    assert "Letter of authorization" in told(stranger.get(path))
    assert stranger.post(path, data=name).status_code == 200
    assert stranger.post(path, data=name).status_code == 404  # once


def connect(town, phone):
    """The number is hosted at Twilio by now; the operator adds and connects it."""
    operator = visitor(town.app, OPERATOR)
    hosted = {"account_sid": town.cast.maple.account_sid, "campaign": "maple-care"}
    town.vendor.put(f"numbers/{phone}", {**hosted, "keyword_mode": "gateway"})
    new = {"clinic": "maple-dental", "phone": phone, "who_replies": "gateway"}
    answer = operator.post(NUMBERS, new)
    assert answer.status_code == 303, told(answer)
    runner = town.app.test_cli_runner()
    for command in (["attach", phone, "--campaign", "maple-care"], ["connect", phone]):
        words = ["registration", "number", "maple-dental", *command, "--by", OPERATOR]
        done = runner.invoke(args=words)
        assert done.exit_code == 0, done.output


def test_the_office_number_takes_over_and_every_stop_still_holds(town):
    """R35, R36, R41: refused with the way round, temporary, release, letter, swap."""
    patients_opt_in(town)
    operator, admin = visitor(town.app, OPERATOR), visitor(town.app, ADMIN)
    before = town.cast.maple.number

    move = set_out(town, operator)
    town.hear(SAMUEL, town.cast.maple, "STOP")  # to the temporary number
    press(admin, f"/desk/maple-dental/number/{move.id}/release", {"day": "2026-12-04"})
    assert move_of(town).step is MoveStep.release_agreed
    early = press(operator, to(move, "/cut-over"))
    assert "The letter of authorization is not signed" in early or "does not" in early
    sign_by_link(town, operator, move)
    early = press(operator, to(move, "/cut-over"))
    assert "ChairText lets the number go on December 4" in early

    town.tick(RELEASE)
    tasks = visitor(town.app, OPERATOR).get("/operator/tasks")
    assert "ChairText lets (206) 555-0199 go today" in told(tasks)
    operator = visitor(town.app, OPERATOR)
    press(operator, to(move, "/cut-over"))
    connect(town, OFFICE)
    refused = press(operator, to(move, "/swap"))
    assert "Not ticked on the cut-over list yet" in refused
    for line in LINES:
        press(operator, to(move, "/tick"), {"item": line})
    town.tick()
    assert [row.number_id for row in rows(town.app, Watermark)][-1] != 1
    swapped = press(operator, to(move, "/swap"), {"keep_until": "2027-01-04"})
    assert "Texts leave from (206) 555-0199 from now on." in swapped
    assert "leave from it" in swapped  # what was queued goes with it

    town.hear(UMA, town.cast.maple, "STOP")  # to the temporary number, after the swap
    town.tick(RELEASE + timedelta(days=4, hours=6))
    town.tick(RELEASE + timedelta(days=6, hours=6))

    assert "your visit is Fri Dec 11" in town.screen(TINA)[-1]
    assert leaves_from(town, TINA) == OFFICE
    for stopped in (SAMUEL, UMA):
        assert "you are opted out" in town.screen(stopped)[-1]
        assert leaves_from(town, stopped) == before
        sent = [one for one in town.messages(stopped) if one.kind == "reminder"]
        assert sent
        assert all(one.submitted_at is None for one in sent)
    answers = town.hear(TINA, town.cast.maple, "thank you")
    assert [leaves_from(town, TINA), len(answers)] == [before, 1]
    noted = [one.action for one in rows(town.app, StaffAction)]
    for action in (
        "office number asked for",
        "temporary number",
        "release agreed",
        "letter written",
        "link to sign",
        "cut-over begun",
        "cut-over line done",
        "office number swapped in",
    ):
        assert action in noted
