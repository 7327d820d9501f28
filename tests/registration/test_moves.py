import threading
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Clinic
from consent.attachments import kept
from kernel.errors import Conflict, Invalid, NotFound
from kernel.hashing import sha256_hex
from registration import moves, numbers, signing
from registration.letter import letter_of, pdf
from registration.models import Brand, Campaign, SenderNumber, WhoReplies
from registration.move_asking import Asked, ask
from registration.moves import NotYet
from registration.number_models import MoveEvent, MoveStep, NumberMove
from tests.conftest import NOW
from tests.registration.office_numbers import (
    ASKED,
    LETTER,
    OFFICE,
    ON_THE_DAY,
    PDF,
    RELEASE,
    all_but_swapped,
    move_row,
    scan,
    set_out,
    signed,
    step,
)
from tests.registration.operating import OPERATOR


def added(database, place, phone=OFFICE):
    with database.writing() as session:
        numbers.add_number(session, place.clinic_id, phone, WhoReplies.gateway)


@pytest.mark.parametrize("voice", ["wireless", "teams", "google_voice", "unknown"])
def test_a_line_that_cannot_be_split_does_not_set_out(database, cast, voice):
    asked = Asked(phone=OFFICE, voice=voice, texting="nobody", provider="Somebody")

    with database.writing() as session:
        done = ask(session, cast.maple.clinic_id, asked, OPERATOR, NOW)

        assert isinstance(done, NotYet)
        assert session.exec(select(NumberMove)).first() is None


def test_an_internet_phone_sets_out_once_its_provider_said_yes(database, cast):
    asked = {"phone": OFFICE, "voice": "voip", "texting": "nobody", "provider": "V"}

    with database.writing() as session:
        refused = ask(session, cast.maple.clinic_id, Asked(**asked), OPERATOR, NOW)
    assert "depends on the provider" in str(refused)

    move = set_out(database, cast.maple, Asked(**asked, provider_said_yes="Bo, Nov 30"))
    assert move_row(database, move).provider_said_yes == "Bo, Nov 30"


def test_a_number_in_use_elsewhere_gets_a_temporary_one(database, cast):
    """R35: the workflow's state "temporary assigned", and the number is marked."""
    place = cast.maple
    move = set_out(database, place)

    done = step(database, moves.assign_temporary, place, move, place.number_id)

    assert done == "done"
    row = move_row(database, move)
    assert (row.step, row.temporary_id) == (MoveStep.temporary, place.number_id)
    with database.reading() as session:
        assert session.get(SenderNumber, place.number_id).temporary_since == NOW
        events = session.exec(select(MoveEvent).order_by(col(MoveEvent.id))).all()
    assert [(one.step, one.by, one.at) for one in events] == [
        ("asked", OPERATOR, NOW),
        ("temporary", OPERATOR, NOW),
    ]


def test_an_office_number_is_on_one_platform_at_a_time(database, cast):
    """R38: one open move a number, whoever asks, and the conflict is shown."""
    move = set_out(database, cast.maple)

    for place, whose in (
        (cast.maple, "on its way already"),
        (cast.birch, "to another"),
    ):
        with pytest.raises(Conflict, match=whose), database.writing() as session:
            ask(session, place.clinic_id, ASKED, OPERATOR, NOW)
    with pytest.raises(Conflict, match="on its way to another clinic"):
        added(database, cast.birch)
    early = step(database, signing.sign_by_scan, cast.maple, move, scan())
    assert "ChairText still texts from the number" in str(early)
    taken = Asked(
        phone=cast.birch.number, voice="landline", texting="nobody", provider="C"
    )
    with pytest.raises(Conflict, match="texting number here already"):
        set_out(database, cast.maple, taken)
    assert step(database, moves.cancel, cast.maple, move, "we stay") == "done"
    assert set_out(database, cast.birch) != move


