import io
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from clinics.access import clinic_by_slug
from clinics.models import Task, TaskKind
from consent.models import ConsentDetail
from consent.record import opt_out
from consent.standing import Word, line_state, lock_line
from gateway.models import InboundMessage, State
from registration.models import SenderNumber, WhoReplies
from reminders.intake.store import Origin, import_file
from reminders.models import Appointment, VisitReply
from reminders.policy import enable
from reminders.tick import run_pass

PAT = "+12065550111"
DESK = "desk@maple-dental.example"
DAY_BEFORE = datetime(2026, 11, 30, 23, 1, tzinfo=UTC)  # 15:01 in Los Angeles
VISIT = b"""\
appointment_id,patient_id,given_name,family_name,phone,language,starts_at
1,p1,Pat,Stone,(206) 555-0111,en,2026-12-01T15:00
"""


@pytest.fixture
def reminded(town):
    """Pat opted in and has had the reminder of tomorrow's visit."""
    town.vendor.phones([PAT], carrier="tmobile")
    town.hear(PAT, town.cast.maple, "start")
    upload(town, VISIT)
    town.tick(DAY_BEFORE)
    assert "your visit is Tue Dec 1 at 3:00 PM" in town.screen(PAT)[-1]
    return town


def upload(town, csv: bytes) -> None:
    now = town.works.heed.now()
    with town.database.writing() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        origin = Origin(file="visits.csv", by=DESK, sha256="0" * 64)
        import_file(session, clinic, io.BytesIO(csv), now, origin=origin)
        enable(session, clinic.id, DESK, now)


def word(town) -> Word:
    with town.database.reading() as session:
        return line_state(session, town.cast.maple.clinic_id, PAT).word


def tasks(town) -> list[TaskKind]:
    with town.database.reading() as session:
        return list(session.connection().scalars(sa.select(col(Task.kind))))


def visit_reply(town) -> VisitReply | None:
    with town.database.reading() as session:
        return session.connection().scalar(sa.select(col(Appointment.reply)))


def test_c_confirms_the_visit_and_says_so(reminded) -> None:
    (answer,) = reminded.hear(PAT, reminded.cast.maple, "c")

    assert "confirmed" in answer
    assert visit_reply(reminded) is VisitReply.confirmed
    assert tasks(reminded) == []


def test_yes_to_an_open_visit_confirms_it_and_is_no_opt_in(reminded) -> None:
    reminded.hear(PAT, reminded.cast.maple, "YES")

    assert visit_reply(reminded) is VisitReply.confirmed
    with reminded.database.reading() as session:
        events = session.connection().scalar(
            sa.select(sa.func.count()).select_from(ConsentDetail)
        )
    assert events == 1


def test_x_tells_the_desk_and_cancels_nothing_by_itself(reminded) -> None:
    (answer,) = reminded.hear(PAT, reminded.cast.maple, "X")

    assert "call you" in answer
    assert visit_reply(reminded) is VisitReply.cannot_come
    assert tasks(reminded) == [TaskKind.visit_change]
    assert word(reminded) is Word.opted_in


def test_cancel_opts_out_by_law_and_the_desk_asks_about_the_visit(reminded) -> None:
    (answer,) = reminded.hear(PAT, reminded.cast.maple, "Cancel")

    assert "no more texts" in answer
    assert word(reminded) is Word.opted_out
    assert visit_reply(reminded) is None
    assert tasks(reminded) == [TaskKind.visit_word]


def test_an_unclear_stop_holds_the_number_and_asks_a_person(reminded) -> None:
    answers = reminded.hear(PAT, reminded.cast.maple, "Not interested")

    assert answers == []
    assert tasks(reminded) == [TaskKind.unsure_reply]
    with reminded.database.reading() as session:
        assert line_state(session, reminded.cast.maple.clinic_id, PAT).held


def test_a_moved_visit_withdraws_its_text_and_plans_another(town) -> None:
    town.vendor.phones([PAT], carrier="tmobile")
    town.hear(PAT, town.cast.maple, "start")
    upload(town, VISIT)
    town.tick()

    upload(town, VISIT.replace(b"2026-12-01T15:00", b"2026-12-02T16:00"))
    town.tick(DAY_BEFORE)
    town.tick(DAY_BEFORE + timedelta(days=1, hours=1))

    reminders = [row for row in town.messages(PAT) if row.kind == "reminder"]
    states = {row.state for row in reminders}
    assert State.withdrawn in states
    assert not any("Dec 1" in text for text in town.screen(PAT))
    assert "Wed Dec 2 at 4:00 PM" in town.screen(PAT)[-1]


