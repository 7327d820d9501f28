from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task, TaskKind
from clinics.tasks import finish_task, open_task
from gateway.restraint import pause, rule_of
from gateway.website_pause import BY, choose, hold_while_changed
from tests.conftest import NOW
from tests.pages import visitor, words

DAY = timedelta(days=1)


@pytest.fixture
def maple(database, cast):
    with database.writing() as session:
        choose(session, cast.maple.clinic_id, True, NOW)
    return cast.maple.clinic_id


def changed(session, clinic_id):
    open_task(session, clinic_id, TaskKind.website_changed, "w", "It changed.", NOW)


def settle(session, clinic_id):
    task = session.exec(select(Task).where(col(Task.clinic_id) == clinic_id)).one()
    finish_task(session, clinic_id, task.id, "operator@heed.example", NOW)


def test_reminders_pause_while_a_change_is_not_settled(database, maple):
    with database.writing() as session:
        assert hold_while_changed(session, NOW) == 0
        assert rule_of(session, maple).paused_until is None
        changed(session, maple)
        for days in range(3):
            assert hold_while_changed(session, NOW + days * DAY) == 1
        assert rule_of(session, maple).paused_until == NOW + 3 * DAY
        settle(session, maple)
        assert hold_while_changed(session, NOW + 2 * DAY) == 0
        assert rule_of(session, maple).paused_until is None


def test_a_clinic_that_did_not_choose_it_goes_on(database, cast, maple):
    with database.writing() as session:
        changed(session, cast.birch.clinic_id)
        assert hold_while_changed(session, NOW) == 0
        assert rule_of(session, cast.birch.clinic_id).paused_until is None


def test_the_clinics_own_pause_stays_its_own(database, maple):
    with database.writing() as session:
        pause(session, maple, NOW + 9 * DAY, "desk@maple-dental.example", NOW)
        changed(session, maple)
        hold_while_changed(session, NOW)
        settle(session, maple)
        hold_while_changed(session, NOW)
        rule = rule_of(session, maple)
        assert rule.paused_until == NOW + 9 * DAY
        assert rule.paused_by == "desk@maple-dental.example"


def test_switching_it_off_ends_its_pause_at_once(database, maple):
    with database.writing() as session:
        changed(session, maple)
        hold_while_changed(session, NOW)
        assert rule_of(session, maple).paused_by == BY
        choose(session, maple, False, NOW)
        assert rule_of(session, maple).paused_until is None
        assert hold_while_changed(session, NOW) == 0


def test_the_operator_switches_it_on_a_page(pages, cast):
    operator = visitor(pages, "operator@heed.example")
    path = "/operator/clinics/maple-dental/website-pause"
    assert "texts go on meanwhile" in words(operator.get(path))
    operator.post(path, {"want": "pause"})
    assert "stop as soon as something got worse" in words(operator.get(path))
    operator.post(path, {"want": "go on"})
    assert "texts go on meanwhile" in words(operator.get(path))
