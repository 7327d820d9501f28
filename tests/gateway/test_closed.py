"""What is answered while nobody reads: once a night, honest, and never to two machines."""

import shutil
from datetime import time, timedelta

import pytest
from sqlmodel import col, select

from clinics.hours import set_hours
from clinics.models import Language, OpeningHours
from gateway.models import Message, MessageKind
from registration.models import WordingKind
from registration.wordings import add
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.reminders.imports import ANA, bring
from tests.texted import texts

DESK = "desk@maple-dental.example"
HOURS = "/desk/maple-dental/hours"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CLOSED = NOW + 8 * HOUR  # Monday 18:00 in Los Angeles
LINE = "Maple Dental: we read this when we open, {}. Emergencies: 911."
TEMPLATE = "{clinic}: we read this when we open, {opens}. Emergencies: 911."


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.fixture
def clinic(database, cast):
    """Weekdays from eight to five; the patient has agreed."""
    day = (time(8), time(17))
    place = cast.maple
    with database.writing() as session:
        week = [day] * 5 + [None, None]
        set_hours(session, place.clinic_id, week, True, DESK, NOW)
        where = (place.clinic_id, place.campaign_id, WordingKind.closed)
        add(session, *where, Language.en, TEMPLATE, NOW)
    texts(database, cast.maple, "START", at=NOW - 24 * HOUR)
    return database


def answers(database):
    with database.reading() as session:
        found = session.exec(select(Message).order_by(col(Message.id)))
        return [
            (message.kind, message.body, message.send_until)
            for message in found
            if message.kind is not MessageKind.opt_in_confirmation
        ]


def test_one_line_a_night_says_when_somebody_reads(clinic, cast):
    for minutes in (0, 1, 600):
        texts(clinic, cast.maple, f"hello {minutes}", at=CLOSED + minutes * MINUTE)
    texts(clinic, cast.maple, "hello again", at=CLOSED + 24 * HOUR)

    found = answers(clinic)
    assert [body for _, body, _ in found] == [
        LINE.format("Tue 8:00 AM"),
        LINE.format("Wed 8:00 AM"),
    ]
    assert {kind for kind, _, _ in found} == {MessageKind.closed}


def test_shortly_before_it_opens_the_line_is_of_use_until_then(clinic, cast):
    opens = NOW + 22 * HOUR  # Tuesday 8:00
    texts(clinic, cast.maple, "hello", at=opens - 10 * MINUTE)

    assert [until for _, _, until in answers(clinic)] == [opens]


def test_while_it_is_open_a_person_answers(clinic, cast):
    texts(clinic, cast.maple, "hello", at=NOW)

    assert answers(clinic) == []


@pytest.mark.parametrize("body", ["STOP", "HELP", "wrong number"])
def test_a_word_that_has_its_own_answer_gets_no_second_one(clinic, cast, body):
    texts(clinic, cast.maple, body, at=CLOSED)

    assert MessageKind.closed not in {kind for kind, _, _ in answers(clinic)}


def test_an_emergency_is_told_to_call_911_as_ever(clinic, cast):
    texts(clinic, cast.maple, "I have chest pain", at=CLOSED)

    assert [kind for kind, _, _ in answers(clinic)] == [MessageKind.emergency]


def test_who_has_not_agreed_or_said_stop_is_not_answered(clinic, cast):
    texts(clinic, cast.maple, "hello", at=CLOSED, phone="+12065550112")
    texts(clinic, cast.maple, "STOP", at=CLOSED)
    texts(clinic, cast.maple, "hello", at=CLOSED + MINUTE)

    kinds = [kind for kind, _, _ in answers(clinic)]
    assert kinds == [MessageKind.stop_confirmation]


def test_two_machines_stop_after_one_line(clinic, cast):
    for number in range(300):
        texts(
            clinic,
            cast.maple,
            f"auto {number} I am away",
            at=CLOSED + number * timedelta(seconds=20),
        )

    assert len(answers(clinic)) == 1


def test_she_reads_it_in_spanish(clinic, cast):
    spanish = "{clinic}: lo leemos al abrir, {opens}. Emergencias: 911."
    bring(clinic, ANA.replace(",en,", ",es,"))
    place = cast.maple
    with clinic.writing() as session:
        where = (place.clinic_id, place.campaign_id, WordingKind.closed)
        add(session, *where, Language.es, spanish, NOW)

    texts(clinic, cast.maple, "¿abren hoy?", at=CLOSED)

    ((_, body, _),) = answers(clinic)
    assert body == "Maple Dental: lo leemos al abrir, martes 8:00 AM. Emergencias: 911."


def test_without_a_wording_the_old_line_is_said_at_most_once_in_twelve_hours(
    database, cast
):
    with database.writing() as session:
        day = (time(8), time(17))
        week = [day] * 5 + [None, None]
        set_hours(session, cast.maple.clinic_id, week, True, DESK, NOW)
    texts(database, cast.maple, "START", at=NOW - 24 * HOUR)
    for minutes in (0, 1, 2):
        texts(database, cast.maple, "hello", at=CLOSED + minutes * MINUTE)

    assert [kind for kind, _, _ in answers(database)] == [MessageKind.not_monitored]


def form(**days):
    empty = {f"{side}-{n}": "" for n in range(7) for side in ("opens", "closes")}
    return {**empty, **{name.replace("_", "-"): text for name, text in days.items()}}


def test_the_week_is_set_on_its_page_and_taken_away_again(pages, database, cast):
    desk = visitor(pages, DESK)
    assert "No hours are set" in words(desk.get(HOURS))

    saved = desk.post(HOURS, form(opens_0="08:00", closes_0="17:30"))
    page = desk.get(HOURS).get_data(as_text=True)
    assert saved.status_code == 303
    assert 'value="17:30"' in page
    assert "Open now" in page
    assert "Maple Dental: this number is not monitored" not in page
    desk.post(HOURS, form())
    assert "No hours are set" in words(desk.get(HOURS))
    with database.reading() as session:
        assert session.exec(select(OpeningHours)).all() == []


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"opens_1": "17:00", "closes_1": "08:00"}, "On Tuesday it closes before"),
        ({"opens_1": "08:00"}, "Write both times of Tuesday"),
        ({"opens_1": "eight", "closes_1": "9"}, "Write both times of Tuesday"),
    ],
)
def test_a_week_that_cannot_be_is_refused_with_its_day(pages, typed, why):
    answer = visitor(pages, DESK).post(HOURS, form(**typed))

    assert answer.status_code == 400
    assert why in words(answer)
