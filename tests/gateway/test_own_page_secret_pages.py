import json
from datetime import timedelta

import pytest
import structlog

from clinics.models import Task
from consent.models import PageLink
from consent.page_links import LASTS
from gateway.own_page import WRONG_LINKS
from kernel import logs
from kernel.hashing import sha256_hex
from kernel.models import Counter
from tests.conftest import NOW
from tests.gateway.own_pages import (
    agrees,
    heed_of,
    link,
    look,
    press,
)
from tests.gateway.signing_up import events, later, rows
from tests.pages import words
from tests.site.test_get_never_writes import fingerprint


def test_an_ended_link_shows_nothing_stops_nothing_and_says_what_to_do(pages, cast):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple, at=NOW - LASTS)
    before = fingerprint(heed_of(pages).database)

    for page in (path, f"{path}/receipt", f"{path}/receipt.json"):
        answer = look(pages, page)
        assert answer.status_code == 410
        assert "text STOP to (206) 555-0100" in words(answer)
        assert "call (206) 555-0199" in words(answer)
        assert "ends in" not in words(answer)
    for page in ("stop", "erase"):
        assert press(pages, f"{path}/{page}").status_code == 410

    assert fingerprint(heed_of(pages).database) == before
    assert look(pages, link(pages, cast.maple, at=NOW - LASTS + timedelta(seconds=1)))


WRONG = ["x", "A" * 22, "A" * 21, "A" * 4000, "%00" * 22, "%ff", "..%2f..", "1", "é"]


@pytest.mark.parametrize("token", WRONG)
def test_a_link_that_we_never_made_leads_to_one_calm_page(pages, cast, token):
    for answer in (look(pages, f"/p/{token}"), press(pages, f"/p/{token}/stop")):
        assert answer.status_code == 404
        if answer.request.path.count("/") < 4 and "%2f" not in token:
            assert "This link does not work" in words(answer)
            assert "reply STOP to any of them" in words(answer)
            assert "Maple" not in words(answer)
    assert events(pages, cast.maple) == []


def test_guessing_is_counted_and_ends_while_real_links_go_on(pages, cast):
    path = link(pages, cast.maple)
    wrong = [look(pages, f"/p/{'x' * 21}{n % 10}") for n in range(WRONG_LINKS + 2)]

    assert [one.status_code for one in wrong] == [404] * WRONG_LINKS + [429, 429]
    assert "try again in an hour" in words(wrong[-1])
    assert press(pages, "/p/wrong/stop", ip="127.0.0.1").status_code == 429
    assert press(pages, "/p/wrong/stop", ip="203.0.113.9").status_code == 404
    assert look(pages, path).status_code == 200
    assert {one.count for one in rows(pages, Counter)} == {WRONG_LINKS, 1}
    assert not any("127.0.0.1" in one.name for one in rows(pages, Counter))

    later(pages, days=2)
    look(pages, "/p/wrong")

    assert [one.count for one in rows(pages, Counter)] == [1]


def test_the_token_is_kept_as_a_hash_and_stands_in_no_log_and_no_ledger(
    pages, cast, capfd
):
    agrees(pages, cast.maple)
    path = link(pages, cast.maple)
    token = path.removeprefix("/p/")
    logs.set_up("DEBUG")
    logs.log().info("a line")

    for page in ("", "/receipt", "/receipt.json"):
        look(pages, path + page)
    press(pages, f"{path}/stop")
    press(pages, f"{path}/erase")

    (kept,) = rows(pages, PageLink)
    assert kept.token_hash == sha256_hex(token.encode())
    assert token not in json.dumps(events(pages, cast.maple), default=str)
    assert token not in str(rows(pages, Task))
    structlog.reset_defaults()
    logged = "".join(capfd.readouterr())
    assert "a line" in logged
    assert token not in logged


def test_a_failure_logs_the_route_and_not_the_address(pages, cast, capfd):
    path = link(pages, cast.maple)
    token = path.removeprefix("/p/")
    heed_of(pages).clock = None  # whatever breaks
    pages.config["PROPAGATE_EXCEPTIONS"] = False
    logs.set_up("DEBUG")

    answer = look(pages, path)

    structlog.reset_defaults()
    logged = "".join(capfd.readouterr())

    assert answer.status_code == 500
    assert "/p/<token>" in logged
    assert token not in logged
