"""Whose carrier is asked for before a text's hour, and whose is not."""

from datetime import timedelta

import pytest
from sqlmodel import select

from clinics.models import VendorAccount
from consent.models import Grade, Topic
from consent.record import hold, opt_in, opt_out
from consent.standing import lock_line
from gateway.lookup import store
from gateway.lookup_ahead import AGAIN, AHEAD, SILENT, LookupAhead
from gateway.models import CarrierLookup, MessageKind
from gateway.outbox import queue
from gateway.twilio import LookupFailed, Network
from kernel.carriers import Carrier
from tests.conftest import NOW

TOMORROW = NOW + timedelta(hours=30)
HOUR = timedelta(hours=1)
LANDLINE = Network(
    valid=True, line_type="landline", carrier_name="Windstream", mcc=None, mnc=None
)
VERIZON = Network(
    valid=True, line_type="mobile", carrier_name="Verizon Wireless", mcc=None, mnc=None
)


class Twilio:
    """Answers about every phone but the `silent` ones."""

    def __init__(self, *silent, says=VERIZON, of_phone=False):
        self.silent, self.says, self.asked = set(silent), says, []
        self.of_phone = of_phone

    def lookup(self, clinic_id, phone):
        self.asked.append((clinic_id, phone))
        if phone in self.silent:
            return LookupFailed("ConnectionError", of_phone=self.of_phone)
        if callable(self.says):
            return self.says(phone)
        return self.says

    @property
    def phones(self):
        return [phone for _, phone in self.asked]


def phone(number):
    return f"+1206555{number:04d}"


def text(database, place, number, at=TOMORROW, *, says="yes", topic=Topic.care):
    """To a patient who has said something; her phone."""
    hers = phone(number)
    with database.writing() as session:
        lock_line(session, place.clinic_id, hers)
        if says != "nothing":
            opt_in(session, place.clinic_id, hers, Topic.care, Grade.proven, {}, NOW)
        if says == "stop":
            opt_out(session, place.clinic_id, hers, {"method": "text message"}, NOW)
        if says == "held":
            hold(session, place.clinic_id, hers, "reassigned", {}, NOW)
        queue(
            session,
            clinic_id=place.clinic_id,
            number_id=place.number_id,
            phone=hers,
            topic=topic,
            kind=MessageKind.reminder,
            body="See you then.",
            dedupe_key=f"test:{place.clinic_id}:{number}:{at}:{topic}",
            send_from=at,
            send_until=at + HOUR,
            now=NOW,
        )
    return hers


def known(database):
    with database.reading() as session:
        return {row.phone: row for row in session.exec(select(CarrierLookup)).all()}


def test_the_phones_of_tomorrow_are_asked_for_today_the_nearest_first(database, cast):
    later = text(database, cast.maple, 1, TOMORROW + HOUR)
    first = text(database, cast.maple, 2, TOMORROW)
    text(database, cast.maple, 2, TOMORROW + 2 * HOUR)  # two texts, one phone
    other = text(database, cast.birch, 3)
    twilio = Twilio()

    assert LookupAhead().look(database, twilio, NOW) == 3

    assert twilio.asked == [
        (cast.maple.clinic_id, first),
        (cast.maple.clinic_id, later),
        (cast.birch.clinic_id, other),
    ]
    found = known(database)
    assert found.keys() == {later, first, other}
    assert found[first].carrier is Carrier.verizon
    assert found[first].looked_up_at == NOW


def test_a_landline_is_known_the_day_before(database, cast):
    hers = text(database, cast.maple, 1)

    LookupAhead().look(database, Twilio(says=LANDLINE), NOW)

    assert known(database)[hers].textable is False


@pytest.mark.parametrize("says", ["stop", "held", "nothing"])
def test_nobody_is_asked_for_whom_nothing_may_be_sent(database, cast, says):
    text(database, cast.maple, 1, says=says)
    twilio = Twilio()

    assert LookupAhead().look(database, twilio, NOW) == 0
    assert twilio.asked == []


def test_an_opt_in_to_one_topic_is_none_to_another(database, cast):
    text(database, cast.maple, 1, topic=Topic.reviews)
    twilio = Twilio()

    LookupAhead().look(database, twilio, NOW)

    assert twilio.asked == []


def test_what_leaves_later_or_now_is_left_to_its_hour(database, cast):
    text(database, cast.maple, 1, NOW + AHEAD + timedelta(minutes=1))
    text(database, cast.maple, 2, NOW)
    last = text(database, cast.maple, 3, NOW + AHEAD)
    twilio = Twilio()

    LookupAhead().look(database, twilio, NOW)

    assert twilio.phones == [last]


