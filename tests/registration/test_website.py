import time
import tracemalloc

import pytest

from kernel.fetch import PAGE_SECONDS
from registration.checks.finding import Severity, rules
from registration.submission import Submission
from registration.website import SITE_SECONDS, look
from tests.conftest import NOW
from tests.registration.site_cases import CASES
from tests.registration.site_server import little_web
from tests.registration.sites import Case, to

SECONDS = 1.2  # for the sites of these tests; a real one has ten
LARGE = ("huge", "ten-gigabytes")  # these take a second on an idle machine


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    sites = {case.host: case.site() for case in CASES if case.name != "no-such-name"}
    sites["loop.example"]["/again"] = to("/")
    sites["many-hops.example"] |= {f"/{one}": to(f"/{one + 1}") for one in range(1, 9)}
    with little_web(sites, tmp_path_factory.mktemp("web")) as opened:
        opened.addresses = {
            case.host: list(case.addresses) for case in CASES if case.addresses
        }
        yield opened


def seen(case, web, seconds=SECONDS):
    return look(case.submission(), web.internet(), NOW, seconds)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_website_gives_the_finding_it_deserves(case: Case, web):
    seconds = SITE_SECONDS if case.name in LARGE else SECONDS
    begun = time.monotonic()
    report = seen(case, web, seconds)

    found = {one.rule.id for one in report.findings}
    if case.gives is None:
        assert not found & BLOCKING, [one.message for one in report.findings]
    else:
        assert case.gives in found, [one.message for one in report.findings]
        assert found & BLOCKING <= {case.gives} | case.also
        assert all(one.message and one.fix for one in report.findings)
    assert time.monotonic() - begun < seconds + 4


def test_all_pages_of_a_site_share_one_budget(web):
    """Ten pages at a byte a second: what there was no time for is said, not skipped."""
    host = "https://drip.example"
    web.sites["drip.example"] |= {
        f"/{page}": web.sites["drip.example"]["/"] for page in range(9)
    }
    samples = [f"See {host}/{page}" for page in range(9)]
    submission = Submission.model_validate(
        {"brand": {"website": host}, "campaign": {"samples": samples}}, strict=False
    )
    begun = time.monotonic()
    report = look(submission, web.internet(), NOW, 1.0)

    assert time.monotonic() - begun < 1.6
    rules = [
        one.rule.id for one in report.findings if one.field.startswith("campaign.s")
    ]
    assert rules == ["url.not_opened"] * 9
    assert len(report.pages) == 10


@pytest.mark.slow
def test_a_page_has_five_seconds_and_a_site_ten(web):
    begun = time.monotonic()
    case = next(one for one in CASES if one.name == "silent")
    report = seen(case, web, SITE_SECONDS)

    assert "url.slow" in {one.rule.id for one in report.findings}
    assert PAGE_SECONDS <= time.monotonic() - begun < SITE_SECONDS


def test_reading_a_huge_page_needs_little_memory(web):
    case = next(one for one in CASES if one.name == "ten-gigabytes")
    tracemalloc.start()
    try:
        seen(case, web)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 30 * 2**20


BLOCKING = {one.id for one in rules().values() if one.severity is Severity.blocking}
