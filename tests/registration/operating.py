"""What the stories of the operator's pages share: reading rows, saying a status."""

import html

from sqlmodel import col, select

from clinics.models import StaffAction
from kernel.carriers import Carrier
from registration.status import Observation, Status
from registration.workflow import cells, observe
from tests.pages import words

OPERATOR = "operator@heed.example"


def told(answer):
    return html.unescape(words(answer))


def database_of(pages):
    return pages.extensions["heed"].database


def rows(pages, table):
    with database_of(pages).reading() as reading:
        return reading.exec(select(table)).all()


def last_action(pages):
    with database_of(pages).reading() as reading:
        newest = select(StaffAction).order_by(col(StaffAction.id).desc()).limit(1)
        action = reading.exec(newest).one()
    return action.staff_email, action.action, action.subject


def statuses(pages, campaign_id):
    with database_of(pages).reading() as reading:
        found = cells(reading, campaign_id)
    return {carrier.value: cell.status.value for carrier, cell in found.items()}


def say(pages, campaign_id, carrier, status, source, at):
    seen = Observation(
        status=Status(status), raw=status, source=source, at=at, evidence="said"
    )
    with database_of(pages).writing() as writing:
        observe(writing, campaign_id, Carrier(carrier), seen, OPERATOR)


def line_of(page, name):
    """One clinic's line on the overview, as a person reads it."""
    text = page.get_data(as_text=True)
    start = text.index(f">{name}<") if f">{name}<" in text else text.index(name)
    return " ".join(text[start : text.index("</tr>", start)].split())
