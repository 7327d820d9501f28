from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task, TaskKind
from kernel.fetched import Fetched, NotFetched, Why
from registration.models import Brand, Campaign, PageCopy, PageLook, WebsiteLook
from registration.website_changes import Seen, changes
from registration.website_looks import EVERY, ask, registered, watch
from tests.conftest import NOW
from tests.registration.sites import OUT, SITE

HOST = "alder.example"


class Pages:
    """A web in memory: pages by path, for every host that ends in our name."""

    def __init__(self):
        self.pages, self.down, self.asked = dict(SITE), False, []

    def get(self, url, budget):
        self.asked.append(url)
        if self.down or HOST not in url:
            return NotFetched(url=url, at=url, why=Why.no_connection)
        path = "/" + url.partition("://")[2].partition("/")[2]
        page = self.pages.get(path)
        return Fetched(
            url=url,
            at=url,
            status=404 if page is None else 200,
            media_type="text/html",
            charset="utf-8",
            body=(page or "").encode(),
        )


@pytest.fixture
def web():
    return Pages()


@pytest.fixture
def alder(database, cast):
    """Maple's campaign stands on the website of the tests; Birch's has expired."""
    with database.writing() as session:
        for brand in session.exec(select(Brand)):
            brand.website = f"https://{HOST}/"
            brand.legal_name = "Alder Dental PLLC"
        for campaign in session.exec(select(Campaign)):
            campaign.message_flow = f"Patients tick the box at https://{HOST}/join."
            campaign.samples = []
            campaign.description = "Reminders."
            if campaign.ref == "birch-care":
                campaign.expired_at = NOW
        session.flush()
        maple = session.exec(select(Campaign).where(col(Campaign.ref) == "maple-care"))
        campaign = maple.one()
        return campaign.clinic_id, campaign.id


def every(database, table):
    with database.reading() as session:
        return session.exec(select(table).order_by(sorted_by(table))).all()


def sorted_by(table):
    return col(table.kept_at if table is PageCopy else table.id)


def tasks(database):
    return [
        one for one in every(database, Task) if one.kind is TaskKind.website_changed
    ]


def test_each_living_campaign_is_looked_at_once_a_day(database, alder, web):
    assert watch(database, web, NOW) == 1
    assert watch(database, web, NOW + EVERY - timedelta(minutes=1)) == 0
    assert watch(database, web, NOW + EVERY) == 1

    looks = every(database, WebsiteLook)
    assert [(one.clinic_id, one.campaign_id) for one in looks] == [alder, alder]
    assert [one.done_at for one in looks] == [NOW, NOW + EVERY]
    assert not tasks(database)


def test_a_look_keeps_every_page_with_its_hashes_and_its_words_once(
    database, alder, web
):
    watch(database, web, NOW)
    watch(database, web, NOW + EVERY)

    pages = every(database, PageLook)
    assert {one.url for one in pages} >= {
        f"https://{HOST}/{path}" for path in ("", "join", "privacy", "sms-terms")
    }
    copies = {one.words_sha256: one for one in every(database, PageCopy)}
    assert len(pages) == 2 * len(copies)
    assert all(one.words_sha256 in copies for one in pages)
    policy = next(one for one in copies.values() if "third parties" in one.words)
    assert policy.body == SITE["/privacy"].encode()


def test_a_clause_that_is_gone_opens_one_task_with_the_difference(database, alder, web):
    watch(database, web, NOW)
    web.pages["/privacy"] = SITE["/privacy"].replace(OUT, "<p>Ask us.</p>")
    watch(database, web, NOW + EVERY)
    watch(database, web, NOW + 2 * EVERY)

    (task,) = tasks(database)
    assert task.clinic_id == alder[0]
    assert "maple-care" in task.sentence
    assert "neither how to stop the texts" in task.sentence
    changed = [one.changed for one in every(database, WebsiteLook)]
    assert [bool(one) for one in changed] == [False, True, False]
    assert any(
        "Gone from" in sentence and "Reply STOP" in sentence for sentence in changed[1]
    )


