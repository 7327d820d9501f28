import pytest
from sqlmodel import col, select

from clinics.access import clinic_by_slug
from clinics.models import VendorAccount
from consent.models import Disclosure
from gateway.findings import Level
from gateway.going_live import before_the_first_text
from kernel.settings import Settings
from registration.models import (
    Campaign,
    CarrierCell,
    SenderNumber,
    WordingKind,
    WordingVersion,
)
from registration.status import Status
from tests.conftest import NOW
from tests.registration.at_desk import tidewater


def found(database, slug="maple-dental"):
    with database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        return before_the_first_text(session, clinic, Settings(), NOW)


def of(findings, name):
    return [(one.level, one.sentence) for one in findings if one.name == name]


def test_a_clinic_of_which_nothing_is_there_hears_of_everything(database):
    with database.writing() as session:
        tidewater(session)
    levels = {one.name: one.level for one in found(database, "tidewater")}
    assert levels == dict.fromkeys(
        ("account", "brand", "campaign", "number", "consent"), Level.problem
    )


def test_a_clinic_that_is_ready_has_no_problem_but_words_to_agree_to(database, cast):
    findings = found(database)
    problems = [one.name for one in findings if one.level is Level.problem]
    with database.reading() as session:
        kinds = {
            one.kind
            for one in session.exec(
                select(WordingVersion).where(
                    col(WordingVersion.clinic_id) == cast.maple.clinic_id
                )
            )
        }
        published = session.exec(select(Disclosure)).first()
    assert ("wordings" in problems) is (not kinds >= {WordingKind.reminder})
    assert ("consent" in problems) is (published is None)
    assert of(findings, "carriers") == [
        (Level.ok, "'maple-care' is ACTIVE on every carrier.")
    ]


def halt(session, cast):
    account = session.get(VendorAccount, cast.maple.clinic_id)
    account.halted_since, account.halted_why = NOW, "error 20003"


def suspend(session, cast):
    for cell in session.exec(
        select(CarrierCell).where(
            col(CarrierCell.campaign_id) == cast.maple.campaign_id
        )
    ):
        cell.status = Status.SUSPENDED


def expire(session, cast):
    session.get(Campaign, cast.maple.campaign_id).expired_at = NOW


def disconnect(session, cast):
    session.get(SenderNumber, cast.maple.number_id).connected_at = None


def detach(session, cast):
    session.get(SenderNumber, cast.maple.number_id).campaign_id = None


def unregister(session, cast):
    number = session.get(SenderNumber, cast.maple.number_id)
    number.registered = False
    session.get(Campaign, cast.maple.campaign_id).service_sid = "MG" + "1" * 32


def mute(session, cast):
    for one in session.exec(
        select(WordingVersion).where(
            col(WordingVersion.clinic_id) == cast.maple.clinic_id
        )
    ):
        session.delete(one)


@pytest.mark.parametrize(
    ("spoil", "name", "words"),
    [
        (halt, "account", "Twilio refuses the account: error 20003"),
        (suspend, "carriers", "has stopped this clinic's texts"),
        (expire, "campaign", "There is no campaign"),
        (disconnect, "number", "is not connected"),
        (detach, "number", "serves no campaign"),
        (unregister, "number", "not registered for its campaign yet"),
        (mute, "wordings", "no wording for: reminder, opt in request"),
    ],
)
def test_each_thing_that_is_wrong_is_named(database, cast, spoil, name, words):
    before = of(found(database), name)
    with database.writing() as session:
        spoil(session, cast)
    after = of(found(database), name)
    assert after != before
    assert any(level is Level.problem and words in said for level, said in after)


def test_the_command_adds_a_clinics_own_findings(pages, database, cast):
    run = pages.test_cli_runner().invoke
    plain = run(args=["doctor"]).stdout
    own = run(args=["doctor", "--clinic", "maple-dental"]).stdout
    assert "'maple-care' is ACTIVE on every carrier" in own
    assert "'maple-care' is ACTIVE on every carrier" not in plain
    assert run(args=["doctor", "--clinic", "nobody"]).exit_code == 1
