from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from gateway import conversations
from gateway.conversations import TooLate
from gateway.models import ArrivedBy, Conversation
from kernel import faults
from kernel.errors import NotFound
from kernel.schema import MIGRATIONS
from tests.conftest import NOW, PAT
from tests.texted import conversation, texts

MINUTE = timedelta(minutes=1)
DESK, OTHER = "desk@maple-dental.example", "admin@maple-dental.example"


WAITS = {
    "START": False,
    "STOP": False,
    "STOP please": False,
    "HELP": False,
    "CANCEL": True,
    "C": True,  # no visit was asked about, so it confirms none
    "yes": True,
    "see you soon": True,
    "please stop calling my mother": False,
    "not interested": True,
    "wrong number": True,
    "I have chest pain": True,
    "Liked “Maple Dental: your visit is tomorrow.”": False,
    "": True,
    None: True,  # the vendor no longer shows the words
}


def test_a_text_waits_for_a_person_unless_it_was_settled_whole(database, cast):
    phones = {f"+12065550{number:03}": body for number, body in enumerate(WAITS)}

    for phone, body in phones.items():
        texts(database, cast.maple, body, phone=phone)

    found = {phone: conversation(database, cast.maple, phone) for phone in phones}
    since = {phones[phone]: row.waiting_since for phone, row in found.items()}
    assert since == {body: NOW if waits else None for body, waits in WAITS.items()}


def test_what_waits_goes_on_waiting_since_the_first_of_its_texts(database, cast):
    texts(database, cast.maple, "are you open today?")
    texts(database, cast.maple, "hello?", at=NOW + MINUTE)
    last = texts(database, cast.maple, "STOP", at=NOW + 2 * MINUTE)

    found = conversation(database, cast.maple)
    assert found.waiting_since == NOW
    assert (found.last_inbound_id, found.last_at) == (last, NOW + 2 * MINUTE)


def test_each_clinic_has_its_own_conversation_with_a_phone(database, cast):
    texts(database, cast.maple, "hello")
    texts(database, cast.birch, "STOP")

    assert conversation(database, cast.maple).waiting_since is not None
    assert conversation(database, cast.birch).waiting_since is None


def test_a_text_that_the_reconciler_brings_waits_since_she_wrote_it(database, cast):
    written = NOW - timedelta(hours=5)
    late = {"arrived_by": ArrivedBy.reconciler, "vendor_at": written}
    phones = {"+12065550101": "hello", "+12065550102": "HELP", "+12065550103": "STOP"}

    for phone, body in phones.items():
        texts(database, cast.maple, body, phone=phone, **late)

    found = [conversation(database, cast.maple, phone) for phone in phones]
    assert [row.waiting_since for row in found] == [written, written, None]


def test_a_text_whose_reading_failed_waits(database, cast):
    faults.arm("i5r:raise")
    try:
        texts(database, cast.maple, "STOP")
    finally:
        faults.arm("")

    assert conversation(database, cast.maple).waiting_since == NOW


def test_a_text_that_came_after_the_page_was_drawn_is_not_done_with_it(database, cast):
    seen = texts(database, cast.maple, "hello")
    texts(database, cast.maple, "are you there?", at=NOW + MINUTE)
    place = (cast.maple.clinic_id, PAT)

    with database.writing() as session:
        refused = conversations.finish(session, *place, DESK, seen, NOW + 2 * MINUTE)

    assert isinstance(refused, TooLate)
    assert "Another text" in refused.why
    assert conversation(database, cast.maple).waiting_since == NOW


def test_a_text_after_done_waits_again(database, cast):
    seen = texts(database, cast.maple, "hello")
    place = (cast.maple.clinic_id, PAT)
    with database.writing() as session:
        assert conversations.take(session, *place, DESK, None, NOW) is None
        assert conversations.finish(session, *place, DESK, seen, NOW) is None
    done = conversation(database, cast.maple)

    texts(database, cast.maple, "one more thing", at=NOW + MINUTE)

    assert (done.waiting_since, done.assigned_to, done.done_by) == (None, None, DESK)
    assert conversation(database, cast.maple).waiting_since == NOW + MINUTE


def test_of_two_who_take_it_the_second_is_told_of_the_first(database, cast):
    texts(database, cast.maple, "hello")
    place = (cast.maple.clinic_id, PAT)

    with database.writing() as session:
        first = conversations.take(session, *place, DESK, None, NOW)
        again = conversations.take(session, *place, DESK, None, NOW)
        second = conversations.take(session, *place, OTHER, None, NOW)
        over = conversations.take(session, *place, OTHER, DESK, NOW)

    assert (first, again, over) == (None, None, None)
    assert DESK in second.why
    assert conversation(database, cast.maple).assigned_to == OTHER


def test_only_who_has_it_gives_it_back(database, cast):
    texts(database, cast.maple, "hello")
    place = (cast.maple.clinic_id, PAT)

    with database.writing() as session:
        conversations.take(session, *place, DESK, None, NOW)
        refused = conversations.give_back(session, *place, OTHER)
        given = conversations.give_back(session, *place, DESK)

    assert DESK in refused.why
    assert given is None
    assert conversation(database, cast.maple).assigned_to is None


def test_what_is_put_back_waits_from_now(database, cast):
    texts(database, cast.maple, "HELP")
    place = (cast.maple.clinic_id, PAT)

    with database.writing() as session:
        conversations.reopen(session, *place, NOW + MINUTE)
        conversations.reopen(session, *place, NOW + 2 * MINUTE)

    assert conversation(database, cast.maple).waiting_since == NOW + MINUTE


def test_another_clinics_conversation_is_not_found(database, cast):
    texts(database, cast.maple, "hello")

    with database.writing() as session, pytest.raises(NotFound):
        conversations.reopen(session, cast.birch.clinic_id, PAT, NOW)


def test_texts_from_before_the_inbox_get_a_conversation_that_does_not_wait(
    database, cast
):
    texts(database, cast.maple, "hello")
    last = texts(database, cast.maple, "hello again", at=NOW + MINUTE)
    texts(database, cast.birch, "hello")
    with database.writing() as session:
        session.connection().execute(sa.delete(Conversation))
        with Operations.context(MigrationContext.configure(session.connection())):
            _migration()._conversations_of_texts()

    found = conversation(database, cast.maple)
    assert (found.last_inbound_id, found.waiting_since) == (last, None)
    assert found.last_at == NOW + MINUTE
    assert conversation(database, cast.birch) is not None


def _migration():
    file = MIGRATIONS / "versions/0002_the_first_clinic_at_work.py"
    spec = spec_from_file_location("the_first_clinic_at_work", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
