"""One text to every patient of a day: chosen, written, confirmed with its count, followed,
and taken back until it leaves."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session, col
from werkzeug.datastructures import MultiDict

from clinics.models import Clinic, Language, Role
from clinics.web import allow, here, me
from gateway.prices import cost, in_words, where_from
from gateway.prices import dearest as dearest_price
from kernel.carriers import LABELS
from kernel.errors import Conflict, Invalid
from kernel.plain_spelling import Dear, dear, spelled_plainly
from kernel.visible import visible
from kernel.web import heed
from registration.health_words import health_words, sentences
from reminders.approve import LONGEST, LONGEST_NOTE
from reminders.day_updates import (
    FARTHEST,
    GRACE,
    choice_of,
    confirm,
    take_back,
    update_of,
    whom,
    words_of,
    write,
)
from reminders.models import Appointment, DayUpdate
from reminders.rendering import KNOWN
from reminders.unsent import STANDS
from reminders.update_audience import Audience, Choice, Recipient, places_of
from reminders.update_progress import progress_of, updates_of
from reminders.update_words import Words, starters, wrong_with

bp = Blueprint("updates", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)
PLACE = "/desk/<clinic>/updates"
ONE = f"{PLACE}/<int:update_id>"
FIRST = "weather"  # the starter that stands there before anybody chose
LANGUAGES = {Language.en: "English", Language.es: "Spanish"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that a page says of an update that is not sent yet."""

    audience: Audience
    wrong: tuple[str, ...]
    examples: tuple[Recipient, ...]  # one of each language
    dear: tuple[Dear, ...]
    health: tuple[str, ...]
    price: str
    price_from: str

    @property
    def segments(self) -> int:
        return sum(self.audience.segments.values())


@bp.get(PLACE)
@desk
def updates(clinic: str) -> str:
    with heed().database.reading() as reading:
        choice = _choice(reading, request.args)
    key = request.args.get("start", FIRST)
    words = starters().get(key, starters()[FIRST])[1]
    draft = request.args.get("draft", type=int)
    if draft is not None and 0 < draft < 2**31:
        with heed().database.reading() as reading:
            found = update_of(reading, here().id, draft)
            choice, words = choice_of(found), words_of(found)
    return _page(choice, words)


@bp.post(PLACE)
@desk
def write_update(clinic: str) -> Any:
    """Goes on to the page that asks once more, or shows what was typed."""
    what, words = request.form.get("what", ""), _words()
    with heed().database.reading() as reading:
        choice = _choice(reading, request.form)
    if what == "plain":
        words = Words(
            en=spelled_plainly(words.en),
            es=spelled_plainly(words.es),
            health_note=words.health_note,
        )
    if what != "next":
        return _page(choice, words)

    def work(writing: Session) -> int:
        given = (_clinic(writing), choice, words, me().email, heed().now())
        return write(writing, *given).id or 0

    try:
        update_id = heed().database.retrying(work)
    except Invalid as mistake:
        return _page(choice, words, str(mistake)), 400
    return redirect(_address("updates.update", update_id), 303)


@bp.get(ONE)
@desk
def update(clinic: str, update_id: int) -> str:
    with heed().database.reading() as reading:
        found = update_of(reading, here().id, update_id)
        if found.confirmed_at is None:
            seen = _look(reading, choice_of(found), words_of(found))
            return _ask(found, seen)
        done = progress_of(reading, here().id, update_id)
    now = heed().now()
    return render_template(
        "reminders/update_sent.html",
        update=found,
        progress=done,
        waits=found.leaves_at is not None and now < found.leaves_at,
    )


@bp.post(f"{ONE}/send")
@desk
def send(clinic: str, update_id: int) -> Any:
    expected, now = request.form.get("count", -1, type=int), heed().now()
    with heed().database.reading() as reading:
        update = update_of(reading, here().id, update_id)
        choice, words = choice_of(update), words_of(update)
        found = whom(reading, _clinic(reading), choice, words, now)

    def work(writing: Session) -> datetime | None:
        given = (_clinic(writing), update_id, found, expected, me().email, now)
        return confirm(writing, *given).leaves_at

    try:
        heed().database.retrying(work)
    except (Conflict, Invalid) as refusal:
        flash(str(refusal), "problem")
    return redirect(_address("updates.update", update_id), 303)


