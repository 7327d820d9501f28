from datetime import timedelta

import pytest

from consent.disclosures import hash_in_use, newest, of_hash, publish
from kernel.errors import Conflict, Invalid
from kernel.hashing import sha256_hex

TEXT = "Text START to +1 206 555 0100. Msg&data rates may apply.\n"


def test_each_new_wording_is_the_next_version_and_keeps_its_exact_bytes(
    database, cast, now
):
    with database.writing() as session:
        first = publish(session, cast.maple.clinic_id, "web", "en", TEXT, now)
        second = publish(session, cast.maple.clinic_id, "web", "en", TEXT + " ", now)
        spanish = publish(session, cast.maple.clinic_id, "web", "es", "Sí", now)

    assert (first.version, second.version, spanish.version) == (1, 2, 1)
    assert first.sha256 == sha256_hex(TEXT.encode())
    with database.reading() as session:
        assert newest(session, cast.maple.clinic_id, "web").id == second.id
        assert of_hash(session, cast.maple.clinic_id, first.sha256).text == TEXT
        assert hash_in_use(session, cast.maple.clinic_id, "paper") is None


def test_the_newest_wording_again_is_the_same_row(database, cast, now):
    with database.writing() as session:
        first = publish(session, cast.maple.clinic_id, "web", "en", TEXT, now)
        again = publish(
            session, cast.maple.clinic_id, "web", "en", TEXT, now + timedelta(1)
        )

    assert (again.id, again.published_at) == (first.id, now)


@pytest.mark.parametrize(("kind", "language"), [("web", "en"), ("web", "es")])
def test_words_that_were_published_before_as_something_else_are_refused(
    database, cast, now, kind, language
):
    with database.writing() as session:
        publish(session, cast.maple.clinic_id, "web", "en", TEXT, now)
        publish(session, cast.maple.clinic_id, "web", "en", "Newer words.", now)

        with pytest.raises(Conflict, match="as web en version 1"):
            publish(session, cast.maple.clinic_id, kind, language, TEXT, now)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "language", "text", "why"),
    [
        ("telepathy", "en", TEXT, "no way to opt in"),
        ("web", "fr", TEXT, "no language of ours"),
        ("web", "en", " \n", "empty"),
        ("web", "en", "a\x00b", "no database keeps"),
        ("web", "en", "a\ud800b", "no database keeps"),
    ],
)
def test_what_cannot_be_kept_exactly_is_refused(
    database, cast, now, kind, language, text, why
):
    with database.writing() as session, pytest.raises(Invalid, match=why):
        publish(session, cast.maple.clinic_id, kind, language, text, now)


def test_a_wording_of_one_clinic_is_not_there_for_another(database, cast, now):
    with database.writing() as session:
        mine = publish(session, cast.maple.clinic_id, "web", "en", TEXT, now)

    with database.reading() as session:
        assert of_hash(session, cast.birch.clinic_id, mine.sha256) is None
        assert newest(session, cast.birch.clinic_id, "web") is None
