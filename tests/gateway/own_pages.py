"""A patient with a link to their own page: what its tests share."""

import re

from consent import page_links
from consent.disclosures import newest, publish
from consent.models import Grade, Topic
from consent.record import opt_in
from consent.standing import lock_line
from tests.conftest import BIRCH_NUMBER, MAPLE_NUMBER, NOW, PAT

WORDS = {
    MAPLE_NUMBER: "I agree to texts from Maple Dental. STOP ends them. <Not a condition>",
    BIRCH_NUMBER: "Birch Eye Care may text me. STOP ends it.",
}
AGENT = "Old Phone/1.0"


def heed_of(app):
    return app.extensions["heed"]


def agrees(app, place, phone=PAT, topic=Topic.care, **facts):
    """By text, under the published words; the record's number."""
    with heed_of(app).database.writing() as writing:
        words = newest(writing, place.clinic_id, "keyword") or publish(
            writing, place.clinic_id, "keyword", "en", WORDS[place.number], NOW
        )
        lock_line(writing, place.clinic_id, phone)
        detail = {
            "method": "text message",
            "words": "START",
            "disclosure_sha256": words.sha256,
            **facts,
        }
        grade = Grade.proven
        return opt_in(writing, place.clinic_id, phone, topic, grade, detail, NOW)


def link(app, place, phone=PAT, language="en", at=NOW, by=None):
    """The path of a page; whoever knows it opens it."""
    with heed_of(app).database.writing() as writing:
        token = page_links.make(writing, place.clinic_id, phone, language, at, by)
    return f"/p/{token}"


def look(app, path, **more):
    return app.test_client().get(path, **more)


def press(app, path, agent=AGENT, ip="198.51.100.7", **fields):
    return app.test_client().post(
        path,
        data=fields,
        environ_base={"REMOTE_ADDR": ip},
        headers={"User-Agent": agent},
    )


def token_in(text):
    """Of the link that a text carries."""
    found = re.search(r"/p/([A-Za-z0-9]{22})(?:\s|$|\.)", text)
    return found[1] if found else None
