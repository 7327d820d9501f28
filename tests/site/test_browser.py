"""Every page of every role in a real browser: no violation of accessibility, nothing
wider than the phone, nothing that the policy or a script complains of."""

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from tests.browser import DESKTOP, PHONE, serving, window
from tests.site.crawl import come_back, crawl, opened_record, own_page
from tests.site.world import DESKS, STAFF

WIDER = (
    "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
)
AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
# Only what is wrong comes back: the rest of what axe has to say is a megabyte a page.
RUN = """async options => {
  const said = await axe.run(document, { resultTypes: ["violations"], ...options });
  return said.violations.map(({ id, nodes }) =>
    ({ id, where: nodes.slice(0, 3).map(node => node.html.slice(0, 120)) }));
}"""
SIZES = (PHONE, DESKTOP)
# Two thirds of axe's time, and the colours are the same on every page: here where most
# of the work is done, everywhere and in both schemes in `make torture`.
CONTRAST = "color-contrast"
COLOURS_SEEN = ("/desk/maple-dental/", "/operator/campaigns", "/audit/maple-dental/")
COLOURED = ("operator", "clinic_admin")
NO_COLOURS = {"rules": {CONTRAST: {"enabled": False}}}


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    """What a page looks like does not depend on the database: SQLite alone."""
    import shutil

    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.mark.parametrize(
    ("role", "again"),
    [
        *((role, False) for role in STAFF),
        *(pytest.param(role, True, marks=pytest.mark.slow) for role in STAFF),
    ],
)
def test_every_page_is_accessible_fits_and_obeys_the_policy(
    site, chromium, role, again
):
    """A page that several roles have is looked at as the clinic admin has it, and axe
    hears it as a phone shows it; in `make torture` each role and both widths."""
    pages = pages_of(site, role)
    whole = again or role == "clinic_admin"
    admins = {} if whole else pages_of(site, "clinic_admin")
    paths = [path for route, path in pages.items() if route not in admins]
    problems = []

    with serving(site) as base, window(chromium, base, site, STAFF[role]) as shown:
        for path in paths:
            problems += looks(shown, path)
            colours = again or path in COLOURS_SEEN
            sizes = SIZES if again else [PHONE]
            problems += listens(shown, path, sizes, {} if colours else NO_COLOURS)

    assert len(pages) >= 5
    assert role not in COLOURED or set(COLOURS_SEEN) & set(paths)
    assert problems == []


@pytest.mark.slow
@pytest.mark.parametrize("role", STAFF)
def test_the_dark_colours_keep_their_contrast(site, chromium, role):
    problems = []
    with serving(site) as base, window(chromium, base, site, STAFF[role]) as shown:
        shown.page.emulate_media(color_scheme="dark")
        for path in pages_of(site, role).values():
            page = shown.go(path)
            page.evaluate(AXE)
            for found in page.evaluate(RUN, {"runOnly": [CONTRAST]}):
                problems.append(f"{path}: {found['where']}")

    assert problems == []


# With an answer in them: the links lead to the empty forms.
ASKED = (
    "/operator/use-case?texts=reminders&texts=reviews&texts=charity&facts=age_gated"
    "&texts_a_day=9&campaign=maple-dental/maple-care",
    "/operator/codes?q=privacy",
    "/operator/codes/7100",
    "/c/maple-dental/campaigns/maple-smiles",
)


def pages_of(site, role):
    """A path of each route that the role's links lead to."""
    also = opened_record(site, STAFF[role])
    also += ASKED if role == "operator" else ()
    also += (*own_page(site), *come_back(site)) if role in DESKS else ()
    return {
        page.route: page.path
        for page in crawl(site, STAFF[role], most=1, also=also)
        if page.status == 200 and page.html
    }


def looks(shown, path):
    page = shown.go(path)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        more = page.evaluate(WIDER)
        if more > 0:
            yield f"{path} is {more} px wider than {width}"
    while shown.complaints:
        yield f"{path}: {shown.complaints.pop()}"


def listens(shown, path, sizes, options):
    """Of the page that `looks` has opened."""
    page = shown.page
    page.evaluate(AXE)
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        for found in page.evaluate(RUN, options):
            yield f"{path} at {width}: {found['id']}: {found['where']}"
    shown.complaints.clear()  # what axe itself provokes is not the page's
