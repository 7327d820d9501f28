from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reminders.appointments import Line, said
from reminders.foretell import Step, before
from reminders.intake.typed import Typed, Wrong, cells, new_patient, read
from reminders.models import VisitStatus
from reminders.upload import tidy_name

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # Monday 10:00 in Los Angeles
LOS_ANGELES = "America/Los_Angeles"
SATURDAY = datetime(2026, 12, 5, 23, tzinfo=UTC)
MONDAY = datetime(2026, 12, 7, 23, tzinfo=UTC)
GIVEN = {
    "date": "2026-12-09",
    "time": "09:30",
    "given_name": "Ida",
    "phone": "206-555-0144",
}


def typed_row(**fields):
    typed = Typed(**{**GIVEN, **fields})
    texts = cells(typed) | new_patient(typed)
    return read(texts, ZoneInfo(LOS_ANGELES), typed, NOW)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"date": ""}, "date", "Choose the day of the visit."),
        ({"time": ""}, "time", "Write the time of the visit"),
        ({"date": "soon"}, "date", "'soon' is no date."),
        ({"date": "2026-02-30"}, "date", "There is no day '2026-02-30'."),
        ({"date": "2027-03-14", "time": "02:30"}, "time", "2:30 AM does not exist"),
        ({"date": "2027-11-07", "time": "01:30"}, "time", "Add PDT or PST."),
        ({"date": "2026-11-30", "time": "10:00"}, "date", "This time has passed."),
        ({"date": "2062-12-01"}, "date", "more than two years ahead"),
        ({"time": "02:30"}, "time", "2:30 AM is in the night."),
        ({"time": "10:00 PM"}, "time", "10:00 PM is in the night."),
        ({"given_name": " "}, "given_name", "Write the patient's first name."),
        ({"phone": "12"}, "phone", "This number has too few digits."),
        ({"phone": "+44 20 7946 0958"}, "phone", "outside the US and Canada"),
    ],
)
def test_a_field_that_cannot_be_used_says_why(typed, field, sentence):
    wrong = typed_row(**typed)

    assert isinstance(wrong, Wrong)
    assert sentence in wrong.sentences[field]


def test_all_that_is_wrong_is_said_at_once():
    wrong = typed_row(date="", phone="12", given_name="")

    assert set(wrong.sentences) == {"date", "phone", "given_name"}


@pytest.mark.parametrize("time", ["06:00", "9:30 PM", "02:30"])
def test_a_time_that_is_meant_is_taken(time):
    row = typed_row(time=time, at_night=time == "02:30")

    assert row.starts_at > NOW


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (4320, "3 days before"),
        (1440, "1 day before"),
        (120, "2 hours before"),
        (60, "1 hour before"),
        (90, "1.5 hours before"),
    ],
)
def test_how_long_before_the_visit(minutes, words):
    assert before(minutes) == words


def line(*steps, status=VisitStatus.booked):
    return Line(
        id=1,
        patient_id=1,
        name="Ana Lee",
        phone="+12065550111",
        starts_at=MONDAY,
        wall_time="2026-12-07T15:00",
        provider="",
        place="",
        status=status,
        reply=None,
        replied_at=None,
        steps=steps,
        phoned=None,
        said_stop=False,
    )


DUE, LATER = Step(word="due", at=SATURDAY), Step(word="planned", at=MONDAY)
SENT = Step(word="sent", at=SATURDAY)
CANCELLED = line(status=VisitStatus.cancelled)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            line(DUE),
            line(LATER),
            "The reminder for Sat, Dec 5, 2026, 3:00 PM PST is taken back. A new one "
            "leaves Mon, Dec 7, 2026, 3:00 PM PST, if texting is possible.",
        ),
        (
            line(DUE),
            CANCELLED,
            "The reminder for Sat, Dec 5, 2026, 3:00 PM PST is taken back.",
        ),
        (
            None,
            line(LATER),
            "A reminder leaves Mon, Dec 7, 2026, 3:00 PM PST, if texting is possible.",
        ),
        (
            None,
            line(Step(word="none", why=("Too late.",))),
            "No reminder leaves. Too late.",
        ),
        (
            line(SENT),
            CANCELLED,
            "A text about it has left before: call the patient too. "
            "No reminder was waiting.",
        ),
        (line(), CANCELLED, "No reminder was waiting."),
    ],
)
def test_a_change_says_what_became_of_the_reminders(old, new, sentence):
    assert said(old, new, LOS_ANGELES) == sentence


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("visits.csv", "visits.csv"),
        ("C:\\desk\\visits.csv", "visits.csv"),
        ("../../etc/visits.csv", "visits.csv"),
        ("\u202evisits.csv\x00", "visits.csv"),
        ("", "list.csv"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_file_name_is_a_word_only(name, kept):
    assert tidy_name(name) == kept
