"""Updates to a day's patients and requests for a review, as their tests write them."""

from datetime import date, timedelta

from clinics.models import Clinic, Language
from consent.models import Grade, Topic
from consent.record import opt_in, opt_out
from consent.standing import lock_line
from registration.models import Campaign, WordingKind
from registration.wordings import add as add_wording
from reminders.day_updates import (
    choice_of,
    confirm,
    take_back,
    update_of,
    whom,
    words_of,
    write,
)
from reminders.reviews import set_rule, switch_on
from reminders.update_audience import Choice
from reminders.update_words import Words
from tests.reminders.booked import ADMIN, NOW

DESK = "desk@maple-dental.example"
TUESDAY = date(2026, 12, 8)
DAY = Choice(day=TUESDAY)
SNOW = Words(
    en="{clinic}: {first_name}, we are closed for snow. Your visit on {date} at {time} "
    "cannot take place. We will call you. STOP to opt out.",
    es="{clinic}: {first_name}, cerramos por nieve. Su cita de las {time} no puede ser. "
    "STOP: no recibir mas.",
)
LINK = "https://www.maple-dental.example/reviews"
ASKS = "{clinic}: thank you, {first_name}. Leave us a review: {link} STOP to opt out."


def clinic_of(session, place):
    return session.get_one(Clinic, place.clinic_id)


def agree(database, place, phone, *topics, at=NOW):
    with database.writing() as session:
        for topic in topics or (Topic.care,):
            lock_line(session, place.clinic_id, phone)
            given = (place.clinic_id, phone, topic, Grade.recorded, {"method": "form"})
            opt_in(session, *given, at)


def says_stop(database, place, phone, at=NOW):
    with database.writing() as session:
        lock_line(session, place.clinic_id, phone)
        opt_out(session, place.clinic_id, phone, {"method": "text"}, at)


def seen(database, place, words=SNOW, choice=DAY, now=NOW):
    with database.reading() as session:
        return whom(session, clinic_of(session, place), choice, words, now)


def draft(database, place, words=SNOW, choice=DAY, now=NOW):
    with database.writing() as session:
        return write(session, clinic_of(session, place), choice, words, DESK, now).id


def send(database, place, update_id, count, now=NOW, found=None):
    """`found`: who was found a moment ago; by default now."""
    with database.reading() as session:
        clinic = clinic_of(session, place)
        update = update_of(session, place.clinic_id, update_id)
        look = whom(session, clinic, choice_of(update), words_of(update), now)

    def work(session):
        seen = (clinic_of(session, place), update_id, found or look)
        given = (*seen, count, DESK, now)
        return confirm(session, *given).leaves_at

    return database.retrying(work)


def back(database, place, update_id, now=NOW):
    given = (place.clinic_id, update_id, DESK, now)
    return database.retrying(lambda session: take_back(session, *given))


def declare(database, place, use_case, *subs, samples=()):
    """The campaign as it was registered elsewhere."""
    with database.writing() as session:
        campaign = session.get_one(Campaign, place.campaign_id)
        campaign.use_case, campaign.sub_use_cases = use_case, list(subs)
        campaign.samples = list(samples)


def covers_reviews(database, place):
    """Both topics, and a sample with a link that asks."""
    asks = f"Maple Dental: thank you. Leave us a review: {LINK} Reply STOP to opt out."
    visit = "Maple Dental: your visit is on [date] at [time]. Reply STOP to opt out."
    subs = ("ACCOUNT_NOTIFICATION", "MARKETING")
    declare(database, place, "MIXED", *subs, samples=(visit, asks))


def asks_for_reviews(database, place, now=NOW, link=LINK):
    """Everything is there, and it is switched on."""
    covers_reviews(database, place)
    with database.writing() as session:
        kind = WordingKind.review_request
        where = (place.clinic_id, place.campaign_id, kind, Language.en)
        add_wording(session, *where, ASKS, now)
        more = {"delay_minutes": 120, "every_days": 180, "by": ADMIN, "now": now}
        set_rule(session, place.clinic_id, link=link, **more)
        switch_on(session, place.clinic_id, ADMIN, now)


LATER = timedelta(hours=3)
