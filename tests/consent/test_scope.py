from datetime import UTC, datetime

import pytest

from consent import record
from consent.history import history
from consent.scope import SCOPES, scope_at
from consent.standing import lock_line
from tests.conftest import NOW, PAT


@pytest.mark.parametrize(
    ("day", "law"),
    [
        ((2024, 1, 1), "before 47 CFR"),
        ((2025, 4, 10, 23, 59), "before 47 CFR"),
        ((2025, 4, 11), "waived until 2027-01-31"),
        ((2027, 1, 30, 23, 59), "waived until 2027-01-31"),
        ((2027, 1, 31), "revoke-all included"),
        ((2031, 1, 1), "revoke-all included"),
    ],
)
def test_the_rule_of_the_day_is_named(day, law):
    assert law in scope_at(datetime(*day, tzinfo=UTC)).law


def test_no_rule_is_narrower_than_the_whole_clinic():
    assert {scope.covers for scope in SCOPES} == {"all topics of the clinic"}


def test_a_stop_says_what_it_covers_and_by_which_rule(database, cast):
    clinic = cast.maple.clinic_id
    with database.writing() as session:
        lock_line(session, clinic, PAT)
        record.opt_out(session, clinic, PAT, {"method": "text message"}, NOW)
        [entry] = history(session, clinic, PAT)

    assert entry.facts["scope"] == "all topics of the clinic"
    assert entry.facts["scope_rule"] == scope_at(NOW).law
