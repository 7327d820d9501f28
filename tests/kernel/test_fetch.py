import threading
import time
import tracemalloc

import pytest

from kernel.fetch import Internet, resolve
from kernel.fetched import Budget, Fetched, NotFetched, Why
from kernel.packed import LARGEST, Garbled, unpack
from kernel.public_address import is_public
from tests.registration.site_server import PUBLIC, Answer, little_web, spaces_packed


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with little_web({}, tmp_path_factory.mktemp("web")) as opened:
        yield opened


@pytest.fixture
def sites(web):
    web.sites.clear()
    web.addresses.clear()
    for told in (web.asked, web.resolved, web.dialled):
        told.clear()
    return web.sites


def get(web, url, seconds=5.0):
    return web.internet().get(url, Budget.of(seconds))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("::ffff:93.184.216.34", True),
        ("127.0.0.1", False),
        ("127.255.1.2", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("172.16.5.4", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # a cloud's metadata
        ("100.64.0.1", False),  # a carrier's own
        ("198.18.0.1", False),
        ("192.0.2.1", False),
        ("192.88.99.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::7f00:1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),  # NAT64
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),  # 6to4
        ("2001::1", False),  # Teredo
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("clinic.example", False),
        ("", False),
    ],
)
def test_only_an_address_of_the_public_internet_is_public(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "localhost",
    ],
)
def test_no_spelling_of_a_private_host_is_dialled(host):
    def dial(address, port, seconds):
        raise AssertionError(address)

    answer = Internet(dial=dial).get(f"http://{host}/", Budget.of(2))

    assert isinstance(answer, NotFetched)
    assert answer.why in (Why.not_public, Why.no_such_host)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "clinic",
        "//clinic.example/",
        "ftp://clinic.example/",
        "file:///etc/passwd",
        "gopher://clinic.example:80/",
        "https://clinic.example:22/",
        "https://clinic.example:0/",
        "https://clinic.example:99999/",
        "https://user:secret@clinic.example/",
        "https:///privacy",
        "https://[::1/",
        "https://clinic.example/\r\nHost: other",
        "https://" + "a" * 300 + ".example/",
        "https://-_-..example/",
    ],
)
def test_what_is_no_web_address_is_not_even_resolved(web, sites, url):
    answer = get(web, url)

    assert isinstance(answer, NotFetched)
    assert answer.why in (Why.unreadable, Why.no_such_host)
    assert web.dialled == []


def test_a_name_is_resolved_once_and_that_address_is_dialled(web, sites):
    sites["clinic.example"] = {"/": "hello"}
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])  # rebinding
    internet = Internet(lambda *asked: next(answers), web.dial, web.trust)

    answer = internet.get("http://clinic.example/", Budget.of(5))

    assert answer.body == b"hello"
    assert web.dialled == [PUBLIC]


def test_one_private_address_of_several_is_enough_to_refuse(web, sites):
    sites["clinic.example"] = {"/": "hello"}
    web.addresses["clinic.example"] = [PUBLIC, "10.0.0.1"]

    assert get(web, "http://clinic.example/").why is Why.not_public
    assert web.dialled == []


def test_host_and_server_name_are_those_of_the_address(web, sites, tmp_path):
    with little_web({"clinic.example": {"/a%20b": "hello"}}, tmp_path) as opened:
        answer = get(opened, "https://Clinic.example/a b?q=ä#part")

    assert isinstance(answer, Fetched)
    assert answer.body == b"hello"
    assert opened.asked == ["https://clinic.example/a%20b?q=%C3%A4"]


def test_a_certificate_of_another_name_is_refused(tmp_path):
    with little_web(
        {"clinic.example": {}, "wrong-.example": {"/": "x"}}, tmp_path
    ) as web:
        assert get(web, "https://wrong-.example/").why is Why.certificate


def test_the_environment_names_no_proxy(web, sites, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    sites["clinic.example"] = {"/": "hello"}

    assert get(web, "http://clinic.example/").body == b"hello"


def test_each_redirect_is_checked_like_the_first(web, sites):
    for number, where in enumerate(
        (
            "http://10.0.0.1/",
            "http://[::1]/",
            "file:///etc/passwd",
            "http://x.example:22/",
        )
    ):
        sites[f"a{number}.example"] = {
            "/": Answer(status=302, headers={"Location": where})
        }
        answer = get(web, f"http://a{number}.example/")
        assert answer.why in (Why.not_public, Why.unreadable), where
        assert answer.hops == (f"http://a{number}.example/",)
    assert set(web.dialled) == {PUBLIC}


def test_five_redirects_are_followed_and_a_sixth_is_not(web, sites):
    sites["clinic.example"] = {
        f"/{number}": Answer(status=301, headers={"Location": f"/{number + 1}"})
        for number in range(9)
    } | {"/9": "here"}

    assert get(web, "http://clinic.example/4").body == b"here"
    assert get(web, "http://clinic.example/3").why is Why.redirects


def drip(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.1)


def test_a_byte_at_a_time_ends_with_the_budget(web, sites):
    sites["slow.example"] = {"/": drip}
    begun = time.monotonic()

    assert get(web, "http://slow.example/", 0.6).why is Why.too_slow
    assert time.monotonic() - begun < 1.2
    timers = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    assert all(one.finished.is_set() for one in timers)


def test_a_name_server_that_is_silent_ends_with_the_budget():
    def silent(host, port, **more):
        time.sleep(0.5)
        return []

    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        resolve("clinic.net", 80, 0.1, silent)
    assert time.monotonic() - begun < 0.4


def bomb():
    return spaces_packed(b"", 1024)


def endless(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", str(10 * 2**30))
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 2**16)


def chunks(handler):
    handler.protocol_version = "HTTP/1.1"
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        handler.wfile.write(b"10000\r\n" + b"x" * 2**16 + b"\r\n")


@pytest.mark.parametrize(
    "body", [bomb(), endless, chunks], ids=["bomb", "10GB", "chunks"]
)
def test_memory_stays_flat_whatever_is_sent(web, sites, body):
    packed = {"Content-Encoding": "gzip"}
    page = Answer(body, headers=packed) if isinstance(body, bytes) else body
    sites["huge.example"] = {"/": page}
    tracemalloc.start()
    try:
        answer = get(web, "http://huge.example/")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert answer.cut
    assert len(answer.body) == LARGEST
    assert peak < 5 * LARGEST


def test_what_fits_is_whole_and_one_byte_more_is_cut():
    def reading(content):
        pieces = iter([content[:LARGEST], content[LARGEST:], b""])
        return lambda size: next(pieces)

    assert not unpack(reading(b"x" * LARGEST), "").cut
    assert unpack(reading(b"x" * (LARGEST + 1)), "").cut


@pytest.mark.parametrize("how", ["gzip", "deflate", "br"])
def test_what_is_not_packed_as_it_says_is_garbled(how):
    pieces = iter([b"plain words", b""])
    with pytest.raises(Garbled):
        unpack(lambda size: next(pieces), how)
