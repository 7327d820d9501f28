"""No traceback on any damaged feed, and no row that is not whole."""

import json
import re
from dataclasses import astuple
from time import monotonic

import pytest

from reminders.intake.complete import Known, completed
from reminders.intake.entry import Entry, Passed
from reminders.intake.feeds import read_feed
from reminders.intake.field_map import Feed, fields_of
from reminders.intake.problem import UnusableFile
from reminders.intake.rows import LONGEST_ID, LONGEST_NAME, AppointmentRow
from reminders.intake.sniff import kind_of
from tests.reminders.feeding import NEW_YORK, feed_in
from tests.reminders.imports import NOW
from tests.reminders.mutations import CORPUS, damaged

PHONE = re.compile(r"\+1[2-9]\d{9}")
WALL = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d")
SLOWEST = 3.0  # seconds for one small feed, on a machine that does other things too


def _check(raw: bytes) -> str:
    kind = kind_of(raw[:1024])
    if isinstance(kind, UnusableFile):
        return _said(kind.problems)
    if not isinstance(kind, Feed):
        return "table"
    found = read_feed(kind, raw, fields_of(kind), NEW_YORK, NOW)
    if isinstance(found, UnusableFile):
        return _said(found.problems)
    rows = 0
    for one in found.items:
        row = completed(one, Known()) if isinstance(one, Entry) else one
        if isinstance(row, AppointmentRow):
            rows += 1
            assert json.dumps(astuple(row), default=str, ensure_ascii=False).encode()
            assert 0 < len(row.appointment_id) <= LONGEST_ID, row
            assert 0 < len(row.patient_id) <= LONGEST_ID, row
            assert PHONE.fullmatch(row.phone), row
            assert WALL.fullmatch(row.wall_time), row
            assert len(row.given_name or "") <= LONGEST_NAME, row
            assert "\n" not in repr((row.given_name, row.provider, row.location))
        elif not isinstance(row, Passed):
            _said(row.problems)
        elif row.problem:
            _said((row.problem,))
    return "rows" if rows else "problems"


def _said(problems: tuple) -> str:
    assert problems
    assert all(one.message.encode() and one.line > 0 for one in problems), problems
    return "refused"


def _run(count: int, seed: int) -> dict[str, int]:
    seen: dict[str, int] = {}
    for number, raw in enumerate(damaged(count, seed)):
        began = monotonic()
        try:
            outcome = _check(raw)
        except Exception as error:  # says which one, so that it can be made again
            raise AssertionError(f"number {number} of seed {seed}: {raw!r}") from error
        assert monotonic() - began < SLOWEST, (number, seed)
        seen[outcome] = seen.get(outcome, 0) + 1
    return seen


def test_1500_damaged_feeds_leave_no_traceback():
    seen = _run(1500, seed=7)

    assert seen["rows"] > 250
    assert seen["problems"] > 100
    assert seen["refused"] > 100


@pytest.mark.slow
def test_100_000_damaged_feeds_leave_no_traceback():
    seen = _run(100_000, seed=2026)

    assert sum(seen.values()) == 100_000
    assert seen["rows"] > 15_000


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_damaged_feeds_are_stored_or_named(database, cast):
    for raw in damaged(60, seed=11):
        done = feed_in(database, raw)

        assert done.problems or done.complete


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_3000_damaged_feeds_are_stored_or_named(database, cast):
    for raw in damaged(3000, seed=12):
        done = feed_in(database, raw)

        assert done.problems or done.complete


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpora are not here")
def test_the_corpus_is_imported_or_names_exactly_what_is_missing():
    told = {}
    for line in map(json.loads, CORPUS.read_text().splitlines()):
        if "headings" in line:
            continue
        raw = (
            json.dumps(line["resource"]) if "resource" in line else line["text"]
        ).encode()
        kind = kind_of(raw[:1024])
        assert isinstance(kind, Feed)
        found = read_feed(kind, raw, fields_of(kind), NEW_YORK, NOW)
        whole = isinstance(found, UnusableFile)
        told.setdefault(line["record_type"], []).append(found)

        if "dstu2" in line["record_type"] or "not_SIU" in line["record_type"]:
            assert whole, line["source"]
        if line["record_type"] in ("fhir_r4_Appointment", "fhir_Appointment"):
            assert not whole, line["source"]

    sius = [one for one in told["hl7v2_SIU"] if not isinstance(one, UnusableFile)]
    assert len(sius) == 5  # the sixth is an ADT message under a wrong name
    for one in sius:
        (entry,) = one.items
        row = completed(entry, Known())
        if isinstance(row, Passed):  # a cancellation of what is not known here
            assert "not known here" in row.problem.message
        else:
            named = {problem.column for problem in row.problems}
            assert named >= {"PID-30", "PID-13[CP]"}
    dstu2 = [one.problems[0].message for one in told["fhir_dstu2_Appointment"]]
    assert all("DSTU2" in message for message in dstu2)
