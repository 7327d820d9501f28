import pytest

from clinics.models import Language
from consent.models import Topic
from registration.models import WordingKind
from registration.wordings import add as add_wording
from tests.pages import visitor, words
from tests.reminders.booked import book
from tests.reminders.telling import (
    ASKS,
    LINK,
    SNOW,
    agree,
    asks_for_reviews,
    covers_reviews,
    declare,
)

UPDATES, REVIEWS = "/desk/maple-dental/updates", "/desk/maple-dental/reviews"
ANA = "+12065550001"
DAY = "2026-12-08"


@pytest.fixture
def admin(pages):
    return visitor(pages, "admin@maple-dental.example")


@pytest.fixture
def booked(database, cast):
    book(database, cast.maple, provider="Dr. <Lee>")
    agree(database, cast.maple, ANA)


def typed(**more):
    return {"day": DAY, "text_en": SNOW.en, "text_es": "", "what": "next", **more}


def test_the_page_shows_who_would_get_what_before_anything_is_written(desk, booked):
    said = words(desk.get(UPDATES))

    assert "Who would get it: Tue, Dec 8" in said
    assert "texts would leave 1" in said
    assert (
        "Maple Dental: Ana, we are closed on Tue Dec 8 because of the weather" in said
    )
    assert "Dr. &lt;Lee&gt;" in desk.get(UPDATES).get_data(as_text=True)


def test_written_confirmed_and_taken_back(desk, booked):
    written = desk.post(UPDATES, typed())
    page = written.location
    assert "Send this update to 1 phone?" in words(desk.get(page))
    assert "not sent" in words(desk.get(UPDATES))

    wrong = desk.post(f"{page}/send", {"count": "7"})
    assert "1 text would leave now, not 7" in words(desk.get(wrong.location))
    assert desk.post(f"{page}/send", {"count": "1"}).status_code == 303
    assert "It leaves at 10:05 AM PST" in words(desk.get(page))

    desk.post(f"{page}/take-back")
    assert "1 text was taken back. Nobody gets it." in words(desk.get(page))
    desk.post(f"{page}/take-back")
    assert "Nothing was taken back" in words(desk.get(page))


def test_what_is_typed_is_shown_again_with_every_reason(desk, booked):
    bad = typed(text_en="We are closed. {x} 20% off!", text_es="cerrado")

    answer = desk.post(UPDATES, bad)

    said = words(answer)
    assert answer.status_code == 400
    for reason in ("is no placeholder", "who texts", "how to end", "is promotional"):
        assert reason in said
    assert "We are closed. {x} 20% off!" in answer.get_data(as_text=True)


@pytest.mark.parametrize("what", ["look", "plain"])
def test_a_preview_and_the_plain_spelling_send_nothing(desk, booked, what):
    text = "{clinic}: cerramos mañana, así que su cita no puede ser. STOP."

    answer = desk.post(UPDATES, typed(text_en=text, what=what))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert ("así que" in page) is (what == "look")
    assert ("Spell it plainly" in page) is (what == "look")
    assert "None yet." in words(answer)


def test_a_draft_can_be_changed_and_an_odd_day_is_the_next_one(desk, booked):
    page = desk.post(UPDATES, typed()).location
    number = page.rpartition("/")[2]

    again = desk.get(f"{UPDATES}?draft={number}").get_data(as_text=True)

    assert "we are closed for snow" in again
    for day in ("0001-01-01", "9999-12-31", "tomorrow", ""):
        said = words(desk.get(f"{UPDATES}?day={day}&from=99:99&before=x"))
        assert "Who would get it: Tue, Dec 8" in said
    assert desk.get(f"{UPDATES}?draft=99").status_code == 404


def test_the_campaign_is_in_the_way_before_anybody_writes(desk, database, cast, booked):
    """R39"""
    declare(database, cast.maple, "DELIVERY_NOTIFICATION")

    assert "It cannot be sent like this. The campaign is registered as DELIVERY" in (
        words(desk.get(UPDATES))
    )


