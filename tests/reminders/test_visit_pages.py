from datetime import UTC, datetime

from clinics.models import Patient
from gateway.models import State
from kernel.clock import FixedClock
from reminders.models import VisitStatus
from tests.pages import visitor, words
from tests.reminders.at_the_desk import (
    DESK,
    PAGE,
    ana,
    change_texts,
    done_by_staff,
    look,
    visits_of,
)
from tests.reminders.imports import ANA, BEN, HEADINGS, bring, plan_maple, texts

NEW = {
    "given_name": "Ida",
    "family_name": "Moe",
    "phone": "206-555-0144",
    "language": "es",
    "date": "2026-12-09",
    "time": "09:30",
    "provider": "Dr. Kim",
    "place": "12 Oak St",
}


def test_a_visit_of_a_new_patient_is_stored_and_its_reminders_foretold(
    desk, heed, database, cast
):
    plan_maple(database, cast)

    answer = desk.post(f"{PAGE}/new", NEW)

    (visit,) = visits_of(heed)
    page = words(desk.get(answer.location))
    assert answer.location == f"{PAGE}/{visit.id}"
    assert visit.wall_time == "2026-12-09T09:30"
    assert "The visit is stored. Reminders leave Sat, Dec 5, 2026," in page
    assert "and Tue, Dec 8, 2026, 9:30 AM PST, if texting is possible." in page
    assert "visit added" in done_by_staff(heed)
    plan_maple(database, cast)
    assert len(texts(database)) == 2


def test_a_double_click_stores_one_visit(desk, heed):
    first = desk.post(f"{PAGE}/new", NEW)
    second = desk.post(f"{PAGE}/new", NEW)

    assert first.location == second.location
    assert len(visits_of(heed)) == 1
    assert done_by_staff(heed).count("visit added") == 1


def test_a_visit_of_the_list_is_not_typed_a_second_time(desk, heed, database):
    bring(database, ANA)
    (known,) = visits_of(heed)

    when = {"date": "2026-12-08", "time": "15:00", "patient": known.patient_id}
    answer = desk.post(f"{PAGE}/new", {**NEW, **when})

    assert answer.location == f"{PAGE}/{known.id}"
    assert len(visits_of(heed)) == 1


def test_the_list_of_tomorrow_finds_a_visit_that_was_typed(desk, heed, database):
    desk.post(f"{PAGE}/new", NEW)
    listed = "full name,phone,date,time\nIda Moe,206-555-0144,12/9/2026,9:30 AM\n"

    done = bring(database, listed, headings="")

    assert (done.added, done.unchanged) == (0, 1)
    assert len(visits_of(heed)) == 1


def test_the_list_of_tomorrow_finds_a_visit_that_was_moved(desk, heed, database):
    desk.post(f"{PAGE}/new", NEW)
    path = f"{PAGE}/{visits_of(heed)[0].id}"
    desk.post(f"{path}/move", {"date": "2026-12-10", "time": "11:00"})
    listed = "full name,phone,date,time\nIda Moe,206-555-0144,12/10/2026,11:00 AM\n"

    done = bring(database, listed, headings="")

    assert (done.added, done.unchanged) == (0, 1)
    again = desk.post(f"{PAGE}/new", NEW)
    assert again.location != path
    assert len(visits_of(heed)) == 2


def test_a_known_patient_is_found_by_name_or_number_and_chosen(desk, heed, database):
    bring(database, ANA, BEN)

    by_name = desk.post(f"{PAGE}/new/find", {"find": "ray"})
    by_number = desk.post(f"{PAGE}/new/find", {"find": "555-0111"})
    nobody = desk.post(f"{PAGE}/new/find", {"find": "<b>Zoe"})

    assert "Ben Ray (206) 555-0112" in words(by_name)
    assert "Ana Lee" not in words(by_name)
    assert "Ana Lee (206) 555-0111" in words(by_number)
    assert "Nobody here is called “ &lt;b&gt;Zoe ”" in words(nobody)
    patient_id = visits_of(heed)[1].patient_id
    desk.post(f"{PAGE}/new", {**NEW, "patient": patient_id, "given_name": "X"})
    assert visits_of(heed)[-1].patient_id == patient_id
    with heed.database.reading() as reading:
        assert reading.get(Patient, patient_id).given_name == "Ben"


def test_the_same_name_and_phone_is_the_patient_who_is_known(desk, heed, database):
    bring(database, ANA)

    typed = {"given_name": "ana", "family_name": "LEE", "phone": "(206) 555-0111"}
    desk.post(f"{PAGE}/new", {**NEW, **typed})

    first, second = visits_of(heed)
    assert first.patient_id == second.patient_id


def test_what_is_wrong_stands_beside_its_field_and_the_rest_stays(desk, heed):
    wrong = {"time": "02:30", "phone": "12", "given_name": " "}

    answer = desk.post(f"{PAGE}/new", {**NEW, **wrong})

    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    for said in ("Write the patient&#39;s first name.", "This number has too few"):
        assert said in page
    assert 'id="given_name-said"' in page
    assert 'value="12 Oak St"' in page
    assert visits_of(heed) == []


