from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clinics.models import TaskKind
from consent.standing import Word
from gateway.answers import Consent, Heard, answer
from gateway.intent import Context, read
from gateway.models import MessageKind as Kind
from gateway.models import Permit
from registration.models import WhoReplies

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)


def heard(body: str, standing: Word = Word.opted_in, **more) -> Heard:
    open_visit = more.get("open_visit", False)
    context = Context(
        standing=standing.value, open_prompt="visit" if open_visit else None
    )
    clear = Heard(
        body=body,
        reading=read(body, context),
        opt_out_type=None,
        replayed=False,
        who_replies=WhoReplies.gateway,
        standing=standing,
        held=False,
        asked=False,
        open_visit=False,
        stop_may_be_newer=False,
        confirmed_at=None,
        not_monitored_at=None,
        replies_last_hour=0,
        now=NOW,
    )
    return replace(clear, **more)


# (text, standing, what else) -> (consent, reply, task).  Contract section 9.
TABLE = [
    ("START", Word.none, {}, (Consent.opt_in, Kind.opt_in_confirmation, None)),
    ("START", Word.pending, {}, (Consent.opt_in, Kind.opt_in_confirmation, None)),
    ("UNSTOP", Word.opted_out, {}, (Consent.opt_in, Kind.opt_in_confirmation, None)),
    ("START", Word.opted_in, {}, (Consent.unchanged, Kind.opt_in_confirmation, None)),
    ("YES", Word.opted_out, {}, (Consent.opt_in, Kind.opt_in_confirmation, None)),
    ("YES", Word.pending, {}, (Consent.opt_in, Kind.opt_in_confirmation, None)),
    ("YES", Word.opted_in, {}, (Consent.unchanged, Kind.not_monitored, None)),
    ("YES", Word.none, {}, (Consent.unchanged, None, None)),
    ("STOP", Word.none, {}, (Consent.opt_out, Kind.stop_confirmation, None)),
    ("STOP", Word.opted_in, {}, (Consent.opt_out, Kind.stop_confirmation, None)),
    ("ALTO", Word.opted_in, {}, (Consent.opt_out, Kind.stop_confirmation, None)),
    (
        "CANCEL",
        Word.opted_in,
        {},
        (Consent.opt_out, Kind.stop_confirmation, TaskKind.visit_word),
    ),
    ("HELP", Word.opted_out, {}, (Consent.unchanged, Kind.help, None)),
    ("INFO", Word.none, {}, (Consent.unchanged, Kind.help, None)),
    (
        "wrong number",
        Word.opted_in,
        {},
        (Consent.hold, None, TaskKind.reassigned),
    ),
    (
        "can you stop by at 3",
        Word.opted_in,
        {},
        (Consent.unchanged, Kind.not_monitored, None),
    ),
    (
        "do you ever stop or what",
        Word.opted_in,
        {},
        (Consent.hold, None, TaskKind.unsure_reply),
    ),
    (
        "call 911 I have chest pain",
        Word.opted_in,
        {},
        (Consent.unchanged, Kind.emergency, TaskKind.emergency),
    ),
    ("see you then", Word.opted_in, {}, (Consent.unchanged, Kind.not_monitored, None)),
    ("see you then", Word.opted_out, {}, (Consent.unchanged, None, None)),
    ("C", Word.opted_in, {}, (Consent.unchanged, Kind.not_monitored, None)),
]


@pytest.mark.parametrize(("body", "standing", "more", "expected"), TABLE)
def test_what_a_text_does(body, standing, more, expected) -> None:
    decided = answer(heard(body, standing, **more))

    consent, reply, task = expected
    assert (decided.consent, decided.reply) == (consent, reply)
    assert decided.tasks == ((task,) if task else ())


@pytest.mark.parametrize("body", ["C", "X", "R", "YES"])
def test_a_letter_speaks_of_the_visit_only_while_one_is_open(body) -> None:
    assert answer(heard(body, open_visit=True)).visit
    assert not answer(heard(body, open_visit=False)).visit
    assert not answer(heard(body, Word.opted_out, open_visit=True)).visit


