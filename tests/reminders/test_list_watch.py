from datetime import timedelta

from sqlmodel import select

from clinics.models import Task
from reminders.list_watch import watch_lists
from reminders.models import Appointment, ListBrought
from tests.pages import visitor, words
from tests.reminders.at_the_desk import BIRCH, DESK, PAGE, look
from tests.reminders.imports import ANA, BEN, HEADINGS, NOW, bring

# NOW is Monday, November 30, 10:00 at Maple.
DAY = timedelta(days=1)
WEEK = [NOW - DAY * days for days in (6, 5, 3)]  # Thanksgiving brought none
LATE = NOW + timedelta(hours=3)


def came(database, *moments, lines=(ANA,)):
    for moment in moments:
        bring(database, *lines, now=moment)


def tasks(database, *, done=False):
    with database.reading() as session:
        found = session.exec(select(Task)).all()
        return [task for task in found if (task.done_at is not None) is done]


def test_a_list_that_stops_becomes_one_task_that_the_next_list_ends(database, cast):
    came(database, *WEEK)

    assert watch_lists(database, NOW) == 0
    assert [watch_lists(database, LATE + DAY * days) for days in range(3)] == [1, 1, 1]

    (task,) = tasks(database)
    assert task.clinic_id == cast.maple.clinic_id
    assert (
        "since Friday, November 27, and usually one comes every weekday by 10:00 AM"
        in task.sentence
    )
    came(database, LATE + DAY * 3)
    assert tasks(database) == []
    (ended,) = tasks(database, done=True)
    assert ended.done_how == "A list came: visits.csv."


def test_a_task_that_was_ticked_off_does_not_come_back_for_the_same_list(
    database, cast
):
    came(database, *WEEK)
    watch_lists(database, LATE)
    with database.writing() as session:
        session.exec(select(Task)).one().done_at = LATE

    assert watch_lists(database, LATE + DAY) == 1
    assert tasks(database) == []


def test_a_list_of_which_nothing_could_be_read_is_not_the_list(database, cast):
    came(database, *WEEK)
    watch_lists(database, LATE)

    bring(database, ANA.replace("206-555-0111", "12"), now=LATE)
    bring(database, headings="Name,Reason\n", now=LATE)
    assert len(tasks(database)) == 1

    bring(database, now=LATE)  # a day without visits is a list
    assert tasks(database) == []


def test_a_rehearsal_is_no_list(database, cast):
    bring(database, ANA, origin=None)

    with database.reading() as session:
        assert session.exec(select(ListBrought)).all() == []


def test_visits_that_run_out_are_noticed_until_there_are_more(database, cast):
    # Both visits are on Tuesday, December 8.
    came(database, *WEEK, NOW, NOW + DAY, NOW + DAY * 2, lines=[ANA, BEN])
    friday, monday = NOW + DAY * 4, NOW + DAY * 7

    came(database, friday, lines=[BEN])
    assert watch_lists(database, friday) == 0  # Tuesday is beyond Monday
    came(database, monday, lines=[BEN])
    assert watch_lists(database, monday) == 1
    (task,) = tasks(database)
    assert "No visit is booked after Tuesday, December 8" in task.sentence

    with database.writing() as session:
        for visit in session.exec(select(Appointment)):
            visit.starts_at += DAY * 30
    assert watch_lists(database, monday) == 0
    assert tasks(database) == []


def test_today_and_appointments_say_it_to_that_clinic_alone(pages, database):
    came(database, *WEEK)
    watch_lists(database, LATE)
    desk, birch = visitor(pages, DESK), visitor(pages, BIRCH)
    said = "No list of visits has come since Friday, November 27"

    assert said in words(desk.get("/desk/maple-dental/"))
    assert said in words(desk.get(PAGE))
    assert said in words(desk.get("/desk/maple-dental/tasks"))
    assert said not in words(birch.get("/desk/birch-eye/"))


def test_an_upload_counts_as_a_list_too(pages, database):
    desk = visitor(pages, DESK)
    path, _ = look(desk, HEADINGS + ANA)
    desk.post(f"{path}/import")

    with database.reading() as session:
        (one,) = session.exec(select(ListBrought)).all()
    assert (one.by, one.file_name, one.format, one.rows) == (
        DESK,
        "visits.csv",
        "csv",
        1,
    )
    assert one.reaches is not None
