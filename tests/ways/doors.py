"""Three phones, one patient and one clinic: every door into consent and out of it,
called as the pages and the webhooks call it.  The vendor is a list.  It expects nothing.
"""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import col, select

from clinics.models import Language, Patient
from consent import at_desk, record
from consent.disclosures import newest
from consent.history import history
from consent.models import Topic
from consent.standing import Word, line_state, lock_line
from gateway import inbound, outbox, sent
from gateway.inbound import Arrived
from gateway.models import ArrivedBy, InboundMessage, Message, MessageKind, State
from gateway.opt_in import Wish
from gateway.opt_in_place import clinic_of, place_of
from gateway.opt_in_requests import Origin, take
from gateway.reconcile import reconcile
from gateway.send_errors import look_up
from gateway.twilio import Listed
from reminders import patients
from reminders.replies import on_reply
from tests.torture.scene import phone_numbers

MINUTE = timedelta(minutes=1)
DESK = "desk@maple-dental.example"
SCAN = b"%PDF-1.7\n% signed\n%%EOF\n"


@dataclass
class Vendor:
    """Its list of what phones texted."""

    listed: list[Listed] = field(default_factory=list)

    def messages_to(self, clinic_id, phone, since):
        return [one for one in reversed(self.listed) if one.to_phone == phone]


@dataclass(frozen=True)
class Stood:
    """What one phone is: held or not, and a word for each topic."""

    held: bool
    words: dict

    @property
    def agreed(self):
        return {topic for topic, word in self.words.items() if word is Word.opted_in}


