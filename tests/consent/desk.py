"""What a front desk does in the tests: writes down a form, a yes, a STOP."""

from dataclasses import replace
from datetime import date

from consent import at_desk
from consent.at_desk import Refused, Said, Signed, Whose
from consent.disclosures import publish
from consent.history import history
from consent.models import Topic
from consent.record import hold, opt_out
from consent.standing import line_state, lock_line
from tests.consent.conftest import NOW, PAT

PDF = b"%PDF-1.7\n% a signed form\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 9
PNG = b"\x89PNG\r\n\x1a\n" + b"scan" * 9
DESK = "desk@maple-dental.example"
TODAY = date(2026, 11, 30)


class Desk:
    def __init__(self, database, clinic_id):
        self.database, self.clinic_id = database, clinic_id
        with database.writing() as session:
            words = "I agree to appointment texts."
            self.form = publish(session, clinic_id, "paper", "en", words, NOW).sha256
            asks = "May we text you?"
            self.script = publish(session, clinic_id, "verbal", "en", asks, NOW).sha256
        self.whose = Whose(
            clinic_id=clinic_id,
            zone="America/Los_Angeles",
            phone=PAT,
            patient="M-1",
            by=DESK,
        )

    def sign(self, now=NOW, **changes):
        signed = Signed(
            topics=[Topic.care],
            signed_on=TODAY,
            after_stop=False,
            wording=self.form,
            scan=PDF,
            scan_name="form.pdf",
        )
        return self.do(at_desk.record_signed, replace(signed, **changes), now)

    def say(self, now=NOW, **changes):
        said = Said(said_yes=True, wording=self.script, seen_stop=0)
        return self.do(at_desk.record_said, replace(said, **changes), "en", now)

    def do(self, record, *given):
        with self.database.writing() as session:
            done = record(session, self.whose, *given)
            if isinstance(done, Refused):
                session.rollback()
        return done

    def stop(self, at=NOW):
        with self.database.writing() as session:
            lock_line(session, self.clinic_id, PAT)
            facts = {"method": "text message"}
            return opt_out(session, self.clinic_id, PAT, facts, at)

    def hold(self, at=NOW):
        with self.database.writing() as session:
            lock_line(session, self.clinic_id, PAT)
            hold(session, self.clinic_id, PAT, "unsure", {}, at)

    def line(self, topic=Topic.care):
        with self.database.reading() as session:
            return line_state(session, self.clinic_id, PAT, topic)

    def events(self):
        with self.database.reading() as session:
            return history(session, self.clinic_id, PAT)
