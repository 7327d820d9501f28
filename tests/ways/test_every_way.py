"""Every way into consent and out of it, in any order, on both databases; and for each
step a planted mistake that must be found."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from clinics.models import Language
from consent import at_desk, record
from consent.attest import attest
from consent.disclosures import publish
from consent.standing import NOBODY, Word, line_state
from gateway import hearing, inbound, missed, opt_in_answers, opt_in_requests, sent
from gateway.intent import Intent
from registration.models import Campaign, WordingKind
from registration.wordings import add as add_wording
from reminders import patients
from tests.conftest import NOW
from tests.ways.life import machine

OFFERS = "{clinic}: reply YES to get texts about {topics}. STOP to opt out."


@pytest.fixture
def life(database, cast):
    """Maple has words for every way, and a campaign that covers every topic."""
    maple = cast.maple
    with database.writing() as session:
        attest(session, maple.clinic_id, "admin@maple-dental.example", "Told.", NOW)
        for kind in ("web", "paper", "verbal"):
            publish(session, maple.clinic_id, kind, "en", f"We may text ({kind}).", NOW)
        campaign = session.get_one(Campaign, maple.campaign_id)
        campaign.use_case = "MIXED"
        campaign.sub_use_cases = ["CUSTOMER_CARE", "MARKETING"]
        kind = WordingKind.opt_in_request
        ids = (maple.clinic_id, maple.campaign_id)
        add_wording(session, *ids, kind, Language.en, OFFERS, NOW)
    return machine(database, cast, NOW)


def run(life, examples, steps, *, fixed):
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=fixed,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,) if fixed else tuple(Phase),
            report_multiple_bugs=False,
            print_blob=False,
        ),
    )


@pytest.mark.parametrize(
    ("examples", "steps"),
    [(6, 15), pytest.param(150, 30, marks=pytest.mark.slow)],
)
def test_no_order_of_ways_lets_a_text_pass_a_stop(life, examples, steps):
    run(life, examples, steps, fixed=examples == 6)


def nothing(*_args, **_more):
    return 0


def seen_now(real):
    """Staff's page is taken for fresh, whatever came in since it was opened."""

    def record_said(session, whose, said, language, now):
        seen = line_state(session, whose.clinic_id, whose.phone).stopped_seq
        return real(session, whose, replace(said, seen_stop=seen), language, now)

    return record_said


def twice(real):
    """What is here already is taken once more."""

    def keep(session, arrived, phone, now):
        again = replace(arrived, vendor_sid=f"{arrived.vendor_sid}:{now}")
        first = real(session, arrived, phone, now)
        return first if first is not None else real(session, again, phone, now)

    return keep


def granting(_real):
    """A form alone opts in."""

    def request_opt_in(session, clinic_id, phone, topic, detail, now):
        grade = record.Grade.proven
        return record.opt_in(session, clinic_id, phone, topic, grade, detail, now)

    return request_opt_in


def exact_words_only(real):
    def read(body, standing, open_visit, declared):
        reading = real(body, standing, open_visit, declared)
        plain = reading.rule.startswith("phrase")
        return replace(reading, intent=Intent.none) if plain else reading

    return read


def always_asked(real):
    def read(body, _standing, open_visit, declared):
        return real(body, Word.pending, open_visit, declared)

    return read


MISTAKES = {
    "a STOP is only written down": (record, "_set_line", lambda real: nothing),
    "a STOP by text is lost": (inbound.record, "opt_out", lambda real: nothing),
    "a doubt holds nothing": (inbound.record, "hold", lambda real: nothing),
    "plain words are not read": (hearing, "_read", exact_words_only),
    "every YES is an opt-in": (hearing, "_read", always_asked),
    "a webhook that comes twice counts twice": (inbound, "_keep", twice),
    "a form opts in": (opt_in_requests.record, "request_opt_in", granting),
    "a YES is for topics that no text named": (
        opt_in_answers,
        "answerable",
        lambda real: opt_in_answers.pending,
    ),
    "an old form undoes a STOP": (at_desk, "_doubt", lambda real: lambda *_: None),
    "an old page undoes a STOP": (at_desk, "record_said", seen_now),
    "a STOP at the desk is lost": (at_desk, "opt_out", lambda real: nothing),
    "an import undoes a STOP": (
        record,
        "lock_line",
        lambda real: lambda *line: real(*line) and NOBODY,
    ),
    "21610 is ignored": (sent, "opt_out", lambda real: nothing),
    "a number keeps what its last owner agreed to": (
        patients,
        "take_back",
        lambda real: nothing,
    ),
    "what never came is not asked for": (missed, "_replay", lambda real: nothing),
    "the vendor's order does not count": (missed, "settle", lambda real: nothing),
}


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(life, monkeypatch, mistake):
    module, name, plant = MISTAKES[mistake]
    monkeypatch.setattr(module, name, plant(getattr(module, name)))

    with pytest.raises(AssertionError):
        run(life, 300, 30, fixed=True)
