from datetime import date, timedelta

import pytest
from sqlmodel import select

from consent.models import Attachment
from kernel.errors import Invalid
from registration import moves, signing
from registration.letter import pdf
from registration.number_models import NumberMove
from tests.conftest import NOW
from tests.registration.office_numbers import (
    LETTER,
    RELEASE,
    move_row,
    scan,
    set_out,
    signed,
    step,
)
from tests.registration.operating import OPERATOR


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 12, 1), "a day to come"),
        (date(2026, 10, 30), "older than 30 days"),
    ],
)
def test_a_letter_of_a_day_that_cannot_be_is_refused(database, cast, day, why):
    place = cast.maple
    move = set_out(database, place)
    step(database, moves.assign_temporary, place, move, place.number_id)
    step(database, moves.agree_release, place, move, RELEASE)

    with pytest.raises(Invalid, match=why):
        step(database, signing.sign_by_scan, place, move, scan(signed_on=day))


def test_a_letter_that_is_too_old_by_the_day_is_signed_again(database, cast):
    place = cast.maple
    move = signed(database, place)
    late = NOW + timedelta(days=31)

    refused = step(database, moves.begin_cut_over, place, move, at=late)
    again = scan(signed_on=date(2026, 12, 31))

    assert "more than 30 days ago" in str(refused)
    assert step(database, signing.sign_by_scan, place, move, again, at=late) == "done"
    assert step(database, moves.begin_cut_over, place, move, at=late) == "done"


def test_a_link_signs_once_and_only_what_was_read(database, cast):
    place = cast.maple
    move = set_out(database, place)
    step(database, moves.assign_temporary, place, move, place.number_id)
    step(database, moves.agree_release, place, move, RELEASE)
    early = link_of(database, place, move)
    step(database, signing.write_letter, place, move, LETTER)
    token = link_of(database, place, move)
    letter = read(database, token)
    other = pdf(letter, None, NOW)

    assert "The letter is not written yet" in str(early)
    assert read(database, token, NOW + signing.LINK_LASTS) is None
    step(database, signing.write_letter, place, move, LETTER)
    assert read(database, token) is None  # written anew: a new link is needed
    token = link_of(database, place, move)
    with database.writing() as session:
        row = session.get(NumberMove, move)
        row.company = "Somebody else, Inc."
        session.flush()
        assert sign(session, token, letter, other) is None
    step(database, signing.write_letter, place, move, LETTER)
    token = link_of(database, place, move)
    with database.writing() as session:
        assert sign(session, token, letter, other) is not None
        assert sign(session, token, letter, other) is None
    row = move_row(database, move)
    assert (row.step, row.signer, row.signed_how) == ("signed", "Ada B. Alder", "link")
    with database.reading() as session:
        assert session.exec(select(Attachment.sha256)).one() == row.letter_sha256


def link_of(database, place, move):
    with database.writing() as session:
        return signing.make_link(session, place.clinic_id, move, OPERATOR, NOW)


def read(database, token, at=NOW):
    with database.reading() as session:
        found = signing.to_be_signed(session, token, at)
        return found and found[2]


def sign(session, token, letter, content):
    name, title = "Ada B. Alder", "Owner"
    return signing.sign_by_link(session, token, letter, content, name, title, NOW)
