"""Every step of an office number as a command, from the question to the swap."""

import json

import pytest
from sqlmodel import select

from clinics.models import StaffAction
from kernel.clock import FixedClock
from registration.number_models import NumberMove
from registration.numbers import number_with
from tests.conftest import NOW
from tests.registration.office_numbers import OFFICE, ON_THE_DAY, PDF
from tests.registration.operating import OPERATOR, database_of, rows

# The commands are the database's on both sides of the same functions: once is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LINES = (
    "desk_ready",
    "other_off",
    "in_pool",
    "text_out",
    "text_in",
    "stop_carried",
    "calls_work",
)


@pytest.fixture
def run(pages):
    def ran(*words, at=NOW, by=True, clinic="maple-dental"):
        pages.extensions["heed"].clock = FixedClock(at)
        more = ["--by", OPERATOR] if by else []
        done = pages.test_cli_runner().invoke(
            args=["registration", "number", clinic, *words, *more, "--json"]
        )
        if not done.stdout.startswith("{"):
            return done.exit_code, done.output
        return done.exit_code, json.loads(done.stdout)

    return ran


def letter(tmp_path):
    return (
        *("loa", OFFICE, "--company", "Maple Dental, P.C.", "--signer", "Ada Alder"),
        *("--title", "Owner", "--address", "12 Pine Street, Seattle, WA 98101"),
        *("--out", str(tmp_path / "letter.pdf")),
    )


def bring(**changes):
    given = {"voice": "landline", "provider": "Cascade Telephone"} | changes
    named = [f"--{name.replace('_', '-')}={text}" for name, text in given.items()]
    return ("bring", OFFICE, *named)


@pytest.mark.parametrize(
    ("words", "status", "verdict"),
    [
        ((OFFICE, "--voice", "teams"), 1, "no"),
        (("72975", "--voice", "landline"), 1, "no"),
        ((OFFICE, "--voice", "landline", "--texting", "platform"), 0, "release"),
        ((OFFICE, "--voice", "landline"), 0, "yes"),
    ],
)
def test_the_question_is_answered_by_exit_status_as_well(run, words, status, verdict):
    code, found = run("check", *words, by=False)

    assert (code, found["verdict"]) == (status, verdict)
    assert found["sources"]


def test_an_office_number_comes_over_by_commands(run, pages, cast, tmp_path):
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(PDF)
    scan = ("signed", OFFICE, "--scan", str(paper), "--signer", "Ada Alder")
    refused, why = run(*bring(voice="wireless"))
    before = [
        run(*bring(platform="ChairText")),
        run("temporary", OFFICE, "--number", cast.maple.number),
        run("release", OFFICE, "--on", "2026-12-04"),
        run(*letter(tmp_path)),
        run(*scan, "--title", "Owner", "--on", "2026-11-30"),
    ]
    early = run("cut-over", OFFICE)
    steps = [run("cut-over", OFFICE, at=ON_THE_DAY)]
    steps += [run("cut-over", OFFICE, "--done", one, at=ON_THE_DAY) for one in LINES]
    steps += [
        run("add", OFFICE, "--who-replies", "gateway", at=ON_THE_DAY),
        run("attach", OFFICE, "--campaign", "maple-care", at=ON_THE_DAY),
    ]
    held = run("swap", OFFICE, at=ON_THE_DAY)
    with database_of(pages).writing() as session:  # Twilio is no part of this test
        number_with(session, cast.maple.clinic_id, OFFICE).connected_at = ON_THE_DAY
    swapped = run("swap", OFFICE, "--keep-until", "2027-01-04", at=ON_THE_DAY)
    unsure = run("detach", cast.maple.number, at=ON_THE_DAY)
    detached = run("detach", cast.maple.number, "--sure", at=ON_THE_DAY)

    assert (refused, "cannot be split" in why["refused"][0]) == (1, True)
    assert [code for code, _ in (*before, *steps)] == [0] * 15
    assert [found["step"] for _, found in before] == [
        "asked",
        "temporary",
        "release_agreed",
        "release_agreed",
        "signed",
    ]
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF-")
    assert early[0] == 1
    assert "lets the number go on December 4" in early[1]["refused"][0]
    assert held[0] == 1
    assert "is not connected yet" in held[1]["refused"][0]
    assert (swapped[0], swapped[1]["step"]) == (0, "hosted")
    assert (swapped[1]["before"], swapped[1]["moved"]) == (cast.maple.number, 0)
    assert (unsure[0], "--sure" in unsure[1]) == (1, True)
    assert detached == (
        0,
        {"clinic": "maple-dental", "phone": cast.maple.number, "campaign": None},
    )
    with database_of(pages).reading() as session:
        by = set(session.exec(select(StaffAction.staff_email)).all())
    assert by == {OPERATOR}


def test_a_link_is_told_once_and_only_when_it_can_be_signed(run, pages, tmp_path):
    run(*bring())
    early = run("link", OFFICE)
    run(*letter(tmp_path))
    code, found = run("link", OFFICE)

    assert (early[0], "not written yet" in early[1]) == (1, True)
    assert code == 0
    path = "/" + found["link"].split("/", 3)[3]
    assert pages.test_client().get(path).status_code == 200


def test_commands_find_only_the_clinics_own_and_only_an_operator_acts(run, pages):
    run(*bring())
    elsewhere = run("cancel", OFFICE, "--why", "no", clinic="birch-eye")
    words = ["registration", "number", "maple-dental", "cancel", OFFICE, "--why", "no"]
    desk = ["--by", "desk@maple-dental.example"]
    stranger = pages.test_cli_runner().invoke(args=[*words, *desk])

    assert (elsewhere[0], "is not on its way" in elsewhere[1]) == (1, True)
    assert stranger.exit_code == 1
    assert rows(pages, NumberMove)[0].ended_at is None
    assert run("cancel", OFFICE, "--why", "we stay")[1]["step"] == "cancelled"
