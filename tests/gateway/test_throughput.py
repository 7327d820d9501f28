"""The rule of the pace, without a database: caps, windows, queues, words."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from consent.models import Topic
from gateway.throughput import (
    MINUTE,
    SLACK,
    Cap,
    Marks,
    Queue,
    Sender,
    Span,
    Waiting,
    caps_of,
    next_pacific_day,
    pacific_day,
    turn,
)
from kernel.carriers import Carrier
from tests.conftest import NOW

ATT = Cap(
    key="att campaign 1",
    carrier=Carrier.att,
    limit=75,
    segments=False,
    span=Span.minute,
    per="campaign",
)
TMOBILE = Cap(
    key="tmobile EIN 12",
    carrier=Carrier.tmobile,
    limit=2_000,
    segments=True,
    span=Span.day,
    per="EIN",
)
SENDER = Sender(
    number_id=7,
    campaign_id=1,
    brand="123456789",
    use_case="ACCOUNT_NOTIFICATION",
    score=None,
    att_class=None,
    tmobile_tier=None,
)
DAY = timedelta(days=1)


def text(number, useful_for, segments=1, topic=Topic.care, cap=ATT):
    return Waiting(
        id=number,
        topic=topic,
        send_from=NOW,
        send_until=NOW + useful_for,
        segments=segments,
        caps=(cap,),
    )


@pytest.mark.parametrize(
    ("carrier", "keys"),
    [
        (Carrier.att, ["att campaign 1"]),
        (Carrier.tmobile, ["tmobile EIN 123456789"]),
        (Carrier.verizon, ["verizon number 7"]),
        *(
            (
                unsure,
                [
                    "att campaign 1",
                    "other campaign 1",
                    "tmobile EIN 123456789",
                    "verizon number 7",
                ],
            )
            for unsure in (Carrier.unknown, Carrier.other, Carrier.uscellular)
        ),
    ],
)
def test_a_phone_counts_at_its_carrier_and_one_of_no_known_carrier_at_each(
    carrier, keys
):
    assert [cap.key for cap in caps_of(SENDER, carrier)] == keys


@pytest.mark.parametrize(
    ("said", "att", "tmobile"),
    [
        ({}, 75, 2_000),
        ({"score": 80}, 4_500, 200_000),
        ({"score": 80, "att_class": "E", "tmobile_tier": "LOW_MID"}, 240, 10_000),
        ({"att_class": "C", "tmobile_tier": "HIGH_MID"}, 2_400, 40_000),
        ({"score": 30, "att_class": "?", "tmobile_tier": "?"}, 240, 10_000),
        ({"use_case": "NEW_ONE", "score": None}, 75, 2_000),
        ({"use_case": "LOW_VOLUME", "score": 80}, 75, 2_000),
    ],
)
def test_the_limits_follow_the_trust_score_and_the_registrys_own_word_comes_first(
    said, att, tmobile
):
    """R54"""
    values = {name: getattr(SENDER, name) for name in Sender.__slots__} | said

    found = caps_of(Sender(**values), Carrier.unknown)

    limits = {cap.carrier: cap.limit for cap in found}
    assert (limits[Carrier.att], limits[Carrier.tmobile]) == (att, tmobile)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("limit", [2, 15, 75])
def test_no_minute_wherever_it_begins_has_more_than_the_cap(limit, seed):
    """Also as the vendor sees it, who takes each text up to four seconds later."""
    dice = random.Random(seed)
    marks, left, now = Marks(), [], NOW
    for _ in range(600):
        now += timedelta(milliseconds=dice.choice([0, 0, 5, 40, 300, 900, 20_000]))
        if marks.used(Span.minute, now) < limit:
            marks = Marks.read(str(marks.adding(Span.minute, now, 1)))
            left.append(now + SLACK * dice.random())
    left.sort()

    most = max(
        sum(1 for other in left[place:] if other - first <= MINUTE)
        for place, first in enumerate(left)
    )

    assert len(left) > limit  # it went on after the first minute
    assert most <= limit


def test_a_minute_later_there_is_room_again():
    marks = Marks().adding(Span.minute, NOW, 75)

    assert marks.used(Span.minute, NOW + MINUTE) == 75
    assert marks.used(Span.minute, NOW + MINUTE + SLACK + timedelta(seconds=2)) == 0


PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-11-30", 24), ("2026-03-08", 23), ("2026-11-01", 25)],
)
def test_t_mobiles_day_ends_at_midnight_pacific_also_when_the_clocks_change(day, hours):
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=PACIFIC)

    begins, ends = pacific_day(noon.astimezone(UTC))

    assert (ends - begins) == timedelta(hours=hours)
    assert begins.astimezone(PACIFIC).isoformat()[:16] == f"{day}T00:00"
    assert next_pacific_day(noon) == ends


def test_the_days_count_begins_anew_at_midnight_and_a_late_text_counts_for_both():
    _, midnight = pacific_day(NOW)
    marks = Marks().adding(Span.day, NOW, 1_900)

    marks = marks.adding(Span.day, midnight - timedelta(seconds=1), 30)

    assert marks.used(Span.day, midnight - timedelta(seconds=5)) == 1_930
    assert marks.used(Span.day, midnight) == 30


def test_what_did_not_leave_is_given_back():
    marks = Marks().adding(Span.day, NOW, 3).adding(Span.day, NOW, -3)

    assert marks.used(Span.day, NOW) == 0


def queue(texts, cap=ATT, used=0):
    return {cap.key: Queue.of(cap, texts, used)}


def may_leave(one, queues, now=NOW):
    return turn(one.place, one.segments, one.caps, queues, now) is None


def test_where_a_cap_is_short_the_text_goes_first_whose_use_ends_first():
    texts = [text(number, timedelta(hours=100 - number)) for number in range(80)]
    queues = queue(texts, used=70)  # 75 less 3 for answers, less 70: room for two

    leaving = [one.id for one in texts if may_leave(one, queues)]

    assert leaving == [78, 79]


def test_care_goes_before_reviews_whatever_its_hour():
    care = text(1, DAY * 3)
    review = text(2, timedelta(hours=1), topic=Topic.reviews)
    queues = queue([care, review], used=71)

    assert may_leave(care, queues)
    assert not may_leave(review, queues)


def test_segments_count_where_the_carrier_counts_them():
    texts = [text(number, DAY * (1 + number), 3, cap=TMOBILE) for number in range(5)]
    queues = queue(texts, TMOBILE, used=1_890)  # of 1,900: room for three texts

    assert [may_leave(one, queues) for one in texts] == [True] * 3 + [False] * 2


def test_a_text_that_came_after_the_look_has_its_place_all_the_same():
    queues = queue([text(number, DAY) for number in range(10)], used=70)

    assert may_leave(text(99, timedelta(hours=1)), queues)
    assert not may_leave(text(99, DAY * 2), queues)


def test_each_cap_of_a_phone_must_have_room():
    caps = (ATT, TMOBILE)
    full = {ATT.key: Queue((), (), 75), TMOBILE.key: Queue((), (), 0)}

    waits = turn(text(1, DAY).place, 1, caps, full, NOW)

    assert waits is not None
    assert waits.cap is ATT
    assert turn(text(1, DAY).place, 1, caps, {}, NOW) is None
