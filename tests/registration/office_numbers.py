"""An office number of Maple Dental on its way: what its tests share."""

from datetime import date, timedelta

from sqlmodel import col, select

from registration import moves, signing
from registration.models import WhoReplies
from registration.move_asking import Asked, ask
from registration.move_steps import cut_over_list
from registration.number_models import NumberMove
from registration.numbers import add_number, attach, connect
from tests.conftest import NOW
from tests.registration.operating import OPERATOR

OFFICE = "+12065550199"
PDF = b"%PDF-1.7\n% signed\n%%EOF\n"
RELEASE = date(2026, 12, 4)
ON_THE_DAY = NOW + timedelta(days=4)
ASKED = Asked(
    phone="(206) 555-0199",
    voice="landline",
    texting="platform",
    provider="Cascade Telephone",
    platform="ChairText",
)
LETTER = signing.Words(
    company="Maple Dental, P.C.",
    service_address="12 Pine Street, Seattle, WA 98101",
    signer="Ada Alder",
    signer_title="Owner",
)


def scan(**changes):
    return signing.Scan(
        **{
            "content": PDF,
            "file_name": "letter.pdf",
            "signer": "Ada Alder",
            "signer_title": "Owner",
            "signed_on": date(2026, 11, 30),
            **changes,
        }
    )


def set_out(database, place, asked=ASKED):
    """The id of the move."""
    with database.writing() as session:
        done = ask(session, place.clinic_id, asked, OPERATOR, NOW)
        assert isinstance(done, NumberMove), done
        return done.id


def step(database, take, place, move, *more, at=NOW):
    with database.writing() as session:
        done = take(session, place.clinic_id, move, *more, OPERATOR, at)
        return done if isinstance(done, moves.NotYet) else "done"


def signed(database, place, asked=ASKED):
    """A move whose letter is signed on paper; its id."""
    move = set_out(database, place, asked)
    for take, *more in (
        (moves.assign_temporary, place.number_id),
        (moves.agree_release, RELEASE),
        (signing.write_letter, LETTER),
        (signing.sign_by_scan, scan()),
    ):
        assert step(database, take, place, move, *more) == "done"
    return move


def all_but_swapped(database, place, at=ON_THE_DAY):
    """The cut-over list is done and the office number connected; its move's id."""
    move = signed(database, place)
    assert step(database, moves.begin_cut_over, place, move, at=at) == "done"
    for item in cut_over_list():
        assert step(database, moves.tick, place, move, item, at=at) == "done"
    with database.writing() as session:
        row = add_number(session, place.clinic_id, OFFICE, WhoReplies.gateway)
        attach(session, place.clinic_id, row.id, place.campaign_id)
        connect(session, place.clinic_id, row.id, at)
    return move


def move_row(database, move):
    with database.reading() as session:
        return session.exec(select(NumberMove).where(col(NumberMove.id) == move)).one()
