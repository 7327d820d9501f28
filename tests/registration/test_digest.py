from datetime import UTC, datetime, timedelta

import pytest

from clinics.models import Role, Staff, TaskKind
from clinics.tasks import open_task
from registration.desk import all_desks
from registration.digest import digest, send_digest
from tests.conftest import NOW
from tests.kernel.test_mail import settings as settings_of
from tests.mailbox import mailbox
from tests.registration.at_desk import ready

MORNING = datetime(2026, 12, 1, 13, 5, tzinfo=UTC)  # 8:05 in New York


def test_the_digest_says_what_waits_for_whom_and_for_how_long(database):
    with database.writing() as session:
        draft = ready(session, but={"fee", "brand"})
        later = NOW + timedelta(days=3)
        made = digest(
            all_desks(session, later),
            [("Tidewater", "Call them.")],
            later,
            "https://h/",
        )
    assert made.subject == "Heed: 1 in the making, 1 due"
    assert (
        f"Tidewater Dental, {draft.ref}: Setup fee (not paid), 3 business" in made.body
    )
    assert "Waits for the clinic." in made.body
    assert "- Tidewater: Call them." in made.body
    assert "https://h/operator/registrations" in made.body


@pytest.fixture
def people(database):
    """Two operators who sign in, one who never came, one who left."""
    with database.writing() as session:
        for name, password, gone in (
            ("ann", "hash", None),
            ("bob", "hash", None),
            ("new", None, None),
            ("old", "hash", NOW),
        ):
            session.add(
                Staff(
                    email=f"{name}@heed.example",
                    role=Role.operator,
                    created_at=NOW,
                    password_hash=password,
                    closed_at=gone,
                )
            )
        clinic_id = ready(session).clinic_id
        kinds = (TaskKind.rejection, TaskKind.call_patient, TaskKind.reconfirm)
        for kind in kinds:
            late = timedelta(days=9 if kind is TaskKind.reconfirm else 0)
            open_task(session, clinic_id, kind, kind, f"Do {kind}.", NOW, due_in=late)
    return database


def test_every_operator_gets_one_mail_a_day(people):
    with mailbox() as box:
        settings = settings_of(box.url)
        early = MORNING - timedelta(minutes=10)
        assert send_digest(people, settings, early) == 0
        assert send_digest(people, settings, MORNING) == 2
        assert send_digest(people, settings, MORNING + timedelta(hours=5)) == 0
        assert send_digest(people, settings, MORNING + timedelta(days=1)) == 2
    mails = box.mails
    assert sorted(mail["To"] for mail in mails[:2]) == [
        "ann@heed.example",
        "bob@heed.example",
    ]
    body = mails[0].get_content()
    assert "Do rejection." in body
    assert "Do reconfirm." not in body  # not due yet
    assert "Do call_patient." not in body  # the clinic's own


def test_without_a_mail_server_nothing_is_done(people):
    assert send_digest(people, settings_of(""), MORNING) == 0