def test_a_phone_is_asked_for_again_before_its_answer_is_too_old(database, cast):
    """30 days, at the hour of the text."""
    old, fresh = text(database, cast.maple, 1), text(database, cast.maple, 2)
    with database.writing() as session:
        for hers, days in ((old, 29), (fresh, 27)):
            at = NOW - timedelta(days=days)
            store(session, cast.maple.clinic_id, hers, LANDLINE, at)
    twilio = Twilio()

    LookupAhead().look(database, twilio, NOW)

    assert twilio.phones == [old]
    assert known(database)[old].carrier is Carrier.verizon


def test_a_phone_without_an_answer_is_asked_for_again_in_an_hour(database, cast):
    silent, other = text(database, cast.maple, 1), text(database, cast.maple, 2)
    twilio, ahead = Twilio(silent), LookupAhead()

    ahead.look(database, twilio, NOW)
    assert twilio.phones == [silent, other]

    ahead.look(database, twilio, NOW + AGAIN - timedelta(seconds=1))
    assert twilio.phones == [silent, other]

    twilio.silent.clear()
    ahead.look(database, twilio, NOW + AGAIN)
    assert twilio.phones == [silent, other, silent]
    assert known(database).keys() == {silent, other}


def test_a_silent_vendor_is_left_alone_and_another_clinic_is_served(database, cast):
    phones = [text(database, cast.maple, number) for number in range(5)]
    other = text(database, cast.birch, 9)
    twilio, ahead = Twilio(*phones), LookupAhead()

    assert ahead.look(database, twilio, NOW) == 1

    assert len(twilio.phones) == SILENT + 1
    assert twilio.phones[-1] == other
    # The others come next, so that no silent phone keeps them waiting.
    twilio.silent -= set(phones[SILENT:])
    assert ahead.look(database, twilio, NOW + timedelta(minutes=1)) == 2


def test_phones_of_which_the_vendor_knows_nothing_keep_no_other_waiting(database, cast):
    """A new process each time, as with `flask tick`."""
    phones = [text(database, cast.maple, number) for number in range(6)]
    twilio = Twilio(*phones[:4], of_phone=True)

    assert LookupAhead().look(database, twilio, NOW) == 2
    assert known(database).keys() == set(phones[4:])


def test_what_another_clock_has_asked_meanwhile_is_not_paid_twice(database, cast):
    first, second = text(database, cast.maple, 1), text(database, cast.maple, 2)

    def meanwhile(phone):
        with database.writing() as session:
            store(session, cast.maple.clinic_id, second, VERIZON, NOW)
        return VERIZON

    twilio = Twilio(says=meanwhile)

    assert LookupAhead().look(database, twilio, NOW) == 1
    assert twilio.phones == [first]


def test_who_says_stop_meanwhile_is_not_asked_for(database, cast):
    first, second = text(database, cast.maple, 1), text(database, cast.maple, 2)

    def meanwhile(phone):
        with database.writing() as session:
            lock_line(session, cast.maple.clinic_id, second)
            opt_out(session, cast.maple.clinic_id, second, {}, NOW)
        return VERIZON

    twilio = Twilio(says=meanwhile)
    LookupAhead().look(database, twilio, NOW)

    assert twilio.phones == [first]


def test_an_odd_answer_of_one_clinic_stops_no_other(database, cast):
    text(database, cast.maple, 1)
    other = text(database, cast.birch, 2)

    def odd(phone):
        if phone != other:
            raise KeyError(phone)
        return VERIZON

    assert LookupAhead().look(database, Twilio(says=odd), NOW) == 1
    assert known(database).keys() == {other}


def test_an_account_that_is_halted_is_not_asked(database, cast):
    text(database, cast.maple, 1)
    with database.writing() as session:
        session.get_one(VendorAccount, cast.maple.clinic_id).halted_since = NOW
    twilio = Twilio()

    LookupAhead().look(database, twilio, NOW)

    assert twilio.asked == []


def test_clinics_have_their_turn_one_after_the_other(database, cast, monkeypatch):
    text(database, cast.maple, 1)
    text(database, cast.birch, 2)
    ahead, twilio = LookupAhead(), Twilio()
    monkeypatch.setattr("gateway.lookup_ahead.SECONDS", -1.0)
    assert ahead.look(database, twilio, NOW) == 0
    monkeypatch.setattr("gateway.lookup_ahead.SECONDS", 20.0)
    ahead.after = cast.maple.clinic_id

    ahead.look(database, twilio, NOW)

    assert [clinic for clinic, _ in twilio.asked] == [
        cast.birch.clinic_id,
        cast.maple.clinic_id,
    ]
