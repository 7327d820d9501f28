import time

import pytest

from kernel.fetched import Fetched
from registration.checks.markup import parse
from registration.checks.page import Link
from registration.page_reading import HARMLESS, read_page

AT = "https://alder.example/a/b"


def read(text, charset=""):
    return parse(text.encode() if isinstance(text, str) else text, AT, charset)


def test_words_are_what_a_reader_sees():
    page = read(
        "<title> Al<b>der </title><script>s</script><style>t</style><p>Reply S<b>TO</b>P"
        "<p hidden>no<p style='display:none'>no<ul><li>one<li>two</ul>"
    )

    assert page.words == "Reply STOP\none\ntwo"


def test_prose_is_without_menus_and_footers():
    page = read("<nav>SMS terms</nav><main>We care.</main><footer>SMS terms</footer>")

    assert page.prose == "We care."
    assert "SMS terms" in page.words


@pytest.mark.parametrize(
    ("html", "link"),
    [
        ('<a href="/x">X</a>', Link("X", "https://alder.example/x")),
        ('<a href="x">X</a>', Link("X", "https://alder.example/a/x")),
        ('<a href="//o.example/">X</a>', Link("X", "https://o.example/")),
        ('<base href="/q/"><a href="x">X</a>', Link("X", "https://alder.example/q/x")),
        ('<a href="#">X</a>', Link("X", None)),
        ('<a href="">X</a>', Link("X", None)),
        ("<a>X</a>", Link("X", None)),
        ('<a href="JavaScript:void(0)">X</a>', Link("X", None)),
        ('<a href="http://[">X</a>', Link("X", None)),
        ('<a href="/x"><img alt="X"></a>', Link("X", "https://alder.example/x")),
        ('<a href="/x" aria-label="X"></a>', Link("X", "https://alder.example/x")),
    ],
)
def test_a_link_is_where_a_click_leads(html, link):
    assert read(html).links == (link,)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (
            "<form><input type=checkbox id=a><label for=a>I agree</label></form>",
            "I agree",
        ),
        ("<form><label><input type=checkbox> I agree</label></form>", "I agree"),
        (
            "<form><div><input type=checkbox> <span>I agree</span></div></form>",
            "I agree",
        ),
    ],
)
def test_a_box_has_the_words_beside_it(html, words):
    (form,) = read(html).forms
    (box,) = form.boxes

    assert (box.words, box.ticked, box.required) == (words, False, False)


@pytest.mark.parametrize(
    ("field", "asks"),
    [
        ("type=tel name=x", True),
        ("name=mobile_phone", True),
        ("autocomplete=tel", True),
        ("name=email", False),
        ("type=hidden name=phone", False),
        ("name=hotel", False),
    ],
)
def test_a_field_for_a_phone_is_known(field, asks):
    assert read(f"<form><input {field}></form>").forms[0].asks_phone is asks


@pytest.mark.parametrize(
    "charset", ["punycode", "unicode_escape", "base64", "rot13", "zzz"]
)
def test_an_encoding_that_is_none_of_the_web_is_taken_for_utf_8(charset):
    assert read("Señal", charset).words == "Señal"


def test_no_byte_can_make_words_that_a_database_refuses():
    page = read(
        b"<title>a\x00</title><p>a\x00b&#0;&#xD800;\xff\xfe<a href='/\x00'>x</a>"
    )

    shown = f"{page.title}{page.words}{page.links}"
    assert "\x00" not in shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 6_000,
        "<a " + " ".join(f"x{number}" for number in range(4_500)) + ">x",
        "<form>" + "<input type=checkbox id=a>" * 1_000,
        "".join(f"<label for=a{number}>x</label>" for number in range(900)),
    ],
)
def test_a_page_that_is_read_at_once_takes_no_time(html):
    assert len(html) <= HARMLESS
    begun = time.process_time()

    parse(html.encode(), AT)

    assert time.process_time() - begun < 1


def test_a_page_that_keeps_the_parser_busy_is_given_up():
    page = Fetched(
        url=AT,
        at=AT,
        status=200,
        media_type="text/html",
        charset=None,
        body=b"<div>" * 300_000,
    )

    assert read_page(page) is None


@pytest.mark.parametrize("hiding", ["hidden", "style='display:none'"])
def test_a_page_that_hides_itself_until_a_script_shows_it_is_read(hiding):
    assert read(f"<html {hiding}><body><p>Reply STOP</html>").words == "Reply STOP"


@pytest.mark.parametrize(
    "charset", ["windows1252", "cp-1252", "windows-1259", "utf16le"]
)
def test_a_charset_that_python_spells_otherwise_breaks_nothing(charset):
    assert read("<p>Reply STOP", charset).words == "Reply STOP"
