import pytest
from sqlmodel import select

from consent.attest import attest
from consent.models import Topic
from consent.record import hold, opt_out, record_asserted
from consent.standing import Word
from gateway.models import Message
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.reminders.desk import ADMIN, BIRCH, DESK, actions, database, of, said, word

ASK = {"told": "1", "where": "phone"}


def messages(app):
    with database(app).reading() as reading:
        return list(reading.exec(select(Message)))


def test_the_page_shows_the_very_words_and_sends_them_once(here, cast):
    desk = visitor(here, DESK)
    path = of(here, "Pat", "/invite")
    assert "Ask by text" in words(desk.get(of(here, "Pat")))

    page = words(desk.get(path))
    first = desk.post(path, ASK)
    second = desk.post(path, ASK)

    assert "Maple Dental: reply YES to get appointment texts." in page
    assert first.location.endswith(of(here, "Pat"))
    assert second.status_code == 409
    assert "asked by text on Mon, Nov 30, 2026" in words(second)
    assert "asked by text on Mon, Nov 30, 2026" in words(desk.get(path))
    assert [one.phone for one in messages(here)] == [PAT]
    assert actions(here) == ["asked by text"]
    assert word(here, cast) is Word.pending
    patient = words(desk.get(of(here, "Pat")))
    assert "The question was put to this phone on Mon, Nov 30, 2026" in patient
    assert "Ask by text" not in patient
    said(here, cast, opt_out, {"method": "text message"})
    assert "The question was put" not in words(desk.get(of(here, "Pat")))


@pytest.mark.parametrize(
    "form", [{"told": "1"}, {"where": "phone"}, {"told": "1", "where": "dream"}]
)
def test_half_an_answer_asks_nobody(here, form):
    answer = visitor(here, DESK).post(of(here, "Pat", "/invite"), form)

    assert answer.status_code == 400
    assert "Say where the patient told you" in words(answer)
    assert messages(here) == []


def test_without_the_patients_word_nobody_is_asked(here):
    answer = visitor(here, DESK).post(of(here, "Pat", "/invite"))

    assert answer.status_code == 409
    assert "Nothing says yet that we may text them" in words(answer)
    assert (messages(here), actions(here)) == ([], [])


def test_the_signed_list_allows_it_without_a_tick(here, cast):
    maple = cast.maple.clinic_id
    with database(here).writing() as writing:
        attest(writing, maple, ADMIN, "Told.", NOW)
        record_asserted(writing, maple, PAT, Topic.care, {}, NOW)
    desk = visitor(here, DESK)

    page = words(desk.get(of(here, "Pat", "/invite")))
    asked = desk.post(of(here, "Pat", "/invite"))

    assert "The imported list says that the patient agreed" in page
    assert "Where did they allow it" not in page
    assert asked.status_code == 303
    assert len(messages(here)) == 1


@pytest.mark.parametrize(
    ("change", "facts", "sentence", "instead"),
    [
        (opt_out, ({"method": "told to staff"},), "nobody asks them", True),
        (hold, ("unsure", {}), "Decide it under Tasks first", False),
    ],
)
def test_who_said_stop_or_is_held_is_not_asked(
    here, cast, change, facts, sentence, instead
):
    said(here, cast, change, *facts)
    desk = visitor(here, DESK)

    page = words(desk.get(of(here, "Pat", "/invite")))
    tried = desk.post(of(here, "Pat", "/invite"), ASK)

    assert sentence in page
    assert "Send the question" not in page
    assert ("Card: how to get texts again" in page) is instead
    assert tried.status_code == 409
    assert messages(here) == []


def test_another_clinic_asks_nobody_of_ours(here):
    birch = visitor(here, BIRCH)
    path = of(here, "Pat", "/invite")

    assert birch.post(path, ASK).status_code == 404
    other = path.replace("maple-dental", "birch-eye")
    assert birch.get(other).status_code == 404
    assert birch.post(other, ASK).status_code == 404
    assert messages(here) == []


def test_the_question_is_about_appointments_only(here):
    visitor(here, DESK).post(of(here, "Pat", "/invite"), ASK)

    (message,) = messages(here)
    assert message.topic is Topic.care
    assert message.zones == "America/Los_Angeles"
