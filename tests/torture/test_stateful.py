"""Any order of texts, STOPs, suspensions, crashes and late webhooks: I1, I2, I4, I5
and I6 hold after each step, against the vendor's own record."""

import itertools
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import col
from twilio.request_validator import RequestValidator

from consent.standing import Word, line_state
from gateway.models import Message
from gateway.outbox import release_leases
from gateway.reconcile import reconcile
from kernel import faults
from kernel.carriers import Carrier
from registration.status import Observation, Source, Status
from registration.workflow import observe
from reminders.tick import send_all
from tests.torture import checks
from tests.torture.scene import agree, close, know_carrier, phone_numbers, queue
from tests.torture.work import INBOUND, inbound_form
from tests.vendor import message_id_of, shift_clock

PHONES = phone_numbers(3)
CRASHES = ("o2", "o2a", "o3", "o4", "o5", "o6", "o7", "o8", "o10", "o11")
FAULTS = ("http_500", "http_500_after_accept", "http_429", "drop_reply")
LOSING = {"lose_webhooks": 1.0}  # the machine brings them, when and how it likes
CLOCK_LAG_SECONDS = 0.12  # until the vendor looks at its clock again


def machine(scene, cast, simulator, template, folder):
    place, number = cast.maple, itertools.count()

    class Life(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            file = folder / f"{next(number)}.db"
            shutil.copy(template, file)
            simulator.post("reset")
            simulator.take_in_cast(cast)
            simulator.faults(**LOSING)
            app = replace(scene, database_url=f"sqlite:///{file}").app()
            self.works, self.client = app.extensions["works"], app.test_client()
            self.database = self.works.heed.database
            self.after = simulator.judge("reset")[-1]["seq"]
            self.names = itertools.count()
            self.planned, self.late, self.brought = [], [], []
            self.stopped, self.suspended, self.seen = set(), False, 0

        @property
        def now(self):
            return self.works.heed.now()

        def line(self, phone):
            with self.database.reading() as session:
                return line_state(session, place.clinic_id, phone).word

        @rule(phone=some.sampled_from(PHONES))
        def plan(self, phone):
            name = f"v{next(self.names)}"
            with self.database.writing() as session:
                self.planned += queue(session, place, phone, self.now, name=name)

        @rule(
            phone=some.sampled_from(PHONES), body=some.sampled_from(["STOP", "START"])
        )
        def text(self, phone, body):
            sid = simulator.text(phone, place.number, body)
            self.late.append(inbound_form(place, phone, body, sid))

        def bring(self, form):
            sign = RequestValidator(place.token).compute_signature
            answer = self.client.post(
                INBOUND,
                data=form,
                headers={"X-Twilio-Signature": sign(scene.public + INBOUND, form)},
            )
            assert answer.status_code == 200

        @precondition(lambda self: self.late)
        @rule(pick=some.randoms())
        def webhook(self, pick):
            """In any order: the vendor promises none."""
            form = self.late.pop(pick.randrange(len(self.late)))
            self.brought.append(form)
            self.bring(form)
            stop = form["Body"] == "STOP"
            (self.stopped.add if stop else self.stopped.discard)(form["From"])
            word = Word.opted_out if stop else Word.opted_in
            assert self.line(form["From"]) is word

        @precondition(lambda self: self.brought)
        @rule(pick=some.randoms())
        def webhook_again(self, pick):
            before = {phone: self.line(phone) for phone in PHONES}
            self.bring(pick.choice(self.brought))
            assert {phone: self.line(phone) for phone in PHONES} == before

        @rule()
        def compare(self):
            done = reconcile(
                self.database, self.works.vendor, self.works.on_reply, self.now
            )
            assert done.failed == 0
            for form in self.late:
                phone = form["From"]
                last = [f["Body"] for f in self.late if f["From"] == phone][-1]
                if last == "STOP":
                    assert self.line(phone) is Word.opted_out
                if self.line(phone) is Word.opted_out:
                    self.stopped.add(phone)
                else:
                    self.stopped.discard(phone)
            self.brought += self.late
            self.late = []

        @rule(status=some.sampled_from([Status.SUSPENDED, Status.ACTIVE]))
        def carriers(self, status):
            seen = Observation(
                status=status,
                raw=status,
                source=Source.operator_entry,
                at=self.now,
                evidence="https://portal.example/screenshot",
            )
            with self.database.writing() as session:
                observe(session, place.campaign_id, Carrier.verizon, seen, by="op")
            self.suspended = status is Status.SUSPENDED

        @rule()
        def send(self):
            send_all(self.works, "worker", self.now)

        @rule(point=some.sampled_from(CRASHES), fault=some.sampled_from(FAULTS))
        def crash(self, point, fault):
            """A worker dies on the way, and the vendor misbehaves once as well."""
            once = {fault: {"next": 1}, "match": "POST /Messages.json"}
            simulator.faults(**LOSING, **once)
            faults.arm(f"{point}:raise")
            with suppress(faults.Fault):
                self.works.dispatcher("doomed").run_once(2)
            faults.arm("")
            simulator.faults(**LOSING)

        @rule()
        def leases_run_out(self):
            held = col(Message.lease_until).is_not(None)
            with self.database.writing() as session:
                session.connection().execute(
                    sa.update(Message).where(held).values(lease_until=0.0)
                )
            self.database.retrying(lambda session: release_leases(session, self.now))

        @rule(minutes=some.sampled_from([1, 11]))
        def wait(self, minutes):
            shift_clock(scene.folder, self.now + timedelta(minutes=minutes))
            time.sleep(CLOCK_LAG_SECONDS)

        @invariant()
        def nothing_leaves_after_a_stop_or_a_suspension(self):
            """New texts at the vendor: none to a stopped phone, none of a suspended
            campaign; answers that a STOP itself asks for are not meant."""
            accepted = simulator.judge("accepted", after=self.after)
            fresh, self.seen = accepted[self.seen :], len(accepted)
            reminders = [r for r in fresh if message_id_of(r) in self.planned]
            assert not (self.suspended and fresh)
            assert not {r["message"]["to"] for r in reminders} & self.stopped
            assert not checks.double_sends(accepted)

        @invariant()
        def the_books_are_right(self):
            with self.database.reading() as session:
                assert not checks.ledger_faults(session)
                total = sum(checks.states(session).values())
                assert total >= len(self.planned)

        def teardown(self):
            self.leases_run_out()
            for _ in range(3):
                self.compare()
                self.wait(11)
            self.send()
            accepted = simulator.judge("accepted", after=self.after)
            received = simulator.judge("received", after=self.after)
            with self.database.reading() as session:
                assert not checks.unaccounted(session, self.planned, accepted)
                assert not checks.lost_stops(session, received)
            close(self.works)

    return Life


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("examples", "steps"),
    [(4, 10), pytest.param(100, 30, marks=pytest.mark.slow)],
)
def test_no_order_of_events_breaks_an_invariant(
    database, cast, scene, works, simulator, tmp_path, examples, steps
):
    with database.writing() as session:
        know_carrier(session, cast.maple.clinic_id, PHONES, works.heed.now())
        agree(session, cast.maple.clinic_id, PHONES, works.heed.now())
    template, folder = tmp_path / "template.db", tmp_path / "lives"
    folder.mkdir()
    raw = database.writer.raw_connection()
    raw.dbapi_connection.execute(f"VACUUM INTO '{template}'")
    raw.close()

    run_state_machine_as_test(
        machine(scene, cast, simulator, template, folder),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=examples == 10,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
