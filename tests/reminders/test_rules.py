"""What somebody assumes, in words."""

from datetime import time

import pytest

from gateway.quiet_hours import Window
from kernel.carriers import Carrier
from kernel.errors import Invalid
from registration.status import Status
from reminders.rules import Assumed, read_assumed


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], Assumed()),
        (["att=active"], Assumed(cells={Carrier.att: Status.ACTIVE})),
        (["window=10:00-18:00"], Assumed(window=Window(time(10), time(18)))),
        (["offsets=2h,3d,1d"], Assumed(offsets=(4320, 1440, 120))),
        (["reminders=off"], Assumed(on=False)),
    ],
)
def test_an_assumption_is_read_from_its_words(words, found):
    assert read_assumed(words) == found
    assert read_assumed(found.words()) == found
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("att", "assumes nothing"),
        ("att=YES", "AT&T has no status 'YES'"),
        ("uscellular=ACTIVE", "nothing that can be assumed"),
        ("window=nine", "are no hours"),
        ("window=09:00+01:00-18:00", "are no hours"),
        ("window=06:00-18:00", "is not within that"),
        ("offsets=soon", "are no reminders of a visit"),
        ("offsets=30d", "between one hour and 14 days"),
        ("reminders=perhaps", "nothing that can be assumed"),
    ],
)
def test_what_cannot_be_assumed_is_said(words, why):
    with pytest.raises(Invalid, match=why):
        read_assumed([words])
