import time

import pytest

from registration.checks.finding import Severity, rules
from registration.website import look
from tests.conftest import NOW
from tests.registration.site_cases import CASES
from tests.registration.site_server import little_web
from tests.registration.sites import Case, to

SECONDS = 2.0  # for the sites of these tests; a real one has ten


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
    begun = time.monotonic()
    report = seen(case, web)

    found = {one.rule.id for one in report.findings}
    if case.gives is None:
        assert not found & BLOCKING, [one.message for one in report.findings]
    else:
        assert case.gives in found, [one.message for one in report.findings]
        assert found & BLOCKING <= {case.gives} | case.also
        assert all(one.message and one.fix for one in report.findings)
    assert time.monotonic() - begun < SECONDS + 4


BLOCKING = {one.id for one in rules().values() if one.severity is Severity.blocking}