class Doors:
    def __init__(self, database, place, life, now):
        self.database, self.place, self.life = database, place, life
        self.clinic = place.clinic_id
        self.phones = phone_numbers(3, first=10 * life)
        self.now = now + timedelta(days=life)  # caps a day are for each life
        self.vendor, self.names = Vendor(), itertools.count()
        with database.writing() as session:
            first = self.details(self.phones[0])
            self.patient = patients.add(session, self.clinic, first, self.now)

    def tick(self):
        self.now += MINUTE
        return self.now

    def stood(self, phone):
        with self.database.reading() as session:
            states = {
                topic: line_state(session, self.clinic, phone, topic) for topic in Topic
            }
        words = {topic: state.word for topic, state in states.items()}
        return Stood(states[Topic.care].held, words)

    def all_stood(self):
        return {phone: self.stood(phone) for phone in self.phones}

    # Her own texts.

    def texted(self, phone, body):
        """She has texted; the vendor has it, and its webhook is still to come."""
        item = Listed(
            sid=f"SM{self.life:016x}{next(self.names):016x}",
            from_phone=phone,
            to_phone=self.place.number,
            body=body,
            direction="inbound",
            status="received",
            error_code=None,
            created_at=self.tick(),
            account_sid=self.place.account_sid,
        )
        self.vendor.listed.append(item)
        return item

    def bring(self, item):
        arrived = Arrived(
            clinic_id=self.clinic,
            number_id=self.place.number_id,
            account_sid=item.account_sid,
            vendor_sid=item.sid,
            from_phone=item.from_phone,
            body=item.body,
            opt_out_type=None,
            raw="",
            arrived_by=ArrivedBy.webhook,
            vendor_at=None,
        )
        with self.database.writing() as session:
            inbound.receive(session, arrived, on_reply, self.tick())

    def compared(self):
        return reconcile(self.database, self.vendor, on_reply, self.tick())

    def kept(self):
        """Of what these phones texted, what we have."""
        asked = select(InboundMessage.vendor_sid)
        with self.database.reading() as session:
            mine = asked.where(col(InboundMessage.phone).in_(self.phones))
            return set(session.exec(mine))

    # The clinic's doors.

    def filled_in(self, phone, topics):
        with self.database.writing() as session:
            wish = Wish(phone=phone, typed=phone, name="", topics=topics)
            origin = Origin(
                url="https://texts.example/c/maple-dental/opt-in",
                ip=f"10.{self.life % 250}.{next(self.names) % 250}.1",
                user_agent="",
                language=Language.en,
                disclosure_sha256=self.wording(session, "web"),
            )
            here = place_of(session, clinic_of(session, "maple-dental"))
            take(session, here, wish, origin, self.tick())

    def asked_by_text(self):
        """The phones that a request to reply YES reaches now."""
        with self.database.writing() as session:
            due = session.exec(
                select(Message).where(
                    col(Message.phone).in_(self.phones),
                    col(Message.kind) == MessageKind.opt_in_request,
                    col(Message.state) == State.due,
                )
            ).all()
            for message in due:
                message.state, message.submitted_at = State.accepted, self.tick()
            return [message.phone for message in due]

    def reminded(self, phone):
        """A reminder that asks for an answer has reached the phone."""
        with self.database.writing() as session:
            message_id = outbox.queue(
                session,
                clinic_id=self.clinic,
                number_id=self.place.number_id,
                phone=phone,
                topic=Topic.care,
                kind=MessageKind.reminder,
                body="Maple Dental: your visit is tomorrow. Reply C to confirm.",
                dedupe_key=f"visit:{self.life}:{next(self.names)}",
                send_from=self.tick(),
                send_until=self.now + timedelta(hours=8),
                now=self.now,
                expects="visit",
            )
            message = session.get_one(Message, message_id)
            message.state, message.submitted_at = State.accepted, self.now

    def signed(self, phone, topics, *, after_stop):
        """True when the form was taken."""
        with self.database.writing() as session:
            form = at_desk.Signed(
                topics=topics,
                signed_on=self.tick().date(),
                after_stop=after_stop,
                wording=self.wording(session, "paper"),
                scan=SCAN,
                scan_name="form.pdf",
            )
            done = at_desk.record_signed(session, self.whose(phone), form, self.now)
        return isinstance(done, at_desk.Recorded)

    def said_yes(self, phone, *, saw_the_stop):
        """True when it was taken.  Staff look at a page, on which a STOP may lack."""
        with self.database.writing() as session:
            seen = line_state(session, self.clinic, phone).stopped_seq
            said = at_desk.Said(
                said_yes=True,
                wording=self.wording(session, "verbal"),
                seen_stop=seen if saw_the_stop else seen - 1,
            )
            done = at_desk.record_said(
                session, self.whose(phone), said, "en", self.tick()
            )
        return isinstance(done, at_desk.Recorded)

    def told_stop(self, phone):
        with self.database.writing() as session:
            at_desk.record_stop(
                session, self.clinic, phone, how="aloud", by=DESK, now=self.tick()
            )

    def imported(self, phone):
        with self.database.writing() as session:
            record.record_asserted(
                session, self.clinic, phone, Topic.care, {}, self.tick()
            )

    def refused(self, phone):
        """21610: the vendor holds a STOP that we have not heard."""
        target = sent.Target(id=0, phone=phone, campaign_id=None)
        with self.database.writing() as session:
            lock_line(session, self.clinic, phone)
            sent.apply_error(
                session, self.clinic, target, look_up("21610"), self.tick()
            )

    def renumbered(self, phone):
        """The patient has this number from now on; the one that she had."""
        with self.database.writing() as session:
            patient = session.get_one(Patient, self.patient)
            left, seen = patient.phone, patients.version(patient)
            patients.edit(
                session,
                self.clinic,
                self.patient,
                self.details(phone),
                seen=seen,
                by=DESK,
                now=self.tick(),
            )
        return left

    # What doors are given and leave behind.

    def history(self, session, phone):
        return history(session, self.clinic, phone)

    def wording(self, session, kind):
        return newest(session, self.clinic, kind, "en").sha256

    def whose(self, phone):
        return at_desk.Whose(
            clinic_id=self.clinic,
            zone="America/Los_Angeles",
            phone=phone,
            patient="",
            by=DESK,
        )

    def details(self, phone):
        return patients.Details(
            given_name="Pat",
            family_name="Stone",
            phone=phone,
            language=Language.en,
            own_number=f"w{self.life}",
        )
