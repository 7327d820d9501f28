"""Which visits an answer means: a table of what a family phone may say."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.intent import Context, read
from reminders.models import VisitReply
from reminders.which_visit import Asked, AskWhich, Means, Question, Unclear, decide

ASKED = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
C, X, R = VisitReply.confirmed, VisitReply.cannot_come, VisitReply.reschedule
ANA, LEO, MIA = 1, 2, 3
IN_CONTEXT = Context(standing="opted_in", open_prompt="visit")


def asked(visit_id, name, text=1, reply=None, at=ASKED):
    return Asked(
        id=visit_id,
        first_name=name,
        starts_at=ASKED + timedelta(days=1, minutes=30 * visit_id),
        outdated=False,
        text_id=text,
        asked_at=at + HOUR * (text - 1),
        reply=reply,
        replied_at=at + HOUR * (text - 1) + HOUR / 2 if reply else None,
    )


def of(body, visits, question=None, asked_before=False):
    intent = read(body, IN_CONTEXT).intent
    return decide(body, intent, visits, question, asked_before)


ONE_TEXT = [asked(ANA, "Ana"), asked(LEO, "Leo")]
TWO_TEXTS = [asked(ANA, "Ana", 1), asked(LEO, "Leo", 2)]
TWO_DAYS = [asked(ANA, "Ana", 1), asked(LEO, "Ana", 1)]
ANA_SAID_YES = [asked(ANA, "Ana", 1, reply=C), asked(LEO, "Leo", 2)]
BOTH_SAID_YES = [asked(ANA, "Ana", 1, reply=C), asked(LEO, "Leo", 1, reply=C)]
TWO_ANAS = [asked(ANA, "Ana Maria"), asked(LEO, "Ana Sofía")]
WILL = [asked(ANA, "Will"), asked(LEO, "Leo")]

FIRST_ANSWERS = [
    # one text about both asks about both: C is for both, X is for somebody
    ("C", ONE_TEXT, Means(C, (ANA, LEO), "together")),
    ("yes we'll be there", ONE_TEXT, Means(C, (ANA, LEO), "together")),
    ("sí, ahí estaremos", ONE_TEXT, Means(C, (ANA, LEO), "together")),
    ("X", ONE_TEXT, AskWhich(X, (ANA, LEO))),
    ("R", ONE_TEXT, AskWhich(R, (ANA, LEO))),
    ("no puedo ir", ONE_TEXT, AskWhich(X, (ANA, LEO))),
    ("can we do Friday instead", ONE_TEXT, AskWhich(R, (ANA, LEO))),
    # two texts, and C answers one of them
    ("C", TWO_TEXTS, AskWhich(C, (ANA, LEO))),
    ("X", TWO_TEXTS, AskWhich(X, (ANA, LEO))),
    ("C", ANA_SAID_YES, Means(C, (LEO,), "last")),
    ("X", ANA_SAID_YES, Means(X, (LEO,), "last")),
    # she says it again, or changes her mind
    ("C", BOTH_SAID_YES, Means(C, (ANA, LEO), "again")),
    ("X", BOTH_SAID_YES, AskWhich(X, (ANA, LEO))),
    # she says for whom
    ("C for Ana", ONE_TEXT, Means(C, (ANA,), "name")),
    ("Ana can't come", ONE_TEXT, Means(X, (ANA,), "name")),
    ("LEO no puede ir", ONE_TEXT, Means(X, (LEO,), "name")),
    ("C for both", TWO_TEXTS, Means(C, (ANA, LEO), "all")),
    ("both can't come", ONE_TEXT, Means(X, (ANA, LEO), "all")),
    ("I can't come at all", ONE_TEXT, AskWhich(X, (ANA, LEO))),
    ("los dos no pueden ir", ONE_TEXT, Means(X, (ANA, LEO), "all")),
    ("yes both", TWO_TEXTS, Means(C, (ANA, LEO), "all")),
    ("yes for Ana and Leo", TWO_TEXTS, Means(C, (ANA, LEO), "name")),
    ("Ana can't make it", TWO_DAYS, AskWhich(X, (ANA, LEO))),
    ("Ana can't make it", TWO_ANAS, AskWhich(X, (ANA, LEO))),
    ("Ana Sofia can't make it", TWO_ANAS, Means(X, (LEO,), "name")),
    # what no rule untangles goes to a person
    ("Ana can't come but Leo can", ONE_TEXT, Unclear(X, (ANA, LEO))),
    ("Ana no puede ir pero Leo sí", ONE_TEXT, Unclear(X, (ANA, LEO))),
    ("confirm only Ana", ONE_TEXT, Unclear(C, (ANA, LEO))),
    ("confirm all but Leo", ONE_TEXT, Unclear(C, (ANA, LEO))),
    # a name that is a word
    ("I will be there", WILL, Means(C, (ANA, LEO), "together")),
    # one visit needs no question
    ("X", [asked(ANA, "Ana", reply=C)], Means(X, (ANA,), "only")),
    ("hello", ONE_TEXT, None),
    ("1", ONE_TEXT, None),  # a number is no answer to what had no numbers
    ("C", [], None),
]


@pytest.mark.parametrize(("body", "visits", "expected"), FIRST_ANSWERS)
def test_an_answer_means_the_visits_that_it_can_only_mean(body, visits, expected):
    assert of(body, visits) == expected


@pytest.mark.parametrize("body", ["X", "R", "no puedo ir"])
def test_which_visit_is_asked_once_and_then_a_person_has_it(body):
    assert isinstance(of(body, ONE_TEXT), AskWhich)
    assert isinstance(of(body, ONE_TEXT, asked_before=True), Unclear)


def test_a_long_list_is_no_question():
    many = [asked(n, f"Kid{n}") for n in range(1, 6)]

    assert of("X", many) == Unclear(X, (1, 2, 3, 4, 5))
    assert of("C", many) == Means(C, (1, 2, 3, 4, 5), "together")


CHOICES = [
    (("1", "1.", "#1", "1 please", "one", "the first", "the first one", "uno"), (ANA,)),
    (("la primera", "Ana", "for ana", "para Ana por favor", "X1", "x 1"), (ANA,)),
    (("2", "two", "the second one", "dos", "Leo", "el segundo", "X for Leo"), (LEO,)),
    (("both", "X", "x please", "1 and 2", "1, 2", "los dos", "ambas"), (ANA, LEO)),
    (("X for both", "all", "Ana and Leo", "1 y 2", "todos"), (ANA, LEO)),
    (("1 hour late", "2 questions", "3", "12", "neither", "hm", ""), None),
    (("the second hour", "1 at nine", "call me", "Ana and me", "maria"), None),
]


@pytest.mark.parametrize(("bodies", "expected"), CHOICES)
def test_the_answer_to_the_question_is_a_number_a_name_or_both(bodies, expected):
    question = Question(visit_ids=(ANA, LEO), reply=X, asked_at=ASKED)

    for body in bodies:
        found = of(body, ONE_TEXT, question)
        assert found == (expected and Means(X, expected, "choice")), body


@pytest.mark.parametrize("body", ["C", "yes", "R"])
def test_another_answer_than_the_one_asked_about_goes_to_a_person(body):
    question = Question(visit_ids=(ANA, LEO), reply=X, asked_at=ASKED)

    assert isinstance(of(body, ONE_TEXT, question), Unclear)


def test_a_number_whose_visit_is_over_chooses_nothing():
    question = Question(visit_ids=(MIA, LEO), reply=C, asked_at=ASKED)

    assert of("1", [asked(LEO, "Leo")], question) is None
    assert of("2", [asked(LEO, "Leo")], question) == Means(C, (LEO,), "choice")
