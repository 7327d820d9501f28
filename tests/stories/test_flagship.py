import io
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col

from clinics.access import clinic_by_slug
from gateway.models import SendDecision, State
from kernel.carriers import Carrier
from registration.status import Status
from registration.workflow import cells
from reminders.intake.store import Origin, import_file
from reminders.policy import enable

TINA, ALMA, VERA = "+12065550111", "+12065550112", "+12065550113"
APPOINTMENTS = b"""\
appointment_id,patient_id,given_name,family_name,phone,language,starts_at
1,p1,Tina,Mobile,(206) 555-0111,en,2026-12-01T15:00
2,p2,Alma,Tand,206-555-0112,es,2026-12-01T15:00
3,p3,Vera,Zon,+1 206 555 0113,en,2026-12-01T15:00
"""
DAY_BEFORE = datetime(2026, 11, 30, 23, 1, tzinfo=UTC)  # 15:01 in Los Angeles


def settle_in(town) -> None:
    """Three patients on three networks opt in, their visits are uploaded, reminders
    are on, and AT&T is still reviewing the campaign."""
    for phone, carrier in ((TINA, "tmobile"), (ALMA, "att"), (VERA, "verizon")):
        town.vendor.phones([phone], carrier=carrier)
        town.vendor.text(phone, town.cast.maple.number, "START")
    town.vendor.idle()
    town.tick()
    town.vendor.put("campaigns/maple-care/carriers/att", {"status": "REVIEW"})
    town.vendor.idle()
    with town.database.writing() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        done = import_file(
            session,
            clinic,
            io.BytesIO(APPOINTMENTS),
            town.works.heed.now(),
            origin=Origin(
                file="tomorrow.csv", by="desk@maple-dental.example", sha256="0" * 64
            ),
        )
        enable(session, clinic.id, "desk@maple-dental.example", town.works.heed.now())
    assert (done.added, done.refused) == (3, 0)
    town.tick()


def reminders_of(town, phone):
    return [row for row in town.messages(phone) if row.kind == "reminder"]


def waiting(town, phone):
    """Her reminder of the day before."""
    return reminders_of(town, phone)[-1]


def test_each_carrier_by_itself_decides_who_is_texted(town) -> None:
    """R114, R115, R116: T-Mobile delivers while AT&T is in REVIEW."""
    settle_in(town)

    town.tick(DAY_BEFORE)

    assert any("Tina" in text for text in town.screen(TINA))
    assert any("Vera" in text for text in town.screen(VERA))
    assert not any("Alma" in text for text in town.screen(ALMA))
    held = waiting(town, ALMA)
    assert held.state is State.due
    (why,) = held.held_why
    assert "AT&T" in why
    assert "REVIEW" in why
    assert "Nov 30" in why


def test_what_was_held_leaves_when_the_carrier_says_active(town) -> None:
    """R116: what AT&T held leaves once it says ACTIVE."""
    settle_in(town)
    town.tick(DAY_BEFORE)
    hours_later = DAY_BEFORE + timedelta(hours=2)
    town.tick(hours_later)  # from now on it is looked at every quarter of an hour

    town.vendor.put("campaigns/maple-care/carriers/att", {"status": "APPROVED"})
    town.vendor.idle()
    # The webhook names no status that TCR promises; it made us ask at once.
    with town.database.reading() as session:
        att = cells(session, town.cast.maple.campaign_id)[Carrier.att]
    assert att.status is Status.ACTIVE
    town.tick(hours_later + timedelta(seconds=1))

    assert sum("Alma" in text for text in town.screen(ALMA)) == 1
    assert waiting(town, ALMA).state is State.accepted


def test_what_comes_too_late_expires_with_the_reason_it_was_held_for(town) -> None:
    settle_in(town)
    town.tick(DAY_BEFORE)

    town.tick(datetime(2026, 12, 1, 23, 30, tzinfo=UTC))  # the visit was at 15:00

    (text,) = reminders_of(town, ALMA)[-1:]
    assert text.state is State.expired
    assert "of no use any more" in text.outcome
    assert "AT&T" in text.outcome
    assert not any("Alma" in text for text in town.screen(ALMA))


def test_a_suspension_holds_everything_at_once(town) -> None:
    """R62: sends stop at once, what is queued is held."""
    settle_in(town)
    for carrier in ("tmobile", "verizon"):
        path = f"campaigns/maple-care/carriers/{carrier}"
        town.vendor.put(path, {"status": "SUSPENDED"})
    town.vendor.idle()

    town.tick(DAY_BEFORE)

    for phone, label in ((TINA, "T-Mobile"), (ALMA, "AT&T"), (VERA, "Verizon")):
        held = waiting(town, phone)
        assert held.state is State.due
        assert label in held.held_why[0]
    with town.database.reading() as session:
        allowed = session.connection().scalar(
            sa.select(sa.func.count())
            .where(col(SendDecision.allowed), col(SendDecision.at) >= DAY_BEFORE)
            .select_from(SendDecision)
        )
    assert allowed == 0


def test_a_stop_stops_the_reminder_that_was_already_planned(town) -> None:
    settle_in(town)

    (goodbye,) = town.hear(TINA, town.cast.maple, "Stop")
    town.tick(DAY_BEFORE)

    assert "no more texts" in goodbye
    assert town.screen(TINA)[-1] == goodbye
    assert "The patient said stop" in waiting(town, TINA).held_why[0]
