"""The pace, run ahead of time."""

from datetime import timedelta

from gateway.pace_foretold import foretell
from gateway.throughput import Marks, Span, Waits
from tests.conftest import NOW
from tests.gateway.judging import most_in_a_minute
from tests.gateway.test_throughput import ATT, DAY, TMOBILE, text

HOUR = timedelta(hours=1)


def test_texts_leave_in_the_order_of_their_use_and_never_above_the_cap():
    texts = [text(number, DAY - timedelta(minutes=number)) for number in range(200)]

    said = foretell(texts, {}, NOW, NOW + HOUR)

    left = [said[one.id] for one in sorted(texts, key=lambda one: one.send_until)]
    assert left == sorted(left)
    assert most_in_a_minute(left) <= ATT.open_to_reminders
    assert left[-1] < NOW + timedelta(minutes=3)


def test_what_a_day_has_no_room_for_waits_and_the_nearest_visits_go():
    texts = [text(number, DAY * (1 + number), cap=TMOBILE) for number in range(4)]
    left = {TMOBILE.key: Marks().adding(Span.day, NOW, 1_898)}

    said = foretell(texts, left, NOW, NOW + 8 * HOUR)

    assert [said[number] == NOW for number in range(4)] == [True, True, False, False]
    assert isinstance(said[3], Waits)
    assert said[3].cap is TMOBILE


def test_with_room_everything_leaves_when_it_is_due():
    texts = [text(number, DAY) for number in range(50)]

    assert set(foretell(texts, {}, NOW, NOW + HOUR).values()) == {NOW}
