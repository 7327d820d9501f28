"""A text that somebody takes back while it is on its way to the vendor."""

from datetime import timedelta

import pytest

from gateway import outbox
from gateway.models import Message, MessageKind, State
from gateway.twilio import NotSent, Refused
from tests.conftest import NOW
from tests.gateway.test_slowed_down import Taking, complete, due, worker

WHY = "The visit was changed."
LATER = NOW + timedelta(minutes=2)
REMINDER, UPDATE = MessageKind.reminder, MessageKind.update


class TakenBack(Taking):
    """Somebody takes the first text back while Twilio thinks about it."""

    def __init__(self, database, outcome):
        super().__init__()
        self.database, self.outcome = database, outcome

    def send(self, text):
        accepted = super().send(text)
        if len(self.taken) > 1:
            return accepted
        ids = [int(text.status_callback.rpartition("/")[2])]
        with self.database.writing() as session:
            assert outbox.withdraw(session, ids, WHY, NOW) == 0  # it may be out
        return self.outcome or accepted


def text_of(database, message_id):
    with database.reading() as session:
        return session.get_one(Message, message_id)


@pytest.mark.parametrize(
    ("kind", "ends"), [(REMINDER, State.expired), (UPDATE, State.withdrawn)]
)
@pytest.mark.parametrize("outcome", [NotSent("refused connection"), Refused("20429")])
def test_what_the_vendor_did_not_take_is_not_tried_again(
    database, cast, outcome, kind, ends
):
    (message_id,) = due(database, cast.maple, range(1), kind=kind)
    vendor = TakenBack(database, outcome)
    worker(database, vendor).run_once(limit=10)

    complete(database, cast.maple, LATER)
    worker(database, vendor, now=LATER).run_once(limit=10)

    text = text_of(database, message_id)
    assert len(vendor.taken) == 1
    assert (text.state, text.outcome) == (ends, WHY)


def test_what_the_vendor_took_has_left_and_nobody_is_told_otherwise(database, cast):
    (message_id,) = due(database, cast.maple, range(1))

    worker(database, TakenBack(database, None)).run_once(limit=10)

    text = text_of(database, message_id)
    assert (text.state, text.outcome) == (State.accepted, None)


def test_what_is_decided_anew_before_it_is_handed_over_stays_here(database, cast):
    (message_id,) = due(database, cast.maple, range(1))
    vendor = Taking()
    slow = worker(database, vendor)
    with database.writing() as session:
        text = session.get_one(Message, message_id)
        text.state, text.lease_owner = State.submitting, slow.owner
    with database.writing() as session:
        outbox.withdraw(session, [message_id], WHY, NOW)

    assert slow._attempt(message_id, again=True) is None

    assert text_of(database, message_id).state is State.expired