@bp.post(f"{ONE}/take-back")
@desk
def take_it_back(clinic: str, update_id: int) -> Any:
    def work(writing: Session) -> Any:
        return take_back(writing, here().id, update_id, me().email, heed().now())

    try:
        done = heed().database.retrying(work)
    except Conflict as refusal:
        flash(str(refusal), "problem")
    else:
        flash(_taken(done.taken, done.gone))
    return redirect(_address("updates.update", update_id), 303)


def _taken(taken: int, gone: int) -> str:
    if not taken:
        return "Nothing was taken back: every text had left, or was taken back before."
    rest = f" {gone} had left already." if gone else " Nobody gets it."
    return f"{taken} text{'s were' if taken != 1 else ' was'} taken back.{rest}"


def _page(choice: Choice, words: Words, problem: str = "") -> str:
    with heed().database.reading() as reading:
        seen = _look(reading, choice, words)
        now = heed().now()
        providers, locations = places_of(reading, _clinic(reading), choice.day, now)
        earlier = updates_of(reading, here().id)
    return render_template(
        "reminders/updates.html",
        choice=choice,
        words=words,
        seen=seen,
        problem=problem,
        providers=[(one, visible(one)) for one in providers],
        locations=[(one, visible(one)) for one in locations],
        starters=starters(),
        earlier=earlier,
        holes=sorted(KNOWN),
        labels=LABELS,
        languages=LANGUAGES,
        longest=LONGEST,
        longest_note=LONGEST_NOTE,
        at=_noon(choice.day),
    )


def _ask(found: DayUpdate, seen: Seen) -> str:
    return render_template(
        "reminders/update_ask.html",
        update=found,
        seen=seen,
        labels=LABELS,
        languages=LANGUAGES,
        grace=int(GRACE.total_seconds() // 60),
        at=_noon(found.day),
    )


def _look(session: Session, choice: Choice, words: Words) -> Seen:
    clinic, own = _clinic(session), heed().settings.segment_price
    found = whom(session, clinic, choice, words, heed().now())
    written = [one for one in found.recipients if one.body]
    by_language = {one.language: one for one in reversed(written)}
    bodies = {word for one in by_language.values() if (word := one.body)}
    names = (clinic.display_name, clinic.legal_name)
    return Seen(
        audience=found,
        wrong=tuple(wrong_with(session, clinic, words)),
        examples=tuple(by_language[one] for one in Language if one in by_language),
        dear=tuple(one for body in sorted(bodies) if (one := dear(body)) is not None),
        health=tuple(sentences(health_words(f"{words.en} {words.es}", names))),
        price=in_words(cost(found.segments, own)),
        price_from=where_from(dearest_price(own)),
    )


def _clinic(session: Session) -> Clinic:
    return session.get_one(Clinic, here().id)


def _words() -> Words:
    def typed(name: str) -> str:
        return " ".join(request.form.get(name, "").replace("\0", "").split())

    return Words(
        en=typed("text_en")[: LONGEST + 1],
        es=typed("text_es")[: LONGEST + 1],
        health_note=typed("note")[:LONGEST_NOTE],
    )


def _choice(session: Session, given: MultiDict[str, str]) -> Choice:
    """What cannot be read is as if it were not there."""
    try:
        day = date.fromisoformat(given.get("day", ""))
        far = abs(day - heed().now().date()) > FARTHEST
    except ValueError:
        far = True
    day = _next_day(session) if far else day
    return Choice(
        day=day,
        provider=given.get("provider", "").replace("\0", ""),
        location=given.get("location", "").replace("\0", ""),
        starts_from=_hour(given.get("from", "")),
        starts_before=_hour(given.get("before", "")),
    )


def _hour(text: str) -> str:
    try:
        return f"{time.fromisoformat(text):%H:%M}" if text else ""
    except ValueError:
        return ""


def _next_day(session: Session) -> date:
    """The next one that has visits ahead, or today."""
    now, zone = heed().now(), ZoneInfo(here().time_zone)
    first = session.connection().scalar(
        sa.select(sa.func.min(col(Appointment.starts_at))).where(
            col(Appointment.clinic_id) == here().id,
            col(Appointment.starts_at) > now,
            col(Appointment.status).in_(STANDS),
        )
    )
    return (first or now).astimezone(zone).date()


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(here().time_zone))


def _address(endpoint: str, update_id: int) -> str:
    return url_for(endpoint, clinic=here().slug, update_id=update_id)
