from clinics.access import clinic_by_slug
from reminders.explain import timeline
from tests.reminders.booked import NOW, book
from tests.reminders.telling import agree, draft, says_stop, send
from tests.reminders.test_reviews import ANA, AT_ELEVEN, BOTH, plan, visit

__all__ = ["visit"]
BEN = "+12065550002"


def told(database, phone):
    with database.reading() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        return [fact.sentence for fact in timeline(session, clinic, phone)]


def test_the_timeline_says_why_somebody_got_no_update(database, cast):
    book(database, cast.maple)
    book(database, cast.maple, her_given_name="Ben")
    agree(database, cast.maple, ANA)
    agree(database, cast.maple, BEN)
    says_stop(database, cast.maple, BEN)
    send(database, cast.maple, draft(database, cast.maple), 1)

    assert any("(update) was planned for" in one for one in told(database, ANA))
    (why,) = [one for one in told(database, BEN) if "no day update" in one]
    assert why.startswith("Ben Lee's visit of Tue, Dec 8, 2026, 3:00 PM PST: no day")
    assert "The patient said stop." in why


def test_the_timeline_says_why_somebody_was_not_asked_again(database, cast, visit):
    book(database, cast.maple, her_phone=ANA, **AT_ELEVEN)
    agree(database, cast.maple, ANA, *BOTH, at=NOW)

    plan(database, cast)

    said = told(database, ANA)
    assert any("(review request) was planned for" in one for one in said)
    assert any("no request for a review. This phone was asked" in one for one in said)
