from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from registration.status import (
    Cell,
    Changed,
    Confirmed,
    Observation,
    Refused,
    Source,
    Status,
    is_active,
    next_status,
)

NOW = datetime(2026, 11, 16, 17, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

# registration.md 2.3, typed again; REJECTED after ACTIVE is ours (fail closed).
AFTER = {
    None: "PENDING ACTIVE REVIEW REJECTED SUSPENDED",
    "PENDING": "REVIEW ACTIVE REJECTED",
    "REVIEW": "ACTIVE REJECTED",
    "ACTIVE": "SUSPENDED PENDING REVIEW REJECTED",
    "SUSPENDED": "ACTIVE",
    "REJECTED": "PENDING",
}
STRONGEST_FIRST = (
    "tcr_poll",
    "tcr_webhook",
    "operator_entry",
    "imported",
    "vendor_verified",
    "send_error",
)
EVERY_CELL = list(product(Status, Source))


def cell(status, source=Source.tcr_poll, at=NOW):
    return Cell(status=Status(status), since=at, source=Source(source), observed_at=at)


def word(status, source=Source.tcr_poll, at=NOW + MINUTE):
    return Observation(
        status=Status(status) if status else None,
        raw=str(status),
        source=Source(source),
        at=at,
        evidence="shown",
    )


def active_after(result):
    return not isinstance(result, Refused) and result.cell.status == "ACTIVE"


def weaker(one, other):
    return STRONGEST_FIRST.index(one) > STRONGEST_FIRST.index(other)


def person_lifts(source, by):
    return source in ("operator_entry", "imported") and by == "tcr_webhook"


@pytest.mark.parametrize("before", [None, *Status])
@pytest.mark.parametrize("after", Status)
def test_one_source_walks_only_the_written_steps(before, after):
    """R48: five words and no other; R62: SUSPENDED only from ACTIVE."""
    standing = cell(before) if before else None

    result = next_status(standing, word(after), {})

    if before is after:
        assert isinstance(result, Confirmed)
    elif after in AFTER[before].split():
        assert isinstance(result, Changed)
        assert result.cell == cell(after, at=NOW + MINUTE)
    else:
        assert isinstance(result, Refused)
    assert result.why


@pytest.mark.parametrize("source", Source)
def test_active_is_reached_only_by_a_written_step_of_a_source_strong_enough(source):
    reached = {
        (was, by)
        for was, by in EVERY_CELL
        if active_after(next_status(cell(was, by), word("ACTIVE", source), {}))
    }

    assert reached == {
        (was, by)
        for was, by in EVERY_CELL
        if source != "send_error"
        and (was == "ACTIVE" or "ACTIVE" in AFTER[was].split())
        and (was == "ACTIVE" or not weaker(source, by) or person_lifts(source, by))
        and (source != "vendor_verified" or was == "ACTIVE" or by == source)
    }
    first = next_status(None, word("ACTIVE", source), {})
    assert active_after(first) == (source != "send_error")


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("after", [s for s in [None, *Status] if s != "ACTIVE"])
def test_no_other_word_than_active_makes_active(source, after):
    for standing in [None, *(cell(*before) for before in EVERY_CELL)]:
        assert not active_after(next_status(standing, word(after, source), {}))


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("after", ["PENDING", "REVIEW", "REJECTED", "SUSPENDED", None])
def test_any_source_takes_active_away(source, after):
    for by in Source:
        names_no_carrier = source == "vendor_verified" != by and after == "PENDING"

        result = next_status(cell("ACTIVE", by), word(after, source), {})

        assert isinstance(result, Refused if names_no_carrier else Changed)
        assert names_no_carrier or result.cell.source == source


@pytest.mark.parametrize("source", Source)
def test_a_weaker_source_leaves_a_stronger_word_but_for_a_resubmission(source):
    changed = {
        (was, by, after)
        for (was, by), after in product(EVERY_CELL, Status)
        if was not in ("ACTIVE", after) and weaker(source, by)
        if not person_lifts(source, by)
        if isinstance(next_status(cell(was, by), word(after, source), {}), Changed)
    }

    stronger = ("tcr_poll",) if source == "operator_entry" else ()
    assert changed == {("REJECTED", by, "PENDING") for by in stronger}


@pytest.mark.parametrize("source", ["operator_entry", "imported"])
@pytest.mark.parametrize(
    ("by", "minutes", "lifted"),
    [
        ("tcr_webhook", 1, True),
        ("tcr_webhook", 0, False),
        ("tcr_webhook", -1, False),
        ("tcr_poll", 1, False),
    ],
)
def test_a_person_lifts_a_webhooks_word_later_and_never_a_polls(
    source, by, minutes, lifted
):
    said = {Source(by): word("SUSPENDED", by, at=NOW)}
    typed = word("ACTIVE", source, at=NOW + minutes * MINUTE)

    for standing in (cell("SUSPENDED", by), cell("PENDING", "send_error")):
        result = next_status(standing, typed, said)

        assert isinstance(result, Changed if lifted else Refused)


def test_a_person_does_not_lift_what_a_poll_said_besides_a_webhook():
    said = {
        Source.tcr_webhook: word("SUSPENDED", "tcr_webhook", at=NOW),
        Source.tcr_poll: word("REVIEW", at=NOW - HOUR),
    }

    result = next_status(
        cell("SUSPENDED", "tcr_webhook"), word("ACTIVE", "operator_entry"), said
    )

    assert isinstance(result, Refused)


@pytest.mark.parametrize("after", Status)
def test_a_send_error_only_ever_takes_active_away(after):
    error = word(after, "send_error")

    for was, by in EVERY_CELL:
        if was != "ACTIVE":
            assert isinstance(next_status(cell(was, by), error, {}), Refused)
    assert isinstance(next_status(None, error, {}), Refused)


def test_an_unknown_word_is_shown_raw_and_ends_active():
    """R48: an unknown word is kept apart and is never ACTIVE."""
    paused = replace(word(None), raw="PAUSED")

    for status in (None, "PENDING", "REVIEW", "REJECTED", "SUSPENDED"):
        refused = next_status(cell(status) if status else None, paused, {})
        assert isinstance(refused, Refused)
        assert "PAUSED" in refused.why
    ended = next_status(cell("ACTIVE"), paused, {})
    assert ended.cell.status == "PENDING"
    assert "PAUSED" in ended.why


def test_a_word_that_no_step_allowed_still_counts_against_a_weaker_active():
    suspended = word("SUSPENDED", "tcr_poll", at=NOW + MINUTE)
    assert isinstance(
        next_status(cell("PENDING", "operator_entry"), suspended, {}), Refused
    )
    said = {Source.tcr_poll: suspended}

    typed = word("ACTIVE", "operator_entry", at=NOW + 2 * MINUTE)
    polled = word("ACTIVE", "tcr_poll", at=NOW + 2 * MINUTE)

    standing = cell("PENDING", "operator_entry")
    assert isinstance(next_status(standing, typed, said), Refused)
    assert isinstance(next_status(standing, polled, said), Changed)


@pytest.mark.parametrize(
    ("source", "hours_ago", "lifted"),
    [("tcr_poll", 1, True), ("tcr_poll", 3, False), ("imported", 1, False)],
)
def test_only_a_later_active_of_a_source_as_strong_lifts_a_contrary_word(
    source, hours_ago, lifted
):
    said = {
        Source.tcr_webhook: word("SUSPENDED", "tcr_webhook", at=NOW - 2 * HOUR),
        Source(source): word("ACTIVE", source, at=NOW - hours_ago * HOUR),
    }
    verified = word("ACTIVE", "vendor_verified")

    result = next_status(cell("PENDING", "vendor_verified"), verified, said)

    assert isinstance(result, Changed if lifted else Refused)


def test_a_slow_poll_does_not_pass_a_suspension_heard_meanwhile():
    suspended = word("SUSPENDED", "tcr_webhook", at=NOW + 2 * MINUTE)
    said = {Source.tcr_webhook: suspended}

    slow = word("ACTIVE", "tcr_poll", at=NOW + MINUTE)

    assert isinstance(next_status(cell("REVIEW"), slow, said), Refused)


def test_a_resubmission_does_not_launder_a_rejection_by_tcr():
    rejected = {Source.tcr_poll: word("REJECTED", at=NOW)}
    standing = cell("REJECTED")

    pending = next_status(standing, word("PENDING", "operator_entry"), rejected)
    typed = word("ACTIVE", "operator_entry", at=NOW + 2 * MINUTE)

    assert isinstance(pending, Changed)
    assert isinstance(next_status(pending.cell, typed, rejected), Refused)


@pytest.mark.parametrize(
    ("status", "by", "source", "source_after", "moved"),
    [
        ("ACTIVE", "tcr_poll", "tcr_poll", "tcr_poll", True),
        ("ACTIVE", "operator_entry", "tcr_poll", "tcr_poll", True),
        ("ACTIVE", "tcr_poll", "operator_entry", "tcr_poll", False),
        ("ACTIVE", "tcr_poll", "vendor_verified", "tcr_poll", False),
        ("REVIEW", "tcr_poll", "operator_entry", "tcr_poll", True),
        ("REVIEW", "operator_entry", "tcr_poll", "tcr_poll", True),
    ],
)
def test_the_same_word_again_keeps_the_stronger_source(
    status, by, source, source_after, moved
):
    result = next_status(cell(status, by), word(status, source), {})

    assert isinstance(result, Confirmed)
    assert result.cell.source == source_after
    assert result.cell.since == NOW
    assert result.cell.observed_at == (NOW + MINUTE if moved else NOW)


@pytest.mark.parametrize(
    ("source", "vouches"),
    [("operator_entry", True), ("imported", True), ("vendor_verified", False)],
)
def test_a_person_may_vouch_for_an_active_that_tcr_let_grow_stale(source, vouches):
    later = NOW + 25 * HOUR

    result = next_status(cell("ACTIVE"), word("ACTIVE", source, at=later), {})

    assert is_active(result.cell, later) == vouches
