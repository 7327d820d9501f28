"""Steps of the pages about staff, and what they leave behind."""

import re

from sqlmodel import col, select

from clinics.models import Staff, StaffAction
from tests.pages import visitor

ADMIN, DESK = "admin@maple-dental.example", "desk@maple-dental.example"
OPERATOR, NEW = "operator@heed.example", "new.person@maple-dental.example"
STAFF = "/desk/maple-dental/staff"
WORDS = "four quiet green trees"


def person(app, email):
    with app.extensions["heed"].database.reading() as reading:
        return reading.exec(select(Staff).where(col(Staff.email) == email)).one()


def link_in(answer):
    found = re.search(r"/welcome/([\w-]{30,})", answer.get_data(as_text=True))
    return found[1] if found else None


def noted(app):
    with app.extensions["heed"].database.reading() as reading:
        rows = reading.exec(select(StaffAction).order_by(col(StaffAction.id)))
        return [(row.staff_email, row.action, row.subject) for row in rows]


def step(app, email, what, by=ADMIN, base=STAFF, **form):
    return visitor(app, by).post(f"{base}/{person(app, email).id}/{what}", form)
