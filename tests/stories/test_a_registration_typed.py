"""From an empty clinic to its first text, and the way back from a rejection, typed."""

from datetime import UTC, datetime

import pytest

from tests.stories.registering import (
    REF,
    SLUG,
    WHERE,
    Typing,
    later,
    submission_file,
)

START = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
PAT = "+15035550111"
NAME = "Tidewater Family Dental, PLLC"
FLOW = "A card at the desk in Astoria shows the same words and the keyword START."


@pytest.fixture
def typing(town, tmp_path):
    """An empty clinic; nothing is known of it but its name."""
    typed = Typing(town, tmp_path)
    typed.run(
        *("clinic", "add", SLUG, "--legal-name", NAME, "--name", "Tidewater Dental"),
        *("--time-zone", "America/Los_Angeles", "--phone", "+15033250199"),
    )
    return typed


def brought_in(typing):
    """Intake, fee and brand: ready to be submitted."""
    file = str(submission_file(typing.folder))
    typing.registration("intake", file, *WHERE, "--confirm", "all", "--document", NAME)
    typing.registration(
        "fee", "--paid", "250.00", "--receipt", "R-1001", "--on", "2026-11-27"
    )
    typing.registration("brand", *WHERE)
    typing.tick(later(START, 0.1))


@pytest.mark.slow  # `make test` clicks the same through the pages
def test_from_an_empty_clinic_to_its_first_reminder(typing, town):
    """R8, R29, R49, R52, R116: intake, fee, brand, campaign, DCA, AT&T in REVIEW,
    ACTIVE on all, a number, the first reminder; one command a step."""
    file = str(submission_file(typing.folder))
    taken = typing.registration("intake", file, *WHERE)
    assert [one["state"] for one in taken["items"]] == ["given"] * 7
    refused = typing.submit(status=1)
    about = {one["about"] for one in refused["obstacles"]}
    assert about >= {"intake", "fee", "brand"}
    confirmed = typing.registration(
        "intake", file, *WHERE, "--confirm", "all", "--document", NAME
    )
    assert {one["state"] for one in confirmed["items"]} == {"confirmed"}
    fee = ["--paid", "$250.00", "--receipt", "R-1001", "--on", "2026-11-27"]
    assert typing.registration("fee", *fee)["cents"] == 25_000
    brand = typing.registration("brand", *WHERE)
    assert brand["at_twilio"].startswith("The brand is with Twilio")
    assert [one["about"] for one in typing.submit(status=1)["obstacles"]] == ["brand"]
    typing.tick(later(START, 0.1))
    assert typing.registration("brand", *WHERE)["identity"] == "VERIFIED"

    made = typing.submit()
    assert (made["version"], made["status"]) == (1, "PENDING")
    assert made["at_twilio"].startswith("Handed in at Twilio")
    assert [one["about"] for one in typing.submit(status=1)["obstacles"]] == [
        "rejection"
    ]
    typing.tick(later(START, 1))
    assert set(typing.statuses().values()) <= {None, "PENDING"}

    typing.tick(later(START, 7))
    seen = typing.statuses()
    assert seen["att"] == "REVIEW"
    assert seen["tmobile"] == "ACTIVE"
    assert typing.headline() == "REVIEW"
    typing.tick(later(START, 30))
    typing.tick(later(START, 30.01))
    assert set(typing.statuses().values()) == {"ACTIVE"}

    first_text(typing, town, later(START, 30.02))


def first_text(typing, town, at):
    """A number, wordings, a patient who agrees, a visit: and the reminder arrives."""
    number = ["registration", "number", SLUG]
    operator = ["--by", "operator@heed.example"]
    bought = typing.run(
        *number, "buy", "--campaign", REF, "--area-code", "503", *operator
    )
    typing.run("reminders", "wording", SLUG, *WHERE, "--defaults", *operator)
    typing.tick(at)  # the vendor's list is compared: the number may send
    town.vendor.phones([PAT], carrier="att")
    town.vendor.text(PAT, bought["phone"], "START")
    town.vendor.idle()
    typing.run("staff", "add", "desk@tidewater.example", "--role", "clinic_admin", "--clinic", SLUG)  # fmt: skip
    typing.run("reminders", "enable", SLUG, "--by", "desk@tidewater.example")
    visits = typing.folder / "visits.csv"
    day = (at.date().isoformat(), (later(at, 1)).date().isoformat())
    visits.write_text(
        "appointment_id,patient_id,given_name,family_name,phone,language,date,time\n"
        f"1,p1,Pat,Harbor,(503) 555-0111,en,{day[1]},3:00 PM\n",
        "utf-8",
    )
    typing.run(
        *("reminders", "import", SLUG, str(visits)), *("--by", "desk@tidewater.example")
    )
    typing.tick(later(at, 0.21))
    shown = town.screen(PAT)
    assert any("your visit is" in body for body in shown), shown


def test_a_rejection_is_mended_and_the_campaign_turns_active(typing, town):
    """R60, R61, R106, R110: rejected with a code, fix tasks, resubmitted, ACTIVE."""
    brought_in(typing)
    sid = typing.submit()["handed_in_how"]
    declined = {"status": "DECLINED", "code": 30909, "fields": ["MESSAGE_FLOW"]}
    town.vendor.put(f"campaigns/{sid}/dca", declined)
    typing.tick(later(START, 1))
    assert typing.headline() == "REJECTED"
    blind = typing.submit("resubmit", status=1)["obstacles"]
    assert any("Not mended yet" in one["sentence"] for one in blind)

    (fix,) = typing.registration("fix", *WHERE)["fixes"]
    assert fix["field"] == "campaign.message_flow"
    done = ["--item", str(fix["item"]), "--evidence", "a second way is described"]
    typing.registration("fix", *WHERE, *done, status=1)  # the text is what it was
    before = submission_file(typing.folder)
    text = before.read_text("utf-8")
    flow = "A text then asks them to reply YES"
    assert flow in text
    before.write_text(text.replace(flow, f"{FLOW} {flow}"), "utf-8")
    typing.registration(
        "intake", str(before), *WHERE, "--confirm", "all", "--document", NAME
    )
    assert typing.registration("fix", *WHERE, *done)["fixes"][0]["done_at"]
    again = typing.submit("resubmit")
    assert (again["version"], again["status"]) == (2, "PENDING")
    for days in (8, 35, 35.01):
        typing.tick(later(START, days))
    seen = typing.statuses()
    assert set(seen.values()) == {"ACTIVE"}, seen
