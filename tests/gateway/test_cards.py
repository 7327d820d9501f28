import re
import zlib
from dataclasses import replace

import pytest

from clinics.models import Language
from consent.disclosures import publish
from gateway.cards import Form, Sheet, pdf, png, printed, qr_svg
from gateway.opt_in_place import Words
from kernel.errors import Invalid
from tests.conftest import NOW
from tests.pages import visitor, words

KEYWORD = (
    "Text START to (206) 555-0100 to get texts from Maple Dental about your "
    "appointments. Msg frequency varies. Msg&data rates may apply. Reply HELP for "
    "help, STOP to opt out. Consent is not a condition of care."
)
SHEET = Sheet(
    clinic="Maple Dental",
    phone="(206) 555-0199",
    number="(206) 555-0100",
    address="https://texts.example/c/maple-dental/opt-in",
    keyword=True,
    words=Words(
        kind="keyword",
        language=Language.en,
        version=1,
        text=KEYWORD,
        sha256="ab" * 32,
        published_at=NOW.replace(microsecond=123_456),  # as a clock gives it
    ),
)
DESK = "/desk/maple-dental/cards"


def streams(made):
    """What the PDF holds, its compressed streams opened."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
    opened = []
    for one in found:
        try:
            opened.append(zlib.decompress(one))
        except zlib.error:
            opened.append(one)
    return made + b"".join(opened)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("language", Language)
def test_a_sheet_is_one_tagged_page_and_the_same_bytes_each_time(form, language):
    sheet = replace(SHEET, words=replace(SHEET.words, language=language))

    made = pdf(sheet, form)

    assert made == pdf(sheet, form)
    assert made != pdf(replace(sheet, number="(206) 555-0101"), form)
    inside = streams(made)
    assert len(re.findall(rb"/Type\s*/Page\b", inside)) == 1
    assert b"pdfuaid" in inside
    assert f"/Lang({language.value})".encode() in inside
    assert b"/CreationDate(D:20261130180000Z)" in inside
    assert re.search(rb"/MediaBox\s*\[0 0 612 792\]", inside)


def test_the_words_are_printed_in_full_and_say_which_they_are():
    paper = printed(SHEET)

    assert paper["words"] == KEYWORD
    assert paper["wording"] == "Wording: keyword en version 1, abababababababab"
    assert paper["number"] == "(206) 555-0100"


@pytest.mark.parametrize("form", Form)
def test_words_that_cannot_be_read_on_the_paper_are_not_printed_smaller(form):
    long = replace(SHEET, words=replace(SHEET.words, text=KEYWORD * 12))

    with pytest.raises(Invalid, match="too long"):
        pdf(long, form)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(
    "name", ["#panic()", "$x$ *b* @a <l>", "W" * 60, "\u202egnp", 'a"\\n', "Ñandú"]
)
def test_hostile_names_are_printed_as_words(form, name):
    made = pdf(replace(SHEET, clinic=name), form)

    assert len(re.findall(rb"/Type\s*/Page\b", streams(made))) == 1


def test_letters_that_would_be_empty_boxes_are_refused():
    with pytest.raises(Invalid, match="empty box"):
        pdf(replace(SHEET, clinic="診療所"), Form.poster)


def test_a_sheet_without_a_form_or_without_a_keyword_leaves_that_out():
    no_form = printed(replace(SHEET, address=None))
    no_word = printed(replace(SHEET, keyword=False))

    assert (no_form["qr"], no_form["number"]) == (None, "(206) 555-0100")
    assert no_word["number"] is None
    assert no_word["qr"] == qr_svg(SHEET.address)
    for form in Form:
        assert png(replace(SHEET, address=None), form).startswith(b"\x89PNG")
        assert pdf(replace(SHEET, keyword=False), form)


@pytest.fixture
def published(pages, cast):
    with pages.extensions["heed"].database.writing() as session:
        publish(session, cast.maple.clinic_id, "keyword", "en", KEYWORD, NOW)
        publish(session, cast.maple.clinic_id, "keyword", "es", "Envíe START.", NOW)
        publish(session, cast.maple.clinic_id, "web", "en", "I agree to texts.", NOW)
    return pages


def test_the_desk_sees_the_code_and_prints(published):
    desk = visitor(published, "desk@maple-dental.example")

    page = desk.get(DESK)
    poster = desk.get(f"{DESK}/poster.pdf?lang=en")
    small = desk.get(f"{DESK}/cards.pdf?lang=es")
    missing = desk.get(f"{DESK}/poster.pdf?lang=fr")

    assert "START to (206) 555-0100" in words(page)
    assert KEYWORD in words(page).replace("&amp;", "&")
    assert 'src="data:image/svg+xml' in page.get_data(as_text=True)
    assert "http://127.0.0.1:5000/c/maple-dental/opt-in" in words(page)
    assert poster.data.startswith(b"%PDF")
    assert poster.headers["Content-Type"] == "application/pdf"
    assert "maple-dental-poster-en.pdf" in poster.headers["Content-Disposition"]
    assert small.data.startswith(b"%PDF")
    assert missing.status_code == 404
    assert "nothing to print" in words(missing)


def test_without_words_the_page_says_what_is_missing(pages):
    page = visitor(pages, "desk@maple-dental.example").get(DESK)

    assert page.status_code == 200
    assert "Nothing to print yet" in words(page)
    assert "<img" not in page.get_data(as_text=True)


def test_another_clinics_desk_finds_no_card(published):
    stranger = visitor(published, "desk@birch-eye.example")

    for path in (DESK, f"{DESK}/poster.pdf", f"{DESK}/cards.pdf"):
        assert stranger.get(path).status_code == 404
