import threading
from datetime import timedelta

import pytest

from clinics.models import TaskKind
from consent.models import EventKind
from consent.standing import Word
from gateway.deciding import HOW, Verdict
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.texted import actions, conversation, ledger, line, task_ids, tasks_of, texts

DESK = "desk@maple-dental.example"
ADMIN = "admin@maple-dental.example"
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


def test_they_asked_to_stop_is_one_click(desk, database, cast, doubted):
    (task,) = task_ids(database, cast.maple)
    page = words(desk.get(TASKS))

    answer = desk.post(f"{TASKS}/{task}", {"verdict": "stop"})

    assert DOUBT in page
    assert "Not a stop: go on texting" in page
    assert (answer.status_code, answer.location) == (303, TASKS)
    after = line(database, cast)
    assert (after.word, after.held) == (Word.opted_out, False)
    kind, facts = ledger(database, cast)[-1]
    assert kind is EventKind.opt_out
    assert (facts["words"], facts["inbound_id"]) == (DOUBT, doubted)
    assert (facts["by"], facts["task"]) == (DESK, task)
    assert actions(database) == [
        ("decided: They asked to stop", f"task {task}, record 3")
    ]
    assert "Stopped. Nothing more is sent to this number." in words(desk.get(TASKS))


def test_not_a_stop_is_one_click(desk, database, cast, doubted):
    (task,) = task_ids(database, cast.maple)

    desk.post(f"{TASKS}/{task}", {"verdict": "go_on"})

    after = line(database, cast)
    assert (after.word, after.held) == (Word.opted_in, False)
    kind, facts = ledger(database, cast)[-1]
    assert kind is EventKind.hold_released
    assert facts["by"] == DESK
    assert facts["note"] == f"task {task}, text {doubted}: Not a stop"
    page = words(desk.get(TASKS))
    told = "Texts may go to this number again. The text still waits in the inbox."
    assert told in page
    assert "Nothing to do" in page


def test_not_a_stop_answers_nobody_so_the_text_goes_on_waiting(
    desk, database, cast, doubted
):
    (task,) = task_ids(database, cast.maple)

    desk.post(f"{TASKS}/{task}", {"verdict": "go_on"})

    assert conversation(database, cast.maple).waiting_since == NOW - HOUR
    assert DOUBT in words(desk.get("/desk/maple-dental/inbox"))


def test_who_decides_that_it_was_a_stop_has_read_the_text(
    desk, database, cast, doubted
):
    (task,) = task_ids(database, cast.maple)

    desk.post(f"{TASKS}/{task}", {"verdict": "stop"})

    found = conversation(database, cast.maple)
    assert (found.waiting_since, found.done_by) == (None, DESK)


@pytest.mark.parametrize("before", [True, False])
def test_another_text_that_nobody_read_goes_on_waiting(desk, database, cast, before):
    if before:
        texts(database, cast.maple, "hello", at=NOW - 2 * HOUR)
    texts(database, cast.maple, DOUBT, at=NOW - HOUR)
    if not before:
        texts(database, cast.maple, "hello")
    (task,) = task_ids(database, cast.maple)

    desk.post(f"{TASKS}/{task}", {"verdict": "stop"})

    since = NOW - (2 if before else 1) * HOUR
    assert conversation(database, cast.maple).waiting_since == since


def test_a_number_stays_held_until_its_last_unsure_text_is_decided(
    desk, database, cast, doubted
):
    texts(database, cast.maple, "wrong number", at=NOW - HOUR / 2)
    first, second = task_ids(database, cast.maple)

    desk.post(f"{TASKS}/{first}", {"verdict": "go_on"})
    between = line(database, cast)
    page = words(desk.get(TASKS))
    desk.post(f"{TASKS}/{second}", {"verdict": "go_on"})

    assert between.held
    assert "The number stays held: another text waits for a decision." in page
    assert not line(database, cast).held
    kinds = [kind for kind, _ in ledger(database, cast)]
    assert kinds.count(EventKind.hold_released) == 1


def test_a_stop_settles_every_other_question_about_the_number(
    desk, database, cast, doubted
):
    texts(database, cast.maple, "wrong number", at=NOW - HOUR / 2)
    texts(database, cast.maple, "wrong number", phone="+12065550119")
    first, second, elsewhere = task_ids(database, cast.maple)

    desk.post(f"{TASKS}/{second}", {"verdict": "stop"})

    done = {task.id: task.done_by for task in tasks_of(database, cast.maple)}
    assert done == {first: DESK, second: DESK, elsewhere: None}
    assert ledger(database, cast)[-1][1]["why"] == "It is another person's number"