def test_stop_and_start_again_leave_both_in_the_evidence(town) -> None:
    town.vendor.phones([PAT], carrier="tmobile")
    for words, after in (
        ("START", Word.opted_in),
        ("stop", Word.opted_out),
        ("YES", Word.opted_in),
    ):
        town.hear(PAT, town.cast.maple, words)
        assert word(town) is after

    with town.database.reading() as session:
        details = session.connection().scalars(
            sa.select(col(ConsentDetail.detail)).order_by(col(ConsentDetail.seq))
        )
        kept = list(details)
    assert len(kept) == 3
    assert "Patients text START to the number on the desk card." in kept[0]


def set_mode(town, mode: WhoReplies) -> None:
    number = town.cast.maple.number
    town.vendor.put(f"numbers/{number}", {"keyword_mode": mode.value})
    with town.database.writing() as session:
        session.connection().execute(
            sa.update(SenderNumber)
            .where(col(SenderNumber.phone) == number)
            .values(who_replies=mode)
        )


@pytest.mark.parametrize("mode", list(WhoReplies))
def test_each_word_is_answered_once_whoever_answers_it(town, mode) -> None:
    town.vendor.phones([PAT], carrier="tmobile")
    set_mode(town, mode)

    answers = {
        words: town.hear(PAT, town.cast.maple, words)
        for words in ("START", "HELP", "STOP")
    }

    # After the vendor's own START words we add the campaign's declared message.
    wanted = {"START": 1, "HELP": 1, "STOP": 1}
    if mode is WhoReplies.vendor_default:
        wanted["START"] = 2
    assert {words: len(found) for words, found in answers.items()} == wanted
    assert word(town) is Word.opted_out


def test_a_webhook_that_never_comes_is_found_by_the_next_pass(town) -> None:
    town.vendor.phones([PAT], carrier="tmobile")
    town.hear(PAT, town.cast.maple, "START")
    town.vendor.faults(lose_webhooks=1)

    town.vendor.text(PAT, town.cast.maple.number, "STOP")
    town.vendor.idle()
    assert word(town) is Word.opted_in
    town.tick()

    assert word(town) is Word.opted_out
    with town.database.reading() as session:
        asked = sa.select(col(InboundMessage.arrived_by))
        how = session.connection().scalars(asked.order_by(col(InboundMessage.id)))
        assert [item.value for item in how] == ["webhook", "reconciler"]


def test_a_stop_found_hours_later_is_kept_but_not_confirmed(town) -> None:
    town.vendor.phones([PAT], carrier="tmobile")
    town.hear(PAT, town.cast.maple, "START")
    before = town.screen(PAT)
    town.vendor.faults(lose_webhooks=1)
    town.vendor.text(PAT, town.cast.maple.number, "STOP")
    town.vendor.idle()

    town.tick(town.works.heed.now() + timedelta(hours=6))

    assert word(town) is Word.opted_out
    assert town.screen(PAT) == before  # a confirmation after 5 minutes is unlawful


def test_a_pass_at_another_time_hides_no_later_stop(town) -> None:
    town.vendor.phones([PAT], carrier="tmobile")
    town.hear(PAT, town.cast.maple, "START")
    days = timedelta(days=4)
    run_pass(town.works, "ahead", town.works.heed.now() + days)
    town.vendor.faults(lose_webhooks=1)
    town.vendor.text(PAT, town.cast.maple.number, "STOP")
    town.vendor.idle()

    run_pass(town.works, "ahead", town.works.heed.now() + days + timedelta(days=2))

    assert word(town) is Word.opted_out


def test_the_vendors_order_decides_when_webhooks_overtake_each_other(town) -> None:
    town.vendor.phones([PAT], carrier="tmobile")
    number = town.cast.maple.number
    town.vendor.faults(reorder_webhooks={"next": 1})
    town.vendor.text(PAT, number, "START")
    time.sleep(1.1)  # the vendor's list knows seconds
    town.vendor.text(PAT, number, "STOP")
    town.vendor.idle()

    town.tick()

    assert word(town) is Word.opted_out


def test_a_late_start_does_not_undo_what_she_told_the_desk(town) -> None:
    town.vendor.phones([PAT], carrier="tmobile")
    town.vendor.faults(lose_webhooks=1)
    town.vendor.text(PAT, town.cast.maple.number, "START")
    town.vendor.idle()
    later = town.works.heed.now() + timedelta(minutes=4)
    with town.database.writing() as session:
        lock_line(session, town.cast.maple.clinic_id, PAT)
        opt_out(session, town.cast.maple.clinic_id, PAT, {"method": "spoken"}, later)

    town.tick(later)

    assert word(town) is Word.opted_out
    assert tasks(town) == [TaskKind.unsure_reply]
