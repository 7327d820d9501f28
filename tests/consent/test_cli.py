import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import col, select

from clinics.models import StaffAction
from consent import record
from consent.cli import COMMANDS
from consent.disclosures import newest
from consent.models import ImportAttestation
from consent.standing import Word, line_state, lock_line
from kernel.clock import FixedClock
from kernel.web import Heed, add_commands

PAT = "+12065550111"
ADMIN, DESK = "admin@maple-dental.example", "desk@maple-dental.example"
AUDITOR, STRANGER = "auditor@maple-dental.example", "admin@birch-eye.example"
OPERATOR = "operator@heed.example"


@pytest.fixture
def run(database, keys, now):
    """`flask consent …`: the exit status, what was said and what was complained."""
    app = Flask("heed")
    app.extensions["heed"] = Heed(None, database, keys, FixedClock(now))
    add_commands(app, *COMMANDS)

    def call(*arguments):
        result = app.test_cli_runner().invoke(
            args=["consent", *map(str, arguments)], catch_exceptions=False
        )
        return result.exit_code, result.stdout, result.stderr

    return call


def actions(database):
    with database.reading() as session:
        rows = session.exec(select(StaffAction).order_by(col(StaffAction.id))).all()
        return [(row.staff_email, row.action, row.subject) for row in rows]


def test_an_export_is_checked_noted_and_verified_again(run, ledger, database, tmp_path):
    out = tmp_path / "pack.zip"
    asked = ("export", "maple-dental", "--out", out, "--by", AUDITOR, "--json")

    status, said, _ = run(*asked, "--campaign", "maple-care", "--to", "2026-11-30")

    fields = json.loads(said)
    assert (status, fields["holds"], fields["events"]) == (0, True, 1)
    assert fields["file"] == str(out)
    assert actions(database)[-1] == (
        AUDITOR,
        "evidence export",
        "campaign maple-care, until 2026-12-01T08:00:00.000000Z",
    )
    status, said, _ = run("verify", out)
    assert (status, said.startswith("Everything holds: 1 records")) == (0, True)


def test_days_are_days_of_the_clinic(run, ledger, tmp_path):
    def events(*days):
        out = tmp_path / "pack.zip"
        asked = ("export", "maple-dental", "--out", out, "--by", AUDITOR, "--json")
        return json.loads(run(*asked, *days)[1])["events"]

    assert events("--from", "2026-12-01", "--to", "2026-12-01") == 1
    assert events("--from", "2026-12-02") == 16
    assert events("--phone", "(206) 555-0111", "--to", "2026-12-31") == 2


def test_a_damaged_ledger_is_said_at_once(run, ledger, database, tmp_path):
    with database.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE consentdetail SET detail = '{}' WHERE seq = 4 AND clinic_id = 1"
        )
    out = tmp_path / "pack.zip"

    status, said, _ = run("export", "maple-dental", "--out", out, "--by", AUDITOR)

    assert (status, "record 4 (events.jsonl line 4): its facts" in said) == (1, True)
    status, said, _ = run("verify", out, "--json")
    assert (status, json.loads(said)["where"]) == (1, "record 4 (events.jsonl line 4)")


def test_a_pack_of_another_key_needs_that_key(run, ledger, make_pack, keys):
    file, key = make_pack().file, keys.current().public_base64

    assert run("verify", file, "--key", key)[0] == 0
    status, said, _ = run("verify", file, "--key", "A" * 43 + "=")
    assert (status, said.startswith("manifest.json: is signed with")) == (1, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("command", "email"),
    [
        (("export", "maple-dental", "--out", "/dev/null/x"), DESK),
        (("export", "maple-dental", "--out", "/dev/null/x"), STRANGER),
        (("attest", "maple-dental", "--told", "x"), OPERATOR),
        (("attest", "maple-dental", "--told", "x"), DESK),
        (("attest", "maple-dental", "--told", "x"), STRANGER),
        (("release", "maple-dental", "+12065550112", "--note", "x"), AUDITOR),
        (("release", "maple-dental", "+12065550112", "--note", "x"), STRANGER),
        (("stop", "maple-dental", PAT, "--how", "x"), AUDITOR),
        (("stop", "maple-dental", PAT, "--how", "x"), STRANGER),
        (("publish", "maple-dental", "web", "--text-file", __file__), DESK),
        (("publish", "maple-dental", "web", "--text-file", __file__), STRANGER),
    ],
)
def test_who_may_not_do_it_changes_nothing(run, ledger, database, command, email):
    before = actions(database)

    status, said, complaint = run(*command, "--by", email)

    assert (status, said) == (1, "")
    assert "may not do this here" in complaint
    assert actions(database) == before