def test_the_night_and_an_hour_that_comes_twice_are_taken_when_meant(desk, heed):
    night = {**NEW, "date": "2027-11-07", "time": "1:30 AM PST", "at_night": "on"}

    assert desk.post(f"{PAGE}/new", night).status_code == 302

    assert visits_of(heed)[0].starts_at == datetime(2027, 11, 7, 9, 30, tzinfo=UTC)


def test_a_moved_visit_says_what_its_reminders_do(desk, heed, database, cast):
    path = ana(heed, database, cast)

    answer = desk.post(f"{path}/move", {"date": "2026-12-09", "time": "10:00"})

    page = words(desk.get(answer.location))
    assert "The reminders for Sat, Dec 5, 2026, 3:00 PM PST and" in page
    assert "are taken back. New reminders leave Sat, Dec 5, 2026," in page
    assert [text.state for text in texts(database, State.withdrawn)]
    assert texts(database) == []
    (visit,) = visits_of(heed)
    assert (visit.status, visit.version) == (VisitStatus.moved, 2)
    assert (visit.provider, visit.location) == ("Dr. Kim", "12 Oak St")
    assert "visit moved" in done_by_staff(heed)


def test_a_new_provider_alone_rewrites_only_what_has_not_left(
    desk, heed, database, cast
):
    path = ana(heed, database, cast)

    same = {"date": "2026-12-08", "time": "15:00", "provider": "Dr. Woo"}
    desk.post(f"{path}/move", same)

    (visit,) = visits_of(heed)
    assert (visit.provider, visit.version) == ("Dr. Woo", 1)
    assert visit.status is VisitStatus.booked


def test_a_cancelled_visit_takes_its_reminders_back_and_can_be_booked_again(
    desk, heed, database, cast
):
    path = ana(heed, database, cast)

    done = desk.post(f"{path}/cancel")
    again = desk.post(f"{path}/cancel")

    assert texts(database) == []
    page = words(desk.get(done.location))
    assert "The visit was cancelled. The reminders for Sat, Dec 5" in page
    assert "That was done already" in page
    assert done.location == again.location
    assert done_by_staff(heed).count("visit cancelled") == 1
    desk.post(f"{path}/move", {"date": "2026-12-08", "time": "15:00"})
    assert visits_of(heed)[0].status is VisitStatus.booked


def test_a_patient_who_was_told_already_is_to_be_called(desk, heed, database, cast):
    path = ana(heed, database, cast)
    change_texts(heed, state=State.accepted, submitted_at=heed.now())

    desk.post(f"{path}/cancel")

    assert "call the patient too" in words(desk.get(path))


def test_a_no_show_is_marked_when_the_time_has_come(pages, heed, database, cast):
    path = ana(heed, database, cast)

    early = visitor(pages, DESK).post(f"{path}/noshow")
    heed.clock = FixedClock(datetime(2026, 12, 8, 23, 20, tzinfo=UTC))
    desk = visitor(pages, DESK)
    shown = "Mark as a no-show" in words(desk.get(path))
    desk.post(f"{path}/noshow")

    assert early.status_code == 400
    assert "This visit lies ahead." in words(early)
    assert shown
    assert visits_of(heed)[0].status is VisitStatus.noshow


def test_two_visits_of_a_patient_cannot_share_a_time(desk, heed, database, cast):
    path = ana(heed, database, cast, planned=False)
    bring(database, ANA.replace("A1", "A7").replace("T15:00", "T16:00"))

    answer = desk.post(f"{path}/move", {"date": "2026-12-08", "time": "16:00"})

    assert answer.status_code == 400
    assert "another visit at this very time" in words(answer)


def test_a_visit_in_doubt_says_so_and_is_settled_with_one_click(
    desk, heed, database, cast
):
    path = ana(heed, database, cast)
    bring(database, ANA.replace("2026-12-08T15:00", "2026-12-08 about 4"))

    page = words(desk.get(path))
    assert "could not be read: “Line 2 of visits.csv:" in page
    assert "about 4" in page
    assert "unclear" in words(desk.get(f"{PAGE}?day=2026-12-08"))
    done = desk.post(f"{path}/clear")

    page = words(desk.get(done.location))
    assert "The visit stands as it is. Reminders leave Sat, Dec 5, 2026" in page
    assert "could not be read" not in page
    assert done_by_staff(heed).count("visit found right") == 1
    desk.post(f"{path}/clear")
    assert done_by_staff(heed).count("visit found right") == 1
    plan_maple(database, cast)
    assert len(texts(database)) == 2


def test_a_list_that_only_puts_visits_in_doubt_can_be_imported(
    desk, heed, database, cast
):
    ana(heed, database, cast)
    unread = ANA.replace("2026-12-08T15:00", "2026-12-08 about 4")

    path, page = look(desk, HEADINGS + unread)
    assert "1 known visit would become unclear" in page
    desk.post(f"{path}/import")

    (visit,) = visits_of(heed)
    assert visit.unclear
    assert texts(database) == []
