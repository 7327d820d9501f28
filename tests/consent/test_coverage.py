import json
from importlib.util import module_from_spec, spec_from_file_location

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlmodel import select

from consent import record
from consent.attest import attest
from consent.cli import COMMANDS
from consent.coverage import coverage, superseded
from consent.disclosures import publish
from consent.models import ConsentDetail, Grade, Standing, Topic
from consent.standing import lock_line
from kernel.clock import FixedClock
from kernel.schema import MIGRATIONS
from kernel.web import Heed, add_commands
from tests.consent.conftest import NOW, PAT

ADMIN = "admin@maple-dental.example"
KIM = "+12065550113"


@pytest.fixture
def versions(database, cast):
    """Three versions on the web, of which the second asks for more; their hashes."""
    with database.writing() as session:
        return [
            publish(
                session, cast.maple.clinic_id, "web", "en", text, NOW, broader
            ).sha256
            for text, broader in (("One.", None), ("Two.", True), ("Three.", False))
        ]


def agree(database, place, words, phone=PAT, topic=Topic.care):
    facts = {"disclosure_sha256": words}
    with database.writing() as session:
        lock_line(session, place.clinic_id, phone)
        record.opt_in(
            session, place.clinic_id, phone, topic, Grade.recorded, facts, NOW
        )


def standing_words(database):
    with database.reading() as session:
        return [row.disclosure_sha256 for row in session.exec(select(Standing))]


def test_only_words_before_a_broader_version_are_superseded(database, cast, versions):
    with database.reading() as session:
        assert superseded(session, cast.maple.clinic_id) == {versions[0]}
        assert superseded(session, cast.birch.clinic_id) == frozenset()


def test_a_broader_wording_of_another_kind_or_clinic_supersedes_nothing(
    database, cast, versions
):
    with database.writing() as session:
        publish(session, cast.maple.clinic_id, "paper", "en", "A.", NOW)
        publish(session, cast.maple.clinic_id, "web", "es", "Uno.", NOW)
        publish(session, cast.birch.clinic_id, "paper", "en", "A.", NOW)
        publish(session, cast.birch.clinic_id, "paper", "en", "More.", NOW, True)

    with database.reading() as session:
        assert superseded(session, cast.maple.clinic_id) == {versions[0]}


def test_a_standing_names_the_words_of_its_newest_opt_in(database, cast, versions):
    agree(database, cast.maple, versions[0])
    agree(database, cast.maple, versions[2])
    assert standing_words(database) == [versions[2]]

    agree(database, cast.maple, None)
    assert standing_words(database) == [None]


def test_what_an_import_asserts_stands_under_no_words(database, cast, versions):
    with database.writing() as session:
        attest(session, cast.maple.clinic_id, ADMIN, "Told.", NOW)
        record.record_asserted(session, cast.maple.clinic_id, KIM, Topic.care, {}, NOW)

    with database.reading() as session:
        assert coverage(session, cast.maple.clinic_id).without == 1


def test_the_command_lists_every_version(database, cast, keys, versions):
    agree(database, cast.maple, versions[0])
    agree(database, cast.maple, versions[0], topic=Topic.reviews)
    agree(database, cast.maple, None, KIM)
    app = Flask("heed")
    app.extensions["heed"] = Heed(None, database, keys, FixedClock(NOW))
    add_commands(app, *COMMANDS)
    asked = ["consent", "disclosures", "maple-dental"]

    said = app.test_cli_runner().invoke(args=[*asked, "--json"]).stdout
    plain = app.test_cli_runner().invoke(args=asked).stdout

    fields = json.loads(said)
    assert [
        (one["version"], one["phones"], one["ask_again"]) for one in fields["versions"]
    ] == [(3, 0, False), (2, 0, False), (1, 1, True)]
    assert fields["without_words"] == 1
    assert f"web en 1: 1 phones, ask again, SHA-256 {versions[0]}" in plain


def test_the_command_says_what_a_new_version_means(database, cast, keys, tmp_path):
    app = Flask("heed")
    app.extensions["heed"] = Heed(None, database, keys, FixedClock(NOW))
    add_commands(app, *COMMANDS)
    for text, more in (("One.", []), ("Two.", ["--broader"]), ("Three.", [])):
        (tmp_path / "words.txt").write_text(text)
        publishing = ["consent", "publish", "maple-dental", "web", "--by", ADMIN]
        file = ["--text-file", str(tmp_path / "words.txt")]
        app.test_cli_runner().invoke(args=[*publishing, *file, *more])

    with database.reading() as session:
        ways = coverage(session, cast.maple.clinic_id).ways
    (web,) = [way for way in ways if way.versions]
    assert [one.wording.broader for one in web.versions] == [None, True, None]


def test_consents_of_before_get_the_words_that_their_record_names(
    database, cast, versions
):
    agree(database, cast.maple, versions[0])
    agree(database, cast.maple, None, KIM)
    agree(database, cast.birch, versions[1])
    damaged = (("{", cast.birch.clinic_id), ("[]", cast.birch.clinic_id))
    for text, clinic_id in damaged:
        with database.writing() as session:
            session.connection().execute(
                sa.update(Standing).values(disclosure_sha256=None)
            )
            session.connection().execute(
                sa.update(ConsentDetail)
                .where(ConsentDetail.clinic_id == clinic_id)
                .values(detail=text)
            )
            with Operations.context(MigrationContext.configure(session.connection())):
                _migration()._words_behind_older_consents()

        assert sorted(map(str, standing_words(database))) == sorted(
            ["None", "None", versions[0]]
        )


def _migration():
    file = next((MIGRATIONS / "versions").glob("0003_*.py"))
    spec = spec_from_file_location("every_way", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
