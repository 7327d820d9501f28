"""The form to print for signing: its words, its boxes, and who may print it."""

import re
from dataclasses import replace

import pytest

from clinics.models import Language
from consent.disclosures import publish
from consent.models import Topic
from consent.scripts import PROPOSED
from gateway.opt_in_place import Words
from gateway.paper_form import PaperForm, pdf, png, printed
from kernel.errors import Invalid
from tests.conftest import NOW
from tests.gateway.test_cards import streams
from tests.pages import visitor, words

FORM = PaperForm(
    clinic="Maple Dental",
    topics=(Topic.care, Topic.reviews),
    words=Words(
        kind="paper",
        language=Language.en,
        version=3,
        text=PROPOSED["paper", "en"],
        sha256="cd" * 32,
        published_at=NOW,
    ),
)
DESK = "/desk/maple-dental/cards"


@pytest.mark.parametrize("language", Language)
def test_it_is_one_tagged_page_and_the_same_bytes_each_time(language):
    form = replace(FORM, words=replace(FORM.words, language=language))

    made = pdf(form)

    assert made == pdf(form)
    inside = streams(made)
    assert len(re.findall(rb"/Type\s*/Page\b", inside)) == 1
    assert b"pdfuaid" in inside
    assert f"/Lang({language.value})".encode() in inside


def test_the_words_stand_in_full_and_each_topic_has_an_unticked_box():
    paper = printed(FORM)

    assert paper["words"] == PROPOSED["paper", "en"]
    assert paper["boxes"].split("\n") == [
        "My appointments: reminders and messages about my visits",
        "Requests to review my visit",
    ]
    assert paper["wording"] == "Wording: paper en version 3, cdcdcdcdcdcdcdcd"
    assert png(FORM) != png(replace(FORM, topics=(Topic.care,)))


def test_words_too_long_to_be_read_are_not_printed_smaller():
    words_of = replace(FORM.words, text=PROPOSED["paper", "en"] * 12)

    with pytest.raises(Invalid, match="too long"):
        pdf(replace(FORM, words=words_of))


def test_the_desk_finds_the_form_where_it_is_needed(pages, cast):
    maple = cast.maple.clinic_id
    desk = visitor(pages, "desk@maple-dental.example")
    assert "No form is published yet" in words(desk.get(DESK))
    assert desk.get(f"{DESK}/form.pdf").status_code == 404
    with pages.extensions["heed"].database.writing() as session:
        publish(session, maple, "paper", "es", PROPOSED["paper", "es"], NOW)

    page = words(desk.get(DESK))
    made = desk.get(f"{DESK}/form.pdf?lang=es")

    assert "Form to sign, Español" in page
    assert "Form to sign, English" not in page
    assert made.data.startswith(b"%PDF")
    assert "maple-dental-form-es.pdf" in made.headers["Content-Disposition"]
    for path in (f"{DESK}/form.pdf", f"{DESK}/form.pdf?lang=fr"):
        assert desk.get(path).status_code == 404
    stranger = visitor(pages, "desk@birch-eye.example")
    assert stranger.get(f"{DESK}/form.pdf?lang=es").status_code == 404
