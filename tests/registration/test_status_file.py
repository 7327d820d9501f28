"""A portal's table, line by line, and which of its words are ours."""

from datetime import UTC, datetime

import pytest

from kernel.errors import Invalid
from registration.portal_words import Unread, portal_status
from registration.status_file import Broken, Word, excerpt, read_table

NOW = datetime(2026, 11, 30, 18, tzinfo=UTC)
HEAD = "campaign,carrier,status,seen_at,note\n"


def only(line, provider=""):
    [read] = read_table((HEAD + line).encode(), NOW, provider).lines
    return read


@pytest.mark.parametrize(
    ("provider", "word", "expected"),
    [
        ("", "APPROVED", "ACTIVE"),
        ("", "approved", "ACTIVE"),
        ("", "mno provisioned", "ACTIVE"),
        ("telnyx", "MNO_ACCEPTED", "PENDING"),
        ("telnyx", "DORMANT", "SUSPENDED"),
        ("Infobip", "active", "ACTIVE"),
        ("bandwidth", "ACCEPTED", "PENDING"),
        ("aws", "REQUIRES_UPDATES", "REJECTED"),
        ("", "ACTIVE", None),  # RT1: at TCR it only says "exists"
        ("tcr", "ACTIVE", None),
        ("telnyx", "ACTIVE", None),
        ("twilio", "VERIFIED", None),
        ("", "VERIFIED", None),
        ("", "all good", None),
        ("", "", None),
        ("nobody", "APPROVED", None),
    ],
)
def test_a_portals_word_is_one_of_the_five_or_nothing(provider, word, expected):
    found = portal_status(word, provider)

    assert (None if isinstance(found, Unread) else found.value) == expected


def test_a_line_is_read():
    read = only("maple-care,T-Mobile,REVIEW,2026-11-29T10:00-08:00,seen in the portal")

    assert isinstance(read, Word)
    assert (read.line, read.campaign, read.tcr_id) == (2, "maple-care", "")
    assert (read.carrier.value, read.status.value) == ("tmobile", "REVIEW")
    assert read.seen_at == datetime(2026, 11, 29, 18, tzinfo=UTC)
    assert read.raw == "REVIEW: seen in the portal"


def test_a_tcr_id_may_stand_where_the_reference_belongs():
    assert only("CABC123,10017,APPROVED,2026-11-29,").tcr_id == "CABC123"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",AT&T,APPROVED,2026-11-29,", "names no campaign"),
        ("c,UScellular,APPROVED,2026-11-29,", "none of AT&T"),
        ("c,AT&T,ACTIVE,2026-11-29,", "ACTIVE alone says nothing"),
        ("c,AT&T,PONDERING,2026-11-29,", "no status that is known"),
        ("c,AT&T,APPROVED,yesterday,", "no day like"),
        ("c,AT&T,APPROVED,2026-11-29T10:00,", "no time zone"),
        ("c,AT&T,APPROVED,2026-12-01,", "in the future"),
        ('c,AT&T,"APPROVED,2026-11-29,', "never closed"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(line, why):
    read = only(line)

    assert isinstance(read, Broken)
    assert why in read.why


def test_letters_that_are_not_utf8_cost_their_line_only():
    content = (
        HEAD.encode()
        + b"c,AT&T,APPROVED,2026-11-29,caf\xe9\nc,att,REVIEW,2026-11-29,\n"
    )

    broken, good = read_table(content, NOW).lines

    assert isinstance(broken, Broken)
    assert isinstance(good, Word)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (HEAD.encode(), "no line below"),
        (b"a,b,c\n1,2,3\n", "lacks the columns"),
        (b"PK\x03\x04", "Excel"),
        (b"x" * 1_100_000, "larger than 1 MB"),
    ],
)
def test_what_is_no_such_table_is_refused_whole(content, why):
    with pytest.raises(Invalid, match=why):
        read_table(content, NOW)


def test_an_excerpt_holds_only_the_lines_that_were_asked_for():
    table = read_table(
        (HEAD + "a,att,REVIEW,2026-11-29,\nb,att,REVIEW,2026-11-29,\n").encode(), NOW
    )

    assert (
        excerpt(table, [table.lines[1]])
        == HEAD.encode() + b"b,att,REVIEW,2026-11-29,\n"
    )
