"""Patients who died or left, as feeds say it: nothing older brings their visits back,
and nothing is lost silently when it was a mistake."""

from reminders.models import VisitStatus
from tests.reminders.feeding import appointment, bundle, feed_in, patient, siu
from tests.reminders.imports import counts, visits


def meta(day):
    return {"versionId": day, "lastUpdated": f"2026-11-{day}T10:00:00Z"}


def test_an_older_message_does_not_bring_back_a_visit_of_the_dead(database, cast):
    feed_in(database, siu(sent="20261128090000", control="C1"))
    feed_in(database, siu(event="S14", sent="20261130090000", control="C3", dead="Y"))

    done = feed_in(database, siu(event="S14", sent="20261129090000", control="C2"))

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["V1"].status is VisitStatus.cancelled


def test_an_old_message_that_she_died_still_ends_the_visit(database, cast):
    feed_in(database, siu(sent="20261130090000", control="C2"))

    feed_in(database, siu(event="S14", sent="20261129090000", control="C1", dead="Y"))

    assert visits(database)["V1"].status is VisitStatus.cancelled


def test_a_visit_of_a_patient_who_is_active_again_is_named(database, cast):
    feed_in(database, bundle(patient(), appointment()))
    feed_in(database, bundle(patient(active=False, meta=meta("20")), appointment()))

    done = feed_in(database, bundle(patient(meta=meta("21")), appointment()))

    assert visits(database)["V1"].status is VisitStatus.cancelled
    (problem,) = done.problems
    assert (problem.line, done.unchanged) == (2, 1)
    assert "so it stays cancelled" in problem.message


def test_a_visit_that_the_feed_cancelled_itself_is_not_named(database, cast):
    booked = siu(sent="20261128090000", control="C1")
    feed_in(database, booked)
    feed_in(database, siu(event="S15", sent="20261129090000", control="C2"))

    assert feed_in(database, booked).problems == ()


def test_of_one_file_the_newest_word_says_whether_a_patient_is_texted(database, cast):
    feed_in(database, siu(filler="V2", sent="20261127090000", control="C0"))
    mistake = siu(sent="20261128090000", control="C1", dead="Y")
    mended = siu(event="S14", sent="20261129090000", control="C2", dead="N")

    feed_in(database, mended + mistake)
    assert {one.status for one in visits(database).values()} == {VisitStatus.booked}

    feed_in(database, siu(event="S14", sent="20261130090000", control="C3", dead="Y"))
    assert {one.status for one in visits(database).values()} == {VisitStatus.cancelled}
