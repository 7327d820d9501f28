from datetime import timedelta

import pytest

from clinics.models import Patient, TaskKind
from clinics.tasks import OPERATORS, open_task
from gateway.deciding import HOW, QUESTIONS
from gateway.to_do import TITLES
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.texted import actions, line, task_ids, tasks_of, texts

DESK = "desk@maple-dental.example"
BIRCH = "desk@birch-eye.example"
OPERATOR = "operator@heed.example"
TASKS = "/desk/maple-dental/tasks"
HOUR = timedelta(hours=1)
DOUBT = "too many texts"


@pytest.fixture
def desk(pages):
    return visitor(pages, DESK)


@pytest.fixture
def doubted(database, cast):
    """Pat opted in and then texted what may be a STOP; the id of that text."""
    texts(database, cast.maple, "START", at=NOW - 2 * HOUR)
    return texts(database, cast.maple, DOUBT, at=NOW - HOUR)


def ask(database, place, kind, key="one", **more):
    with database.writing() as session:
        now = more.pop("at", NOW)
        open_task(session, place.clinic_id, kind, key, f"About {key}.", now, **more)


def test_urgent_ones_come_first_and_what_is_late_says_so(desk, database, cast):
    texts(database, cast.maple, DOUBT, at=NOW - 9 * HOUR)
    texts(database, cast.maple, "I have chest pain", phone="+12065550119")
    ask(database, cast.maple, TaskKind.call_patient, "later", phone=PAT)

    page = words(desk.get(TASKS))

    titles = ["Emergency: call now", "Was this a stop?", "Call the patient"]
    assert [page.index(title) for title in titles] == sorted(
        page.index(title) for title in titles
    )
    assert "Emergency: call now urgent due" in page
    assert page.count("overdue") == 1
    assert "overdue was due today, 5:00 AM PST" in page


def test_a_task_is_done_with_a_note_that_is_kept(desk, database, cast):
    ask(database, cast.maple, TaskKind.call_patient, phone=PAT)
    (task,) = task_ids(database, cast.maple)

    wrong = desk.post(f"{TASKS}/{task}", {"verdict": "stop"})
    desk.post(
        f"{TASKS}/{task}", {"verdict": "done", "note": " <b>called\x00 her " * 99}
    )

    assert wrong.status_code == 400
    page = desk.get(f"{TASKS}?show=done")
    assert "&lt;b&gt;called" in page.get_data(as_text=True)
    assert f"Done by {DESK}" in words(page)
    assert len(tasks_of(database, cast.maple)[0].done_how) == 500
    assert actions(database) == [("task done", f"task {task}")]


def test_done_ones_go_on_where_the_page_ended(desk, database, cast):
    for number in range(53):
        ask(database, cast.maple, TaskKind.call_patient, f"n{number:03}")
    with database.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE task SET done_at = created_at, done_by = 'somebody'"
        )

    first = desk.get(f"{TASKS}?show=done").get_data(as_text=True)
    link = first.split('class="older"')[1].split('href="')[1].split('"')[0]
    second = desk.get(link.replace("&amp;", "&")).get_data(as_text=True)

    assert first.count("About n") == 50
    assert [n for n in range(53) if f"About n{n:03}." in second] == [0, 1, 2]
    assert desk.get(f"{TASKS}?show=done&before=9999999999999").status_code == 200


def test_what_is_the_operators_is_told_to_the_clinic_but_not_done_there(
    desk, database, cast
):
    ask(database, cast.maple, TaskKind.carrier_word, urgent=True)
    (task,) = task_ids(database, cast.maple)

    page = words(desk.get(TASKS))
    answer = desk.post(f"{TASKS}/{task}", {"verdict": "done"})

    assert "With the operator of Heed" in page
    assert "About one." in page
    assert answer.status_code == 404


def test_birch_can_neither_see_nor_settle_what_is_maples(
    pages, database, cast, doubted
):
    (task,) = task_ids(database, cast.maple)
    birch = visitor(pages, BIRCH)

    assert birch.get(TASKS).status_code == 404
    assert birch.post(f"{TASKS}/{task}", {"verdict": "stop"}).status_code == 404
    own = "/desk/birch-eye/tasks"
    assert DOUBT not in words(birch.get(own))
    for number in (task, 99):
        answer = birch.post(f"{own}/{number}", {"verdict": "stop"})
        assert answer.status_code == 404
        assert "no such task" in words(answer)
    assert line(database, cast).held


def test_the_operator_reads_no_words_of_patients(pages, database, cast, doubted):
    with database.writing() as session:
        session.add(
            Patient(
                clinic_id=cast.maple.clinic_id,
                external_id="1",
                given_name="Patricia",
                family_name="Lee",
                phone=PAT,
                updated_at=NOW,
            )
        )
    ask(database, cast.birch, TaskKind.reconfirm, "birch", at=NOW - 48 * HOUR)
    operator = visitor(pages, OPERATOR)

    page = words(operator.get("/operator/tasks"))

    assert "Birch Eye Care: Confirm a carrier&#39;s status overdue" in page
    assert "Maple Dental : 1 open" in page
    for secret in (DOUBT, "555-0111", PAT, "Patricia"):
        assert secret not in page


def test_the_operator_settles_only_what_is_the_operators(
    pages, database, cast, doubted
):
    ask(database, cast.birch, TaskKind.reconfirm, "birch")
    (of_maple,) = task_ids(database, cast.maple)
    (of_birch,) = task_ids(database, cast.birch)
    operator = visitor(pages, OPERATOR)

    refused = operator.post(f"/operator/tasks/{of_maple}", {"verdict": "stop"})
    answer = operator.post(f"/operator/tasks/{of_birch}", {"note": "still ACTIVE"})
    operator.post(f"/operator/tasks/{of_birch}")
    page = words(operator.get("/operator/tasks"))

    assert (refused.status_code, answer.status_code) == (404, 303)
    assert operator.post(f"/operator/tasks/{10**30}").status_code == 404
    assert f"{OPERATOR} settled this task already" in page
    done = tasks_of(database, cast.birch)[0]
    assert (done.done_by, done.done_how) == (OPERATOR, "still ACTIVE")
    assert actions(database) == [("task done", f"task {of_birch}")]
    assert tasks_of(database, cast.maple)[0].done_at is None


def test_every_kind_has_a_title_and_somebody_who_does_it():
    assert set(TITLES) == set(TaskKind)
    assert not OPERATORS & set(QUESTIONS)
    assert {kind for kind, _ in HOW} == set(QUESTIONS)
