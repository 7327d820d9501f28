"""The rows that the gate reads and the ledger that auditors read say the same."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from consent import record
from consent.at_time import at_time
from consent.attest import attest
from consent.history import history
from consent.models import ConsentDetail, EventKind, Grade, Topic
from consent.replay import replay
from consent.standing import Word, line_state, lock_line
from kernel.clock import FixedClock
from kernel.phone import masked
from tests.consent.conftest import NOW, PAT
from tests.pages import visitor, words

ZONE = "America/Los_Angeles"
HERE = "/audit/maple-dental"
AUDITOR, DESK = "auditor@maple-dental.example", "desk@maple-dental.example"
FACTS = {"method": "text message", "words": "x"}

topics = some.sampled_from(list(Topic))
steps = some.one_of(
    some.tuples(some.just("opt_in"), topics),
    some.tuples(some.just("request"), topics),
    some.tuples(some.just("asserted"), topics),
    some.tuples(some.sampled_from(["stop", "block", "hold", "release"]), some.none()),
)


def do(session, clinic, step, at):
    what, topic = step
    lock_line(session, clinic, PAT)
    if what == "opt_in":
        record.opt_in(session, clinic, PAT, topic, Grade.recorded, FACTS, at)
    elif what == "request":
        record.request_opt_in(session, clinic, PAT, topic, FACTS, at)
    elif what == "asserted":
        record.record_asserted(session, clinic, PAT, topic, FACTS, at)
    elif what == "hold":
        record.hold(session, clinic, PAT, "unsure", FACTS, at)
    elif what == "release":
        record.release_hold(session, clinic, PAT, "desk", "read it", at)
    else:
        kind = EventKind.opt_out if what == "stop" else EventKind.vendor_block
        record.opt_out(session, clinic, PAT, FACTS, at, kind)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(done=some.lists(steps, max_size=12))
def test_the_ledger_alone_says_what_the_rows_say(database, cast, done):
    clinic = cast.maple.clinic_id
    with database.writing() as session:
        attest(session, clinic, "admin@maple-dental.example", "Told.", NOW)
        for number, step in enumerate(done):
            do(session, clinic, step, NOW + timedelta(minutes=number))

            replayed = replay(history(session, clinic, PAT))
            for topic in Topic:
                row = line_state(session, clinic, PAT, topic)
                assert replayed.word(topic) is row.word
                assert bool(replayed.held_seq) is row.held
                may = row.word is Word.opted_in and not row.held
                assert replayed.allowed(topic) is may
        session.rollback()


@pytest.fixture
def told(database, cast):
    """Yes at 10:00, stop at 10:10, yes again at 10:20, in doubt at 10:30."""
    with database.writing() as session:
        order = [("opt_in", Topic.care), ("stop", None)] * 2
        order[3] = ("hold", None)
        for number, step in enumerate(order):
            at = NOW + timedelta(minutes=10 * number)
            do(session, cast.maple.clinic_id, step, at)


@pytest.mark.parametrize(
    ("minutes", "allowed", "because"),
    [
        (-1, False, "nobody had agreed to texts"),
        (0, True, "consent had been given (record 1, recorded)"),
        (9, True, "consent had been given (record 1, recorded)"),
        (10, False, "texts had been stopped (record 2)"),
        (25, True, "consent had been given (record 3, recorded)"),
        (30, False, "the number was held until a person decides (record 4)"),
    ],
)
def test_every_moment_has_its_answer_and_its_record(
    database, cast, told, minutes, allowed, because
):
    with database.reading() as session:
        moment = NOW + timedelta(minutes=minutes)
        then = at_time(session, cast.maple.clinic_id, PAT, moment, ZONE)

    care = then.answers[0]
    assert (care.topic, care.allowed) == (Topic.care, allowed)
    assert care.sentence.endswith(f"be texted about appointments and care: {because}.")
    assert not any(answer.allowed for answer in then.answers[1:])


def test_a_damaged_record_allows_nothing(database, cast, told):
    with database.writing() as session:
        kept = session.get(ConsentDetail, (cast.maple.clinic_id, 1))
        kept.detail = kept.detail.replace("recorded", "proven")
        session.flush()
        then = at_time(session, cast.maple.clinic_id, PAT, NOW, ZONE)

    assert not then.answers[0].allowed
    assert "record 1 is damaged" in then.answers[0].sentence


def test_an_auditor_asks_for_a_moment_by_a_record_of_the_phone(pages, told):
    pages.extensions["heed"].clock = FixedClock(NOW + timedelta(hours=1))
    auditor = visitor(pages, AUDITOR)

    first = words(auditor.get(f"{HERE}/moment/1"))
    page = auditor.get(f"{HERE}/moment/1?day=2026-11-30&time=10:15")

    assert f"Could the phone {masked(PAT)} be texted" in first
    assert "this phone could not be texted about appointments" in words(page)
    assert "texts had been stopped (record 2)" in words(page)
    assert "2 records were made since and do not count." in words(page)
    assert PAT not in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("day=&time=09:00", "Choose the day."),
        ("day=x&time=09:00", "This is no day."),
        ("day=2026-11-30&time=10:01", "That moment is still to come."),
        ("day=2026-12-01&time=9", "Write the time like 09:00"),
        ("day=2026-12-01&time=09:00%2B02:00", "Write the time like 09:00"),
    ],
)
def test_a_moment_that_is_none_is_refused_in_a_sentence(pages, told, asked, sentence):
    answer = visitor(pages, AUDITOR).get(f"{HERE}/moment/1?{asked}")

    assert answer.status_code == 400
    assert sentence in words(answer)


def test_a_moment_of_another_clinics_record_is_not_there(pages, told):
    auditor = visitor(pages, "auditor@birch-eye.example")

    assert auditor.get("/audit/birch-eye/moment/1").status_code == 404
    assert visitor(pages, DESK).get(f"{HERE}/moment/1").status_code == 404