def test_of_two_clinics_that_ask_at_once_one_is_told_of_the_other(database, cast):
    start, told = threading.Barrier(2), []

    def asks(place):
        start.wait()
        try:
            told.append(set_out(database, place))
        except Conflict as conflict:
            told.append(str(conflict))

    both = [
        threading.Thread(target=asks, args=[one]) for one in (cast.maple, cast.birch)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()

    (refused,) = [one for one in told if isinstance(one, str)]
    assert "one platform at a time" in refused


def test_hosting_waits_for_a_signed_letter(database, cast):
    """R37: blocked until file, signer and date are recorded; the letter is a PDF."""
    place = cast.maple
    with pytest.raises(Conflict, match="hosting its texts needs a signed letter"):
        added(database, place)
    move = set_out(database, place)
    for take, *more in (
        (moves.assign_temporary, place.number_id),
        (moves.agree_release, RELEASE),
        (signing.write_letter, LETTER),
    ):
        assert step(database, take, place, move, *more) == "done"
    with pytest.raises(Conflict, match="is not hosted yet"):
        added(database, place)
    blocked = step(database, moves.begin_cut_over, place, move, at=ON_THE_DAY)
    assert isinstance(blocked, NotYet)
    for missing in ({"content": b""}, {"signer": " "}, {"content": b"a picture"}):
        with pytest.raises(Invalid):
            step(database, signing.sign_by_scan, place, move, scan(**missing))

    assert step(database, signing.sign_by_scan, place, move, scan()) == "done"

    row = move_row(database, move)
    assert (row.signer, row.signed_on) == ("Ada Alder", date(2026, 11, 30))
    assert (row.letter_sha256, row.signed_how) == (sha256_hex(PDF), "scan")
    with database.reading() as session:
        assert kept(session, place.clinic_id, sha256_hex(PDF)).content == PDF
        letter = letter_of(row, session.get(Clinic, place.clinic_id))
    assert pdf(letter, None, NOW).startswith(b"%PDF-")
    assert step(database, moves.begin_cut_over, place, move, at=ON_THE_DAY) == "done"
    added(database, place)


def test_the_release_may_move_and_the_letter_stays_signed(database, cast):
    place = cast.maple
    move = signed(database, place)
    later = RELEASE + timedelta(days=3)

    assert step(database, moves.agree_release, place, move, later) == "done"

    row = move_row(database, move)
    assert (row.step, row.release_on) == (MoveStep.signed, later)
    with pytest.raises(Invalid, match="This day is over"):
        step(database, moves.agree_release, place, move, date(2026, 11, 29))


@pytest.mark.parametrize(
    "take",
    [
        (moves.assign_temporary, 1),
        (moves.agree_release, RELEASE),
        (moves.begin_cut_over,),
        (moves.tick, "text_in"),
        (moves.cancel, "no"),
        (signing.write_letter, LETTER),
        (signing.sign_by_scan, scan()),
        (signing.make_link,),
    ],
)
def test_no_step_is_taken_with_another_clinics_number(database, cast, take):
    move = set_out(database, cast.maple)

    with pytest.raises(NotFound):
        step(database, take[0], cast.birch, move, *take[1:])


def test_a_number_of_another_clinic_cannot_stand_in(database, cast):
    move = set_out(database, cast.maple)

    with pytest.raises(NotFound, match="no such number"):
        step(database, moves.assign_temporary, cast.maple, move, cast.birch.number_id)


def test_the_list_is_worked_through_on_its_day_and_ticked_once(database, cast):
    place = cast.maple
    move = signed(database, place)
    early = step(database, moves.tick, place, move, "text_in")
    step(database, moves.begin_cut_over, place, move, at=ON_THE_DAY)

    for _ in range(2):
        assert step(database, moves.tick, place, move, "text_in") == "done"

    assert "Begin it first" in str(early)
    with database.reading() as session:
        told = session.exec(select(MoveEvent.what)).all()
    assert sum("A test text to the office number" in what for what in told) == 1
    with pytest.raises(Invalid, match="no such line"):
        step(database, moves.tick, place, move, "nothing")


def test_a_number_is_detached_and_may_serve_another_campaign(database, cast):
    place = cast.maple
    with database.writing() as session:
        numbers.detach(session, place.clinic_id, place.number_id)
        row = session.get(SenderNumber, place.number_id)
        assert (row.campaign_id, row.connected_at) == (None, None)
        numbers.attach(session, place.clinic_id, place.number_id, place.campaign_id)
        with pytest.raises(NotFound):
            numbers.detach(session, place.clinic_id, cast.birch.number_id)


def test_the_temporary_number_is_not_detached_before_the_swap(database, cast):
    place = cast.maple
    move = all_but_swapped(database, place)

    with pytest.raises(Conflict, match="stands in for"), database.writing() as session:
        numbers.detach(session, place.clinic_id, place.number_id)

    step(database, moves.cancel, place, move, "we stay where we are")
    with database.writing() as session:
        numbers.detach(session, place.clinic_id, place.number_id)


def test_a_campaign_takes_as_many_numbers_as_there_is_room_for(database, cast):
    place = cast.maple
    with database.writing() as session:
        for number in range(200, 248):
            session.add(
                SenderNumber(
                    clinic_id=place.clinic_id,
                    campaign_id=place.campaign_id,
                    phone=f"+12065550{number}",
                    who_replies=WhoReplies.gateway,
                )
            )
        spare = numbers.add_number(
            session, place.clinic_id, "+12065550300", WhoReplies.gateway
        )
        with pytest.raises(Conflict, match="at most 49 numbers"):
            numbers.attach(session, place.clinic_id, spare.id, place.campaign_id)


def test_a_sole_proprietor_has_one_number(database, cast):
    place = cast.maple
    with database.writing() as session:
        campaign = session.get(Campaign, place.campaign_id)
        session.get(Brand, campaign.brand_id).entity_type = "SOLE_PROPRIETOR"
        spare = numbers.add_number(
            session, place.clinic_id, "+12065550300", WhoReplies.gateway
        )
        with pytest.raises(Conflict, match="exactly one number"):
            numbers.attach(session, place.clinic_id, spare.id, place.campaign_id)
