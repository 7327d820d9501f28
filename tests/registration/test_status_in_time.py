from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.standing_words import standing_sentence
from registration.status import (
    Cell,
    Observation,
    Refused,
    Source,
    Status,
    headline,
    is_active,
    next_status,
    stale,
)

NOW = datetime(2026, 11, 16, 17, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

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


@pytest.mark.parametrize(
    ("source", "ages"),
    [(source, source in ("tcr_poll", "vendor_verified")) for source in Source],
)
def test_only_polled_words_grow_stale_after_24_hours(source, ages):
    active = cell("ACTIVE", source)

    assert is_active(active, NOW + 24 * HOUR - MINUTE)
    assert is_active(active, NOW + 24 * HOUR) != ages
    assert stale(active, NOW + 24 * HOUR) == ages
    assert is_active(active, NOW - 25 * HOUR) != ages


@pytest.mark.parametrize("status", [s for s in Status if s != "ACTIVE"])
def test_only_active_is_active(status):
    assert is_active(cell("ACTIVE"), NOW)
    assert not is_active(cell(status), NOW)
    assert not is_active(None, NOW)


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("after", [None, *Status])
def test_an_older_word_never_loosens(source, after):
    late = word(after, source, at=NOW - MINUTE)

    for was, by in EVERY_CELL:
        result = next_status(cell(was, by), late, {})

        if after == "ACTIVE" or (was, after) == ("REJECTED", "PENDING"):
            assert isinstance(result, Refused)
            assert "older" in result.why
        assert not active_after(result)


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("after", ["PENDING", "REVIEW", "REJECTED", "SUSPENDED", None])
def test_no_word_is_too_old_to_take_active_away(source, after):
    late = word(after, source, at=NOW - 5 * HOUR)

    for by in Source:
        if (source, after) == ("vendor_verified", "PENDING") and by != source:
            continue
        result = next_status(cell("ACTIVE", by), late, {})

        assert result.cell.status == (after or "PENDING")
        assert (result.cell.since, result.cell.observed_at) == (NOW, NOW)


WORDS = st.builds(
    lambda status, source, minutes: word(status, source, NOW + minutes * MINUTE),
    st.one_of(st.none(), st.sampled_from(Status)),
    st.sampled_from(Source),
    st.integers(0, 60 * 40),
)


@given(st.lists(WORDS, max_size=12), st.integers(0, 60 * 60))
def test_active_always_rests_on_an_accepted_fresh_active(words, minutes):
    standing, said, accepted = None, {}, []
    for seen in words:
        result = next_status(standing, seen, said)
        if not isinstance(result, Refused):
            standing = result.cell
            accepted.append(seen)
        if seen.source not in said or seen.at >= said[seen.source].at:
            said[seen.source] = seen
    now = NOW + minutes * MINUTE

    if not is_active(standing, now):
        return
    grounds = [
        seen
        for seen in accepted
        if (seen.status, seen.source) == ("ACTIVE", standing.source)
        and seen.at == standing.observed_at
    ]
    assert grounds
    assert standing.source != "send_error"
    if standing.source in ("tcr_poll", "vendor_verified"):
        assert any(abs(now - seen.at) < 24 * HOUR for seen in grounds)


@given(st.lists(WORDS, max_size=12))
def test_no_later_contrary_word_leaves_active_standing(words):
    standing, said = None, {}
    for seen in words:
        result = next_status(standing, seen, said)
        standing = standing if isinstance(result, Refused) else result.cell
        if seen.source not in said or seen.at >= said[seen.source].at:
            said[seen.source] = seen

    if standing is None or standing.status != "ACTIVE":
        return
    for seen in words:
        about_a_carrier = (seen.source, seen.status) != ("vendor_verified", "PENDING")
        if seen.status != "ACTIVE" and about_a_carrier:
            assert (
                seen.at <= standing.observed_at
                or seen.source == "send_error"  # said of no Active, it took nothing
            )


@given(st.lists(WORDS, max_size=12))
def test_a_contrary_word_of_any_age_leaves_no_active_when_it_is_heard(words):
    standing, said = None, {}
    for seen in words:
        result = next_status(standing, seen, said)
        standing = standing if isinstance(result, Refused) else result.cell
        if seen.source not in said or seen.at >= said[seen.source].at:
            said[seen.source] = seen

        about_a_carrier = (seen.source, seen.status) != ("vendor_verified", "PENDING")
        if seen.status != "ACTIVE" and about_a_carrier:
            assert standing is None or standing.status != "ACTIVE"


@given(st.lists(WORDS, max_size=12))
def test_no_active_stands_over_a_stronger_sources_last_contrary_word(words):
    standing, said = None, {}
    for seen in sorted(words, key=lambda seen: seen.at):
        result = next_status(standing, seen, said)
        standing = standing if isinstance(result, Refused) else result.cell
        said[seen.source] = seen

    if standing is None or standing.status != "ACTIVE":
        return
    lifting = [seen for seen in said.values() if seen.status == "ACTIVE"]
    for seen in said.values():
        if seen.status != "ACTIVE" and weaker(standing.source, seen.source):
            assert any(
                other.at >= seen.at
                and (
                    not weaker(other.source, seen.source)
                    or person_lifts(other.source, seen.source)
                )
                for other in lifting
            )


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ("", "PENDING"),
        ("ACTIVE ACTIVE", "PENDING"),
        ("ACTIVE ACTIVE ACTIVE", "ACTIVE"),
        ("ACTIVE REVIEW ACTIVE", "REVIEW"),
        ("ACTIVE REVIEW", "REVIEW"),
        ("PENDING ACTIVE REVIEW", "REVIEW"),
        ("REJECTED ACTIVE REVIEW", "REJECTED"),
        ("ACTIVE SUSPENDED REJECTED", "SUSPENDED"),
    ],
)
def test_the_headline_is_the_word_that_asks_most(statuses, expected):
    assert headline([Status(word) for word in statuses.split()]) == expected


@pytest.mark.parametrize(
    ("standing", "now", "expected"),
    [
        (
            cell("REVIEW"),
            NOW,
            "AT&T has not yet approved this clinic's texts "
            "(REVIEW since Mon, Nov 16, 2026).",
        ),
        (
            cell("PENDING"),
            NOW,
            "AT&T has not yet approved this clinic's texts "
            "(PENDING since Mon, Nov 16, 2026).",
        ),
        (
            cell("REJECTED"),
            NOW,
            "AT&T has refused this clinic's texts "
            "(REJECTED since Mon, Nov 16, 2026, 9:12 AM PST).",
        ),
        (
            cell("ACTIVE"),
            NOW,
            "AT&T lets this clinic's texts through "
            "(ACTIVE since Mon, Nov 16, 2026, 9:12 AM PST).",
        ),
        (
            cell("SUSPENDED", at=NOW.replace(month=7, hour=4)),
            NOW,
            "AT&T has stopped this clinic's texts "
            "(SUSPENDED since Wed, Jul 15, 2026, 9:12 PM PDT).",
        ),
        (
            cell("ACTIVE"),
            NOW + 25 * HOUR,
            "AT&T let this clinic's texts through, but that has not been confirmed since "
            "Mon, Nov 16, 2026, 9:12 AM PST, more than 24 hours. "
            "Texts to its phones wait until it is confirmed again.",
        ),
        (
            None,
            NOW,
            "AT&T has said nothing about this campaign yet, "
            "so no text leaves to its phones.",
        ),
    ],
)
def test_a_standing_is_told_in_one_sentence(standing, now, expected):
    assert standing_sentence("AT&T", standing, now, "America/Los_Angeles") == expected
