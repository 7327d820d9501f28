"""What a server answers with, however odd: where it leads and of what kind it is."""

import pytest

from kernel.fetch import Internet
from kernel.fetched import Budget, Why
from kernel.public_address import is_public
from tests.registration.site_server import Answer, little_web


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with little_web({}, tmp_path_factory.mktemp("web")) as opened:
        yield opened


@pytest.fixture
def sites(web):
    web.sites.clear()
    web.addresses.clear()
    return web.sites


def get(web, url, seconds=5.0):
    return web.internet().get(url, Budget.of(seconds))


@pytest.mark.parametrize(
    "where", ["http://[", "https://x]y/", "https://a.example/" + "x" * 3000]
)
def test_where_no_browser_would_follow_is_a_bad_answer_and_is_not_kept(
    web, sites, where
):
    sites["lost.example"] = {"/": Answer(status=302, headers={"Location": where})}

    answer = get(web, "http://lost.example/")

    assert answer.why in (Why.bad_answer, Why.unreadable)
    assert answer.at == "http://lost.example/"


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("text/html; charset=UTF-8", ("text/html", "utf-8")),
        ('Text/HTML;charset="latin-1"', ("text/html", "latin-1")),
        ("text/html; charset*1*=a; charset*=b", ("text/html", None)),
        ("text/html; a=" + ";" * 60_000, ("text/html", None)),
        ("nonsense", ("application/octet-stream", None)),
    ],
)
def test_a_kind_of_content_is_read_whatever_stands_behind_it(web, sites, kind, read):
    sites["kind.example"] = {"/": Answer("<p>x", kind=kind)}

    answer = get(web, "http://kind.example/")

    assert (answer.media_type, answer.charset) == read


def test_a_name_with_an_empty_label_is_no_name():
    answer = Internet().get("https://a..b.com/", Budget.of(3.0))

    assert answer.why is Why.no_such_host


def test_the_platform_of_a_cloud_is_not_public():
    assert not is_public("168.63.129.16")
