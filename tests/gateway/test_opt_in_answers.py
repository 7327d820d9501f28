from datetime import timedelta

import pytest

from consent.models import EventKind, Grade, Topic
from consent.readable import sentence
from consent.record import hold, opt_in, opt_out
from consent.standing import Word, lock_line
from gateway import outbox
from gateway.gate import Obstacle
from gateway.models import MessageKind, State
from tests.conftest import NOW, PAT
from tests.gateway.signing_up import (
    MAPLE,
    events,
    fill_in,
    later,
    leaves,
    requests,
    standing,
    texts,
    verdict,
)


def test_a_patient_signs_up_and_her_yes_is_the_proof(open_form, cast):
    answer = fill_in(open_form, name="Pat Stone")
    leaves(open_form)
    replies = texts(open_form, cast.maple, "Yes")

    assert (answer.status_code, answer.location) == (303, f"{MAPLE}/next?lang=en")
    (asked, form), (agreed, by_text) = events(open_form, cast.maple)
    assert (asked, agreed) == (EventKind.opt_in_requested, EventKind.opt_in)
    assert form == {
        "topic": "care",
        "method": "web form",
        "url": f"http://127.0.0.1:5000{MAPLE}?lang=en",
        "ip": "198.51.100.7",
        "user_agent": "Old Phone/1.0",
        "language": "en",
        "disclosure_sha256": by_text["disclosure_sha256"],
        "name": "Pat Stone",
        "typed": "(206) 555-0111",
        "topics": "care",
        "boxes": "unticked when shown; ticked by the person",
        "campaign": "maple-care",
        "request": "asked by text to reply YES",
        "phone": PAT,
    }
    assert by_text["words"] == "Yes"
    assert by_text["request_seq"] == 1
    assert by_text["inbound_id"]
    assert standing(open_form, cast.maple).grade is Grade.proven
    assert replies == [MessageKind.opt_in_confirmation]
    assert sentence(asked, form).endswith("not replied yet: care, web form")
    how = "“web form, confirmed by text”"
    assert sentence(agreed, by_text) == f"opted in: care, proven, {how}, “Yes”"


def test_each_topic_has_its_event_and_the_text_names_them_all(three_topics, cast):
    fill_in(three_topics, reviews="yes")
    leaves(three_topics)
    texts(three_topics, cast.maple, "YES")

    (request,) = requests(three_topics)
    assert "about your appointments and requests to review your visit." in request.body
    kinds = [(kind, facts["topic"]) for kind, facts in events(three_topics, cast.maple)]
    assert kinds == [
        (EventKind.opt_in_requested, "care"),
        (EventKind.opt_in_requested, "reviews"),
        (EventKind.opt_in, "care"),
        (EventKind.opt_in, "reviews"),
    ]
    marketing = standing(three_topics, cast.maple, Topic.marketing)
    assert marketing.word is Word.none


def test_yes_to_reviews_alone_grants_nothing_else(three_topics, cast):
    fill_in(three_topics, care=None, reviews="yes")
    leaves(three_topics)
    texts(three_topics, cast.maple, "YES")

    assert standing(three_topics, cast.maple, Topic.reviews).word is Word.opted_in
    assert standing(three_topics, cast.maple).word is Word.none


def test_start_never_grants_what_no_text_has_named(three_topics, cast):
    """Whoever typed her number in may have ticked the box for offers."""
    fill_in(three_topics, marketing="yes")
    texts(three_topics, cast.maple, "START")

    assert standing(three_topics, cast.maple).word is Word.opted_in
    marketing = standing(three_topics, cast.maple, Topic.marketing)
    assert marketing.word is Word.pending
    (request,) = requests(three_topics)
    assert request.state is State.withdrawn


def stop(writing, clinic_id):
    opt_out(writing, clinic_id, PAT, {"method": "text message"}, NOW)


def doubt(writing, clinic_id):
    hold(writing, clinic_id, PAT, "contains.stop", {}, NOW)


def agreement(writing, clinic_id):
    opt_in(writing, clinic_id, PAT, Topic.care, Grade.recorded, {}, NOW)


