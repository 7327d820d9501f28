"""The public pages of a clinic: signing up for texts, privacy, terms.

No sign-in, no cookie, no script.  What the page answers never tells whether a phone is
known, opted in or stopped.
"""

from typing import Any, cast

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask import render_template as render
from markupsafe import Markup, escape
from sqlmodel import Session

from clinics.models import Language
from clinics.signin import ClinicHere
from clinics.web import anyone
from consent.models import Topic
from gateway.opt_in import Problems, Typed, Wish, language_for, read
from gateway.opt_in_place import (
    Place,
    Words,
    clinic_of,
    offered,
    place_of,
    words_in_force,
)
from gateway.opt_in_requests import Origin, Taken, take
from gateway.opt_in_words import BOXES, NAMES, said
from kernel.phone import shown
from kernel.views import csrf
from kernel.web import heed

bp = Blueprint("opt_in", __name__)
csrf.exempt(bp)  # nobody is signed in, so there is nothing to borrow

NOTHING_TYPED = Typed(phone="", name="", ticked=frozenset())


@bp.get("/c/<clinic>/opt-in")
@anyone
def opt_in(clinic: str) -> Response:
    with heed().database.reading() as reading:
        here = clinic_of(reading, clinic)
        return _form(reading, here, place_of(reading, here), _wanted(), NOTHING_TYPED)


@bp.post("/c/<clinic>/opt-in")
@anyone
def ask(clinic: str) -> Response:
    typed = Typed(
        phone=request.form.get("phone", ""),
        name=request.form.get("name", ""),
        ticked=frozenset(topic for topic in Topic if request.form.get(topic.value)),
    )
    wanted = _wanted(request.form.get("language"))
    with heed().database.writing() as writing:
        here = clinic_of(writing, clinic)
        place = place_of(writing, here)
        words = _words_of(writing, here, wanted)
        if place is None or words is None:
            return _form(writing, here, place, wanted, typed)
        wish = read(typed, offered(writing, place, words.language))
        if request.form.get("disclosure") != words.sha256:
            return _form(writing, here, place, wanted, typed, notice="changed")
        if not isinstance(wish, Wish):
            return _form(writing, here, place, wanted, typed, wish, notice="mend")
        taken = take(writing, place, wish, _origin(here, words), heed().now())
    if taken is Taken.too_many:
        return _note("many", here, place, words.language, 429)
    after = url_for("opt_in.asked", clinic=here.slug, lang=words.language.value)
    return cast(Response, redirect(after, 303))


@bp.get("/c/<clinic>/opt-in/next")
@anyone
def asked(clinic: str) -> Response:
    """The same for every number: whether it is known is nobody's to learn here."""
    with heed().database.reading() as reading:
        here = clinic_of(reading, clinic)
        place = place_of(reading, here)
        words = _words_of(reading, here, _wanted())
    if place is None or words is None:
        return _note("closed", here, None, _wanted(), 200)
    return _note("next", here, place, words.language, 200)


@bp.get("/c/<clinic>/privacy")
@anyone
def privacy(clinic: str) -> Response:
    return _about("privacy", clinic)


@bp.get("/c/<clinic>/sms-terms")
@anyone
def terms(clinic: str) -> Response:
    return _about("terms", clinic)


def _wanted(named: str | None = None) -> Language:
    """Of the form, else of the address, else of the browser."""
    named = named or request.args.get("lang")
    known = [language.value for language in Language]
    if named not in known:
        named = request.accept_languages.best_match(known)
    return Language(named or Language.en)


def _words_of(session: Session, here: ClinicHere, wanted: Language) -> Words | None:
    published = words_in_force(session, here.id, "web")
    language = language_for(wanted, frozenset(published))
    return published[language] if language is not None else None


def _origin(here: ClinicHere, words: Words) -> Origin:
    path = url_for("opt_in.opt_in", clinic=here.slug, lang=words.language.value)
    return Origin(
        url=heed().settings.public_base_url + path,
        ip=request.remote_addr or "",
        user_agent=request.user_agent.string[:500],
        language=words.language,
        disclosure_sha256=words.sha256,
    )


def form_as_shown(session: Session, here: ClinicHere) -> bytes | None:
    """The form in English as a patient gets it now; None where it is not open."""
    place = place_of(session, here)
    if place is None or _words_of(session, here, Language.en) is None:
        return None
    page = _form(session, here, place, Language.en, NOTHING_TYPED)
    return bytes(page.get_data())


def _form(
    session: Session,
    here: ClinicHere,
    place: Place | None,
    wanted: Language,
    typed: Typed,
    problems: Problems | None = None,
    notice: str = "",
) -> Response:
    published = words_in_force(session, here.id, "web")
    words = _words_of(session, here, wanted)
    if place is None or words is None:
        status = 200 if request.method == "GET" else 409
        return _note("closed", here, None, wanted, status)
    page = render(
        "gateway/opt_in.html",
        **_names(here, place, words.language),
        words=words,
        others=[one for one in published if one is not words.language],
        boxes=[
            (topic, BOXES[words.language][topic])
            for topic in offered(session, place, words.language)
        ],
        typed=typed,
        problems=problems or {},
        notice=notice,
    )
    return _sent(page, 400 if notice else 200)


def _note(
    what: str,
    here: ClinicHere,
    place: Place | None,
    language: Language,
    status: int,
) -> Response:
    names = _names(here, place, language)
    return _sent(render("gateway/opt_in_note.html", what=what, **names), status)


def _about(what: str, clinic: str) -> Response:
    with heed().database.reading() as reading:
        here = clinic_of(reading, clinic)
        place = place_of(reading, here)
    names = _names(here, place, _wanted())
    return _sent(render(f"gateway/opt_in_{what}.html", **names), 200)


def _names(here: ClinicHere, place: Place | None, language: Language) -> dict[str, Any]:
    """What every page of these has: who, in which language, and how to say things."""
    number = Markup('<span class="tel">{}</span>')  # never broken over two lines
    names = {
        "clinic": here.name,
        "phone": number.format(shown(here.phone)),
        "number": number.format(shown(place.number)) if place is not None else "",
    }
    return {
        "here": here,
        "place": place,
        "language": language,
        "languages": NAMES,
        "say": lambda key: Markup(escape(said(key, language))).format(**names),
        **names,
    }


def _sent(page: str, status: int) -> Response:
    answer = make_response(page, status)
    answer.headers["Vary"] = "Accept-Language"
    return answer