@pytest.mark.parametrize(
    ("mode", "opt_out_type", "replies"),
    [
        (WhoReplies.gateway, None, {"STOP", "HELP", "START", "ALTO", "stop please"}),
        (WhoReplies.vendor_default, None, {"START", "ALTO"}),
        (WhoReplies.vendor_advanced, "by word", set()),
        (WhoReplies.vendor_advanced, None, {"STOP", "HELP", "START", "ALTO"}),
    ],
)
def test_the_vendor_and_we_never_both_answer(mode, opt_out_type, replies) -> None:
    for body in ("STOP", "HELP", "START", "ALTO"):
        vendor_word = body if body != "ALTO" else "STOP"
        seen = opt_out_type and vendor_word
        decided = answer(heard(body, Word.none, who_replies=mode, opt_out_type=seen))
        assert bool(decided.reply) == (body in replies), body


@pytest.mark.parametrize("body", ["START", "HELP", "STOP"])
def test_a_word_found_in_the_list_was_answered_by_the_vendor_long_ago(body) -> None:
    advanced = {"who_replies": WhoReplies.vendor_advanced, "replayed": True}

    assert answer(heard(body, Word.none, **advanced)).reply is None
    assert answer(heard("ALTO", Word.none, **advanced)).reply


def test_the_stop_confirmation_and_help_carry_their_permit() -> None:
    assert answer(heard("STOP")).permit is Permit.stop_confirmation
    assert answer(heard("HELP")).permit is Permit.help
    assert answer(heard("START", Word.none)).permit is None


def test_a_stop_that_either_of_us_reads_is_a_stop() -> None:
    vendor = answer(heard("basta ya de esto", opt_out_type="STOP"))
    ours = answer(heard("STOP", opt_out_type="START"))

    assert vendor.consent is ours.consent is Consent.opt_out


def test_a_start_that_came_late_does_not_undo_a_newer_stop() -> None:
    late = answer(heard("START", Word.opted_out, stop_may_be_newer=True))

    assert late.consent is Consent.unchanged
    assert late.tasks == (TaskKind.unsure_reply,)


def test_two_machines_that_answer_each_other_stop_but_the_word_still_counts() -> None:
    loop = answer(heard("STOP", replies_last_hour=10))

    assert (loop.consent, loop.reply) == (Consent.opt_out, None)


def test_the_confirmation_is_repeated_once_an_hour_and_the_notice_twice_a_day() -> None:
    minutes, hours = timedelta(minutes=59), timedelta(hours=11, minutes=59)

    assert answer(heard("START", confirmed_at=NOW - minutes)).reply is None
    assert answer(heard("START", confirmed_at=NOW - 2 * minutes)).reply
    assert answer(heard("hello", not_monitored_at=NOW - hours)).reply is None
    assert answer(heard("hello", not_monitored_at=NOW - 2 * hours)).reply


def test_a_stop_word_beside_an_emergency_holds_and_alarms() -> None:
    both = answer(heard("please stop, call 911"))

    assert (both.consent, both.tasks) == (Consent.opt_out, (TaskKind.emergency,))
    doubted = answer(heard("I want it to stop or call 911"))
    assert doubted.consent is Consent.hold
    assert doubted.tasks == (TaskKind.emergency, TaskKind.unsure_reply)


def test_start_settles_a_hold_and_is_answered() -> None:
    settled = answer(heard("START", held=True))

    assert settled.consent is Consent.opt_in
    assert settled.reply is Kind.opt_in_confirmation


@pytest.mark.parametrize(
    ("standing", "visit"), [(Word.opted_in, True), (Word.none, False)]
)
def test_yes_means_what_the_context_says_whatever_the_vendor_reads(
    standing, visit
) -> None:
    decided = answer(
        heard(
            "YES",
            standing,
            open_visit=True,
            opt_out_type="START",
            who_replies=WhoReplies.vendor_advanced,
        )
    )

    assert decided.consent is Consent.unchanged
    assert (decided.visit, decided.reply, decided.silent) == (visit, None, True)