def test_a_clinic_admin_signs_for_imports(run, cast, database):
    status, _, _ = run(
        "attest", "maple-dental", "--by", ADMIN, "--told", "Told at the desk."
    )

    assert status == 0
    with database.reading() as session:
        signed = session.exec(select(ImportAttestation)).one()
    assert (signed.signed_by, signed.told) == (ADMIN, "Told at the desk.")
    assert actions(database)[-1][:2] == (ADMIN, "import attestation")
    assert run("attest", "maple-dental", "--by", ADMIN, "--told", " ")[0] == 1


def test_show_tells_standing_hold_and_every_event(run, ledger):
    status, said, _ = run("show", "maple-dental", "206 555 0112")

    assert status == 0
    assert said.splitlines() == [
        "(206) 555-0112",
        "  HELD since 2026-11-30 10:00 PST: unsure",
        "  care: none",
        "  reviews: opted in (recorded)",
        "  marketing: none",
        "  #3 2026-11-30 10:00 PST opted in: reviews, recorded, text message, “START”",
        "  #4 2026-11-30 10:00 PST held until a person decides: “who?”, unsure",
    ]
    fields = json.loads(run("show", "maple-dental", PAT, "--json")[1])
    assert fields["topics"]["care"]["standing"] == "opted_out"
    assert [event["record"] for event in fields["events"]] == [1, 2]
    assert "nothing of this number" in run("show", "birch-eye", "+12065550112")[1]


def test_a_released_hold_is_an_event_and_only_a_hold_can_be_released(
    run, ledger, database
):
    asked = ("release", "maple-dental", "+12065550112", "--by", DESK)

    status, said, _ = run(*asked, "--note", "She asked who we are.")

    assert (status, said) == (0, "(206) 555-0112 is no longer held: none.\n")
    with database.reading() as session:
        state = line_state(session, ledger.maple.clinic_id, "+12065550112")
        assert not state.held
    assert "hold released by a person" in run("show", "maple-dental", "+12065550112")[1]
    status, _, complaint = run(*asked, "--note", "Again.")
    assert (status, "is not held" in complaint) == (1, True)
    assert actions(database)[-1] == (DESK, "hold released", "record 22")


def test_a_spoken_stop_covers_everything(run, cast, database, now):
    with database.writing() as session:
        lock_line(session, cast.maple.clinic_id, PAT)
        record.hold(
            session, cast.maple.clinic_id, PAT, "unsure", {}, now - timedelta(1)
        )

    status, said, _ = run(
        "stop", "maple-dental", PAT, "--by", DESK, "--how", "By phone: no more texts"
    )

    assert (status, "opted out of all texts" in said) == (0, True)
    with database.reading() as session:
        state = line_state(session, cast.maple.clinic_id, PAT)
    assert state.word is Word.opted_out
    shown = run("show", "maple-dental", PAT)[1]
    assert f"opted out: told to staff, by {DESK}, “By phone: no more texts”" in shown
    assert run("stop", "maple-dental", "123", "--by", DESK, "--how", "x")[0] == 1
    assert run("stop", "maple-dental", PAT, "--by", DESK, "--how", " ")[0] == 1


def test_a_published_wording_is_the_exact_file(run, cast, database, tmp_path):
    file = tmp_path / "words.txt"
    file.write_bytes("Sí, textos de citas.\r\n".encode())
    asked = ("publish", "maple-dental", "web", "--language", "es", "--by", ADMIN)

    status, said, _ = run(*asked, "--text-file", file, "--json")

    assert (status, json.loads(said)["version"]) == (0, 1)
    with database.reading() as session:
        wording = newest(session, cast.maple.clinic_id, "web", "es")
        assert wording.text.encode() == file.read_bytes()
    file.write_bytes(b"\xff\xfe")
    status, _, complaint = run(*asked, "--text-file", file)
    assert (status, "not UTF-8" in complaint) == (1, True)
