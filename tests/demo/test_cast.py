import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from clinics.models import Language
from demo import cast
from demo.visits import DAY, appointments_csv, good_moment
from gateway.quiet_hours import is_open
from kernel import phone as phones
from registration.models import WhoReplies, WordingKind
from reminders.rendering import check

FICTIONAL = re.compile(r"\+1[2-9]\d{2}55501\d{2}")
REVIEW = WordingKind.review_request
LOS_ANGELES = "America/Los_Angeles"


def test_nobody_is_real() -> None:
    given = [row.phone for row in (*cast.patients(), *cast.numbers(), *cast.clinics())]

    assert all(FICTIONAL.fullmatch(phone) for phone in given)
    assert all(isinstance(phones.read(phone), phones.Phone) for phone in given)


def test_the_cast_covers_carriers_lines_languages_and_consents() -> None:
    people = cast.patients()
    by_phone = [person.phone for person in people]

    assert len(people) >= 30
    assert {"att", "tmobile", "verizon", "uscellular", "other"} <= {
        person.carrier for person in people
    }
    assert {"mobile", "landline", "nonFixedVoip"} <= {one.line_type for one in people}
    assert {one.language for one in people} == {"en", "es"}
    assert {one.consent for one in people} == {"none", "recorded", "asserted"}
    assert any(by_phone.count(phone) == 2 for phone in by_phone)


def test_maple_shows_each_way_of_answering_keywords() -> None:
    maple = {one.who_replies for one in cast.numbers() if one.clinic == "maple-dental"}

    assert maple == {word.value for word in WhoReplies}


def test_nobody_is_asked_for_a_review_because_no_campaign_of_the_demo_covers_it() -> (
    None
):
    assert REVIEW not in {row.kind for row in cast.wordings()}


@pytest.mark.parametrize("kind", sorted(set(WordingKind) - {REVIEW}))
@pytest.mark.parametrize("language", Language)
def test_every_kind_of_text_has_words_in_each_language(
    kind: WordingKind, language: Language
) -> None:
    texts = [
        row.text
        for row in cast.wordings()
        if (row.kind, row.language) == (kind.value, language.value)
    ]

    assert len(texts) == 1
    assert "cancel" not in texts[0].lower()
    assert check(texts[0], language, kind) == []


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2026-11-30T10:00", "2026-11-30T10:00"),
        ("2026-11-30T19:45", "2026-12-01T09:05"),
        ("2026-11-30T23:00", "2026-12-01T09:05"),
        ("2026-11-30T08:00", "2026-11-30T09:05"),
        ("2026-11-29T09:30", "2026-11-29T12:05"),  # a Sunday
    ],
)
def test_a_demo_started_when_nothing_may_be_sent_begins_when_it_may(
    now: str, shown: str
) -> None:
    zone = ZoneInfo(LOS_ANGELES)
    started = datetime.fromisoformat(now).replace(tzinfo=zone).astimezone(UTC)

    begun = good_moment(LOS_ANGELES, DAY, started)

    assert f"{begun.astimezone(zone):%Y-%m-%dT%H:%M}" == shown
    assert is_open(begun, (LOS_ANGELES,), DAY)


@pytest.mark.parametrize("hour", [0, 9, 12, 19, 23])
def test_visits_called_soon_are_less_than_a_day_away(hour: int) -> None:
    now = datetime(2026, 11, 30, hour, 5, tzinfo=ZoneInfo(LOS_ANGELES))
    soon = [one for one in cast.patients() if one.visit_time == "soon"]

    rows = appointments_csv(soon, LOS_ANGELES, now).decode().splitlines()[1:]

    starts = [
        datetime.fromisoformat(row.split(",")[6]).replace(tzinfo=now.tzinfo)
        for row in rows
    ]
    assert len(starts) == len(soon)
    if hour >= 9:
        assert all((start - now).total_seconds() < 24 * 3600 for start in starts)
    assert all(8 <= start.hour <= 17 for start in starts)