def test_a_website_that_is_down_for_one_look_alarms_nobody(database, alder, web):
    watch(database, web, NOW)
    web.down = True
    watch(database, web, NOW + EVERY)
    web.down = False
    watch(database, web, NOW + 2 * EVERY)

    assert not tasks(database)


def test_a_website_that_stays_down_is_told_once(database, alder, web):
    watch(database, web, NOW)
    web.down = True
    for day in range(1, 5):
        watch(database, web, NOW + day * EVERY)

    (task,) = tasks(database)
    assert "cannot be opened" in task.sentence


def test_somebody_who_asks_twice_gets_one_look(database, alder, web):
    watch(database, web, NOW)
    with database.writing() as session:
        assert ask(session, *alder, "operator@heed.example", NOW)
        assert not ask(session, *alder, "operator@heed.example", NOW)

    assert watch(database, web, NOW) == 1
    assert [one.asked_by for one in every(database, WebsiteLook)] == [
        None,
        "operator@heed.example",
    ]


def test_a_page_that_cannot_be_kept_does_not_end_the_watch(database, alder, web):
    class Broken(Pages):
        def get(self, url, budget):
            raise RuntimeError("something nobody thought of")

    assert watch(database, Broken(), NOW) == 1
    assert watch(database, web, NOW) == 0
    (look,) = every(database, WebsiteLook)
    assert look.done_at == NOW
    assert "url.garbled" in {one["rule"] for one in look.findings}


def test_a_look_that_cannot_be_kept_is_over_and_lets_the_others_be(
    database, alder, web, monkeypatch
):
    def lose(*_):
        raise RuntimeError("the disk is strange")

    with monkeypatch.context() as broken:
        broken.setattr("registration.website_looks._keep", lose)
        assert watch(database, web, NOW) == 1

    (look,) = every(database, WebsiteLook)
    assert look.done_at == NOW
    assert [one["rule"] for one in look.findings] == ["url.not_opened"]


def test_what_is_looked_at_is_what_is_registered(database, alder):
    with database.reading() as session:
        submission = registered(session, session.get_one(Campaign, alder[1]))

    assert submission.brand.website == f"https://{HOST}/"
    assert submission.campaign.message_flow.endswith("/join.")
    assert "Alder Dental PLLC" in submission.names


def finding(rule, severity="blocking", field="brand.website"):
    return {"rule": rule, "severity": severity, "field": field, "message": f"{rule}!"}


SOUND = Seen([], {"u": "We text you.\nReply STOP."})


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ([], Seen([finding("policy.shares")], {}), []),
        ([SOUND], SOUND, []),
        ([SOUND], Seen([finding("policy.shares")], {}), ["policy.shares!"]),
        ([SOUND], Seen([finding("site.no_phone", "advice")], {}), []),
        (
            [Seen([finding("policy.shares")], {})],
            Seen([finding("policy.shares")], {}),
            [],
        ),
        ([Seen([finding("policy.shares")], {})], SOUND, []),
        ([SOUND], Seen([finding("url.slow")], {}), []),
        ([Seen([finding("url.slow")], {})], Seen([finding("url.slow")], {}), []),
        (
            [Seen([finding("url.slow")], {}), SOUND],
            Seen([finding("url.slow")], {}),
            ["url.slow!"],
        ),
        (
            [SOUND],
            Seen([], {"u": "We text you.\nReply NO."}),
            ["Gone from u: 'Reply STOP'.", "New on u: 'Reply NO'."],
        ),
        ([Seen([], {"u": "We text. 1998"})], Seen([], {"u": "We text. 2026"}), []),
        ([Seen([], {"u": "Open on Mondays"})], Seen([], {"u": "Closed"}), []),
    ],
)
def test_only_what_became_worse_or_words_about_texts_are_told(before, now, told):
    assert changes(before, now) == told
