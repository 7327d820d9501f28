from urllib.parse import unquote

import pytest
from sqlmodel import col, select

from clinics.models import Language
from consent.disclosures import publish
from consent.models import EventKind
from consent.record import opt_out
from consent.standing import Word, lock_line
from gateway.come_back import card_of, printed, sms_link
from gateway.opt_in_place import clinic_of
from registration.models import SenderNumber, WhoReplies
from registration.numbers import add_number, attach, connect
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.reminders.desk import BIRCH, DESK, actions, database, of, word
from tests.texted import texts

MAPLE_NUMBER = "+12065550100"


def replies(app, who):
    with database(app).writing() as writing:
        for number in writing.exec(select(SenderNumber)):
            number.who_replies = who


def stop(app, cast, how):
    """A STOP that was texted, told to staff, or told by the vendor."""
    if how == "texted":
        texts(database(app), cast.maple, "STOP")
        return
    kind = EventKind.vendor_block if how == "vendor" else EventKind.opt_out
    with database(app).writing() as writing:
        lock_line(writing, cast.maple.clinic_id, PAT)
        opt_out(writing, cast.maple.clinic_id, PAT, {"method": how}, NOW, kind)


def card(app, cast):
    with database(app).reading() as reading:
        return card_of(reading, clinic_of(reading, "maple-dental"), PAT)


def test_the_patients_page_leads_to_the_card_only_after_a_stop(here, cast):
    desk = visitor(here, DESK)
    assert "Card: how to get texts again" not in words(desk.get(of(here, "Pat")))

    stop(here, cast, "told to staff")

    assert "Card: how to get texts again" in words(desk.get(of(here, "Pat")))


@pytest.mark.parametrize(
    ("how", "who", "only_this"),
    [
        ("texted", WhoReplies.vendor_default, True),
        ("texted", WhoReplies.vendor_advanced, True),
        ("texted", WhoReplies.gateway, False),
        ("told to staff", WhoReplies.vendor_default, False),
        ("vendor", WhoReplies.gateway, True),
        ("vendor", WhoReplies.vendor_default, True),
    ],
)
def test_the_card_names_this_very_number_where_the_vendor_may_block(
    here, cast, how, who, only_this
):
    replies(here, who)
    stop(here, cast, how)

    page = words(visitor(here, DESK).get(of(here, "Pat", "/come-back")))

    assert "START to (206) 555-0100" in page
    assert ("It must be this very number" in page) is only_this
    assert "Why you cannot just switch it on" in page
    assert "Record a signed form" in page
    for language in Language:
        said = printed(card(here, cast), language)
        assert (said["only"] is not None) is only_this
        assert (said["form"] is None) is only_this


def test_the_number_is_the_one_that_the_stop_was_texted_to(here, cast):
    with database(here).writing() as writing:
        second = add_number(
            writing, cast.maple.clinic_id, "+12065550105", WhoReplies.vendor_default
        )
        attach(writing, cast.maple.clinic_id, second.id, cast.maple.campaign_id)
        connect(writing, cast.maple.clinic_id, second.id, NOW)
        number_id = second.id
    texts(database(here), cast.maple, "STOP", number_id=number_id)

    assert card(here, cast).number == "+12065550105"

    with database(here).writing() as writing:
        gone = writing.get_one(SenderNumber, number_id)
        gone.connected_at = None

    assert card(here, cast).number == MAPLE_NUMBER


def test_looking_at_the_card_and_printing_it_change_nothing(here, cast):
    stop(here, cast, "texted")
    desk = visitor(here, DESK)
    before = actions(here)

    assert desk.get(of(here, "Pat", "/come-back")).status_code == 200
    made = desk.get(of(here, "Pat", "/come-back.pdf?lang=es"))

    assert made.data.startswith(b"%PDF")
    assert made.mimetype == "application/pdf"
    named = made.headers["Content-Disposition"]
    assert "maple-dental-texts-again-es.pdf" in named
    assert "Pat" not in named
    assert actions(here) == before
    assert word(here, cast) is Word.opted_out


def test_the_paper_is_the_same_each_time_and_prints_the_published_words(here, cast):
    stop(here, cast, "texted")
    with database(here).writing() as writing:
        publish(
            writing, cast.maple.clinic_id, "keyword", "en", "START: you agree.", NOW
        )
    desk = visitor(here, DESK)
    page = of(here, "Pat", "/come-back.pdf")

    assert desk.get(page).data == desk.get(page).data
    assert printed(card(here, cast), Language.en)["words"] == "START: you agree."
    assert printed(card(here, cast), Language.es)["words"] is None


def test_without_a_stop_there_is_no_card(here):
    desk = visitor(here, DESK)

    page = desk.get(of(here, "Pat", "/come-back"))

    assert "There is no STOP to undo" in words(page)
    assert desk.get(of(here, "Pat", "/come-back.pdf")).status_code == 404


def test_without_a_number_the_page_says_what_to_do(here, cast):
    stop(here, cast, "told to staff")
    with database(here).writing() as writing:
        mine = col(SenderNumber.clinic_id) == cast.maple.clinic_id
        number = writing.exec(select(SenderNumber).where(mine)).one()
        number.clinic_id = cast.birch.clinic_id

    page = words(visitor(here, DESK).get(of(here, "Pat", "/come-back")))

    assert "There is no number to text yet" in page


@pytest.mark.parametrize("lang", ["fr", "", "../x"])
def test_a_language_that_we_do_not_print_is_not_found(here, cast, lang):
    stop(here, cast, "texted")

    page = visitor(here, DESK).get(of(here, "Pat", f"/come-back.pdf?lang={lang}"))

    assert page.status_code == 404


def test_another_clinic_finds_no_card(here, cast):
    stop(here, cast, "texted")
    birch = visitor(here, BIRCH)
    path = of(here, "Pat", "/come-back").replace("maple-dental", "birch-eye")

    assert birch.get(path).status_code == 404
    assert birch.get(f"{path}.pdf").status_code == 404
    assert birch.get(of(here, "Pat", "/come-back")).status_code == 404


def test_the_code_opens_a_text_that_is_ready_to_send():
    assert unquote(sms_link(MAPLE_NUMBER)) == "sms:+12065550100?&body=START"
