"""What the tests of the appointment pages share: the visits, the uploads, who did what."""

import io

from sqlmodel import col, select

from clinics.models import StaffAction
from gateway.models import Message
from reminders.models import Appointment
from tests.pages import words
from tests.reminders.imports import ANA, bring, plan_maple

DESK, BIRCH = "desk@maple-dental.example", "desk@birch-eye.example"
PAGE = "/desk/maple-dental/appointments"


def visits_of(heed):
    with heed.database.reading() as reading:
        return list(reading.exec(select(Appointment).order_by(col(Appointment.id))))


def done_by_staff(heed):
    with heed.database.reading() as reading:
        return [row.action for row in reading.exec(select(StaffAction))]


def ana(heed, database, cast, *, planned=True):
    """Ana's visit of Tuesday, December 8, 3:00 PM."""
    bring(database, ANA)
    if planned:
        plan_maple(database, cast)
    return f"{PAGE}/{visits_of(heed)[0].id}"


def change_texts(heed, **fields):
    with heed.database.writing() as writing:
        for text in writing.exec(select(Message)):
            for name, value in fields.items():
                setattr(text, name, value)
            writing.add(text)


def send(who, content, name="visits.csv", **more):
    raw = content if isinstance(content, bytes) else content.encode()
    form = {"file": (io.BytesIO(raw), name), **more}
    return who.post(f"{PAGE}/upload", form, content_type="multipart/form-data")


def send_bytes(who, field, content):
    """As a browser does, without the test client's own temporary files."""
    name = '; filename="visits.csv"' if field == "file" else ""
    head = f'--x\r\nContent-Disposition: form-data; name="{field}"{name}\r\n\r\n'
    return who.client.post(
        f"{PAGE}/upload",
        data=f"{head}{content}\r\n--x--\r\n".encode(),
        headers={"X-CSRFToken": who.token},
        content_type="multipart/form-data; boundary=x",
    )


def look(who, content, **more):
    sent = send(who, content, **more)
    return sent.location, words(who.get(sent.location))


def rows_of(heed, model):
    with heed.database.reading() as reading:
        return list(reading.exec(select(model)))