def test_without_visits_the_page_says_what_to_do(desk, cast):
    assert "No visits ahead on this day" in words(desk.get(UPDATES))


def test_reviews_are_switched_on_once_everything_is_there(admin, desk, database, cast):
    missing = words(admin.get(REVIEWS))
    refused = admin.post(f"{REVIEWS}/on")
    covers_reviews(database, cast.maple)
    bad = admin.post(REVIEWS, {"link": "https://bit.ly/x", "delay": "120"})
    good = {"link": LINK, "delay": "240", "every": "365"}
    saved = admin.post(REVIEWS, good)
    with database.writing() as session:
        kind = WordingKind.review_request
        place = (cast.maple.clinic_id, cast.maple.campaign_id, kind, Language.en)
        add_wording(session, *place, ASKS, cast_now(admin))
    admin.post(f"{REVIEWS}/on")

    assert "Nobody is asked: 3 things are missing" in missing
    assert refused.status_code == 303
    assert bad.status_code == 400
    assert "shortens links" in words(bad)
    assert saved.status_code == 303
    said = words(desk.get(REVIEWS))
    assert "Switched on by admin@maple-dental.example, Mon, Nov 30" in said
    assert "240 minutes after a visit begins" in said


def cast_now(visitor):
    return visitor.client.application.extensions["heed"].now()


def test_the_desk_may_switch_them_off_and_not_on(desk, database, cast):
    asks_for_reviews(database, cast.maple)

    assert desk.post(f"{REVIEWS}/off").status_code == 303
    assert "Switched off by desk@maple-dental.example" in words(desk.get(REVIEWS))
    assert desk.post(f"{REVIEWS}/on").status_code == 404


def test_how_many_may_be_asked_is_counted(desk, database, cast):
    agree(database, cast.maple, ANA, Topic.reviews)
    agree(database, cast.birch, ANA, Topic.reviews)

    assert "1 phone may be asked" in words(desk.get(REVIEWS))


def test_the_commands_show_send_and_take_back(pages, database, cast, booked):
    run = pages.test_cli_runner().invoke
    base = ["reminders", "update", "maple-dental", "--day", DAY, "--text", SNOW.en]
    by = ["--by", "desk@maple-dental.example"]

    shown = run(args=base)
    assert "1 texts would leave, for 1 visits. Add --confirm 1" in shown.output
    assert run(args=[*base, "--confirm", "1"]).exit_code == 2
    assert run(args=[*base, "--confirm", "2", *by]).exit_code == 1
    sent = run(args=[*base, "--confirm", "1", *by])
    assert "1 texts leave at Mon, Nov 30, 2026, 10:05 AM PST" in sent.output
    number = sent.output.split()[-1]  # it says how to take it back
    back = run(args=[*base[:3], "--take-back", number, *by])
    assert "1 texts were taken back, 0 had left." in back.output
    bad = run(args=[*base[:5], "--text", "Cake for all of you."])
    assert bad.exit_code == 1
    assert "who texts" in bad.output


def test_hours_that_cannot_be_are_refused_before_anything_is_shown(pages, cast):
    base = ["reminders", "update", "maple-dental", "--day", DAY, "--text", SNOW.en]

    refused = pages.test_cli_runner().invoke(args=[*base, "--from", "25:00"])

    assert refused.exit_code == 1
    assert "Write the hours like 13:00." in refused.output


def test_the_command_for_reviews_says_what_is_missing(pages, database, cast):
    run = pages.test_cli_runner().invoke
    base = ["reminders", "reviews", "maple-dental"]
    by = ["--by", "admin@maple-dental.example"]

    assert "does not cover requests for a review" in run(args=base).output
    assert run(args=[*base, "--on", *by]).exit_code == 1
    asks_for_reviews(database, cast.maple)
    assert "Requests for a review are on." in run(args=base).output
    desk = ["--by", "desk@maple-dental.example"]
    assert run(args=[*base, "--every", "90", *desk]).exit_code == 1
    assert run(args=[*base, "--every", "90", *by]).exit_code == 0
    assert "are off." in run(args=[*base, "--off", *desk]).output
