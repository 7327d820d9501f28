import html

from sqlmodel import col, select

from registration.models import Campaign, PageLook, WebsiteLook
from registration.website_looks import watch
from tests.conftest import NOW
from tests.pages import visitor
from tests.registration.operating import (
    OPERATOR,
    database_of,
    last_action,
    rows,
    told,
)
from tests.registration.test_website_looks import Pages

MAPLE = "/operator/campaigns/maple-dental/maple-care/website"


def test_before_the_first_look_the_page_says_who_will_look(pages):
    page = visitor(pages, OPERATOR).get(MAPLE)

    assert "Nobody has looked" in told(page)
    assert "Look now" in told(page)


def test_look_again_is_written_down_and_waits_for_the_clock(pages):
    operator = visitor(pages, OPERATOR)

    answer = operator.post(MAPLE)
    again = operator.post(MAPLE, follow_redirects=True)

    assert answer.status_code == 303
    assert last_action(pages) == (OPERATOR, "website look", "maple-care")
    assert "A look is waiting already" in told(again)
    (waiting,) = rows(pages, WebsiteLook)
    assert (waiting.asked_by, waiting.done_at) == (OPERATOR, None)
    assert "A look was asked for" in told(operator.get(MAPLE))


def test_the_page_shows_findings_and_every_page_with_its_hash(pages):
    watch(database_of(pages), Pages(), NOW)

    page = visitor(pages, OPERATOR).get(MAPLE)

    assert "Must be mended" in told(page)
    for one in rows(pages, PageLook):
        if one.clinic_id == rows(pages, WebsiteLook)[0].clinic_id:
            assert one.url in html.unescape(page.get_data(as_text=True))


def test_the_campaigns_page_leads_there(pages):
    page = visitor(pages, OPERATOR).get("/operator/campaigns/maple-dental/maple-care")

    assert f'href="{MAPLE}"' in page.get_data(as_text=True)


def test_a_campaign_of_another_clinic_is_not_found(pages):
    operator = visitor(pages, OPERATOR)
    path = "/operator/campaigns/birch-eye/maple-care/website"

    assert operator.get(path).status_code == 404
    assert operator.post(path).status_code == 404
    assert not rows(pages, WebsiteLook)


def test_an_expired_campaign_is_not_looked_at(pages):
    with database_of(pages).writing() as session:
        maple = select(Campaign).where(col(Campaign.ref) == "maple-care")
        session.exec(maple).one().expired_at = NOW
    operator = visitor(pages, OPERATOR)

    assert "Look now" not in told(operator.get(MAPLE))
    assert operator.post(MAPLE).status_code == 409
    assert not rows(pages, WebsiteLook)


def test_hostile_words_of_a_website_are_shown_as_words(pages):
    watch(database_of(pages), Pages(), NOW)
    with database_of(pages).writing() as session:
        look = session.exec(select(WebsiteLook)).first()
        look.findings = [
            {
                **look.findings[0],
                "message": "'<script>alert(1)</script>\u202e' is bad.",
            }
        ]
        look.changed = ["<img src=x onerror=alert(1)>"]

    page = visitor(pages, OPERATOR).get(MAPLE).get_data(as_text=True)

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