@pytest.mark.parametrize(
    ("before", "noted"), [(stop, True), (doubt, True), (agreement, False)]
)
def test_who_must_not_be_asked_is_not_and_the_page_tells_nothing(
    open_form, cast, before, noted
):
    clean = fill_in(open_form, phone="(206) 555-0112", ip="198.51.100.8")
    with open_form.extensions["heed"].database.writing() as writing:
        lock_line(writing, cast.maple.clinic_id, PAT)
        before(writing, cast.maple.clinic_id)
    was = standing(open_form, cast.maple).word

    answer = fill_in(open_form)

    assert (answer.status_code, answer.location) == (clean.status_code, clean.location)
    assert answer.data == clean.data
    assert [one.phone for one in requests(open_form)] == ["+12065550112"]
    kinds = [kind for kind, facts in events(open_form, cast.maple)][2:]
    assert (EventKind.opt_in_requested in kinds) == noted
    after = standing(open_form, cast.maple).word
    assert after is (Word.pending if before is doubt else was)


def test_after_a_stop_and_a_form_only_her_own_start_opens_the_line(open_form, cast):
    texts(open_form, cast.maple, "STOP")
    later(open_form, minutes=1)
    fill_in(open_form)
    stopped = standing(open_form, cast.maple).word
    texts(open_form, cast.maple, "START")

    assert stopped is Word.opted_out
    assert requests(open_form) == []
    assert standing(open_form, cast.maple).word is Word.opted_in
    assert events(open_form, cast.maple)[-1][1]["request_seq"] == 2


@pytest.mark.parametrize(
    ("body", "obstacle"),
    [("STOP", Obstacle.not_opted_in), ("who is this", Obstacle.line_held)],
)
def test_a_word_against_it_stops_a_request_that_has_not_left(
    open_form, cast, body, obstacle
):
    fill_in(open_form)
    texts(open_form, cast.maple, body)

    (request,) = requests(open_form)
    assert obstacle in verdict(open_form, request).obstacles


def test_stop_while_pending_ends_it(open_form, cast):
    fill_in(open_form)
    leaves(open_form)
    texts(open_form, cast.maple, "STOP")

    assert standing(open_form, cast.maple).word is Word.opted_out


def test_the_other_clinic_is_untouched(open_form, cast):
    fill_in(open_form)
    leaves(open_form)
    texts(open_form, cast.birch, "YES")

    assert events(open_form, cast.birch) == []
    assert standing(open_form, cast.birch).word is Word.none
    assert standing(open_form, cast.maple).word is Word.pending


@pytest.mark.parametrize("last", ["visit", "opt_in"])
def test_yes_answers_what_was_asked_last(three_topics, cast, last):
    """She has agreed to appointment texts; reviews and a visit wait for her word."""
    with three_topics.extensions["heed"].database.writing() as writing:
        lock_line(writing, cast.maple.clinic_id, PAT)
        agreement(writing, cast.maple.clinic_id)
    asks = [
        lambda: fill_in(three_topics, reviews="yes"),
        lambda: remind(three_topics, cast.maple),
    ]
    for ask in asks if last == "visit" else reversed(asks):
        ask()
        leaves(three_topics)
        later(three_topics, minutes=1)
    texts(three_topics, cast.maple, "YES")

    reviews = standing(three_topics, cast.maple, Topic.reviews).word
    assert reviews is (Word.pending if last == "visit" else Word.opted_in)


def remind(app, place):
    with app.extensions["heed"].database.writing() as writing:
        outbox.queue(
            writing,
            clinic_id=place.clinic_id,
            number_id=place.number_id,
            phone=PAT,
            topic=Topic.care,
            kind=MessageKind.reminder,
            body="Maple Dental: your visit is tomorrow. Reply C to confirm.",
            dedupe_key="reminder:1",
            send_from=NOW,
            send_until=NOW + timedelta(hours=9),
            now=NOW,
            expects="visit",
        )


def test_no_to_the_question_ends_it_for_who_never_agreed(open_form, cast):
    fill_in(open_form)
    leaves(open_form)
    texts(open_form, cast.maple, "No thanks")

    assert standing(open_form, cast.maple).word is Word.opted_out


def test_no_to_one_topic_more_leaves_what_was_agreed_to(three_topics, cast):
    texts(three_topics, cast.maple, "START")
    fill_in(three_topics, care=None, reviews="yes")
    leaves(three_topics)
    texts(three_topics, cast.maple, "No thanks")

    assert standing(three_topics, cast.maple).word is Word.opted_in
    assert standing(three_topics, cast.maple, Topic.reviews).word is not Word.opted_in
