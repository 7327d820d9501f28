import re

from clinics.models import StaffAction
from consent.models import EventKind, PageLink
from consent.page_links import of_token
from gateway.models import Message
from kernel.hashing import sha256_hex
from tests.conftest import NOW, PAT
from tests.gateway.own_pages import agrees, link, look, press, token_in
from tests.gateway.signing_up import events, rows
from tests.pages import visitor, words
from tests.reminders.desk import ADMIN, BIRCH, DESK, id_of, of


def test_the_desk_makes_a_link_that_is_shown_once_and_opens_the_page(
    here, desk, cast, capfd
):
    agrees(here, cast.maple)
    page = of(here, "Pat")

    made = desk.post(f"{page}/own-page")

    address = re.search(
        r"<textarea[^>]*>([^<]+)</textarea>", made.get_data(as_text=True)
    )
    token = token_in(address[1])
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    assert "data:image/svg" in made.get_data(as_text=True)
    assert "ends in 11" in words(look(here, f"/p/{token}"))
    assert token not in desk.get(page).get_data(as_text=True)
    assert token not in "".join(capfd.readouterr())
    (kept,) = rows(here, PageLink)
    assert (kept.phone, kept.made_by) == (PAT, DESK)
    assert kept.token_hash == sha256_hex(token.encode())
    noted = [one for one in rows(here, StaffAction) if "own page" in one.action]
    assert [(one.staff_email, one.subject) for one in noted] == [
        (DESK, f"patient {id_of(here, 'Pat')}")
    ]
    assert rows(here, Message) == []  # it is never texted


def test_a_newer_link_of_the_desk_ends_the_one_in_a_text(here, cast):
    agrees(here, cast.maple)
    texted = link(here, cast.maple)

    visitor(here, ADMIN).post(f"{of(here, 'Pat')}/own-page")

    assert look(here, texted).status_code == 410


def test_looking_makes_no_link_and_another_clinic_cannot(here, desk):
    page = of(here, "Pat")
    theirs = f"{of(here, 'Sam')}/own-page"  # a patient of Birch at Maple's address

    desk.get(page)
    answers = [
        desk.get(f"{page}/own-page").status_code,
        desk.post(theirs).status_code,
        visitor(here, BIRCH).post(f"{page}/own-page").status_code,
        here.test_client().post(f"{page}/own-page").status_code,
    ]

    assert answers == [405, 404, 404, 400]
    assert rows(here, PageLink) == []


def test_the_desk_sees_that_she_stopped_on_her_own_page(here, desk, cast):
    agrees(here, cast.maple)
    path = link(here, cast.maple)

    press(here, f"{path}/stop")
    press(here, f"{path}/erase")

    told = words(desk.get(of(here, "Pat")))
    assert "No more texts: stopped Mon, Nov 30, 2026" in told
    assert "On their own page" in told
    assert "The patient stopped all texts of the clinic on their own page" in told
    assert "asked on their own page to have their data deleted" in told
    assert events(here, cast.maple)[-1][0] is EventKind.opt_out


def test_the_link_is_bound_to_the_number_of_that_day(here, cast):
    path = link(here, cast.maple)

    with here.extensions["heed"].database.reading() as reading:
        found = of_token(reading, path.removeprefix("/p/"))

    assert (found.clinic_id, found.phone) == (cast.maple.clinic_id, PAT)
    assert found.created_at == NOW