def test_deciding_opts_nobody_in(desk, database, cast):
    texts(database, cast.maple, "STOP", at=NOW - 2 * HOUR)
    texts(database, cast.maple, DOUBT, at=NOW - HOUR)
    (task,) = task_ids(database, cast.maple)
    assert "go on texting" not in words(desk.get(TASKS))

    desk.post(f"{TASKS}/{task}", {"verdict": "go_on"})

    after = line(database, cast)
    assert (after.word, after.held) == (Word.opted_out, False)
    assert "The number stays stopped" in words(desk.get(TASKS))


def test_a_question_that_her_stop_has_answered_is_only_ticked_off(
    desk, database, cast, doubted
):
    texts(database, cast.maple, "STOP")
    (task,) = task_ids(database, cast.maple)
    records = len(ledger(database, cast))

    page = words(desk.get(TASKS))
    answer = desk.post(f"{TASKS}/{task}", {"verdict": "done"})

    assert "The number is stopped since, so there is nothing left to decide." in page
    assert answer.status_code == 303
    assert len(ledger(database, cast)) == records
    assert line(database, cast).word is Word.opted_out


def test_a_question_is_never_ticked_off_undecided(desk, database, cast, doubted):
    (task,) = task_ids(database, cast.maple)

    for verdict in ("done", "", "maybe"):
        answer = desk.post(f"{TASKS}/{task}", {"verdict": verdict})
        assert answer.status_code == 400

    assert line(database, cast).held
    assert tasks_of(database, cast.maple)[0].done_at is None


def test_the_second_to_decide_is_told_who_did_and_when(
    pages, desk, database, cast, doubted
):
    (task,) = task_ids(database, cast.maple)
    admin = visitor(pages, ADMIN)
    desk.post(f"{TASKS}/{task}", {"verdict": "go_on"})
    records = ledger(database, cast)

    admin.post(f"{TASKS}/{task}", {"verdict": "stop"})

    page = words(admin.get(TASKS))
    assert f"{DESK} settled this task already, on Mon, Nov 30, 2026" in page
    assert "Not a stop. Nothing was changed." in page
    assert ledger(database, cast) == records
    assert line(database, cast).word is Word.opted_in


def test_of_two_at_the_same_moment_one_decides(pages, database, cast, doubted):
    (task,) = task_ids(database, cast.maple)
    people = [visitor(pages, email) for email in (DESK, ADMIN) * 2]
    verdicts = ["stop", "go_on", "stop", "go_on"]
    start = threading.Barrier(len(people))
    answers = []

    def click(person, verdict):
        start.wait()
        answer = person.post(f"{TASKS}/{task}", {"verdict": verdict})
        answers.append(answer.status_code)

    threads = [
        threading.Thread(target=click, args=both)
        for both in zip(people, verdicts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [303] * 4
    kinds = [kind for kind, _ in ledger(database, cast)]
    assert kinds[:2] == [EventKind.opt_in, EventKind.held]
    assert len(kinds) == 3
    assert len(actions(database)) == 1
    assert not line(database, cast).held


@pytest.mark.parametrize(
    ("verdict", "word"), [("stop", Word.opted_out), ("go_on", Word.opted_in)]
)
def test_a_number_that_may_be_anothers_is_asked_about_in_its_own_words(
    desk, database, cast, verdict, word
):
    texts(database, cast.maple, "START", at=NOW - 2 * HOUR)
    texts(database, cast.maple, "wrong number", at=NOW - HOUR)
    (task,) = task_ids(database, cast.maple)
    page = words(desk.get(TASKS))

    desk.post(f"{TASKS}/{task}", {"verdict": verdict})

    assert "Another person’s number: stop texting it" in page
    assert "It is our patient" in page
    assert (line(database, cast).word, line(database, cast).held) == (word, False)
    how = HOW[TaskKind.reassigned, Verdict(verdict)]
    assert how in words(desk.get(f"{TASKS}?show=done")).replace("&#39;", "'")


def test_a_decision_made_in_a_conversation_leads_back_to_it(
    desk, database, cast, doubted
):
    (task,) = task_ids(database, cast.maple)
    talk = f"/desk/maple-dental/inbox/{PAT}"
    assert "They asked to stop" in words(desk.get(talk))

    form = {"verdict": "stop", "from": "inbox"}
    answer = desk.post(f"{TASKS}/{task}", form)

    assert answer.location == talk
    assert "Nothing more is sent to this number." in words(desk.get(talk))
