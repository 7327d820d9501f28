"""`/p/<token>`: a patient's own page, opened by the link alone.

No sign-in, no cookie, no script.  Looking changes nothing, so a link scanner stops
nobody; only a link that we never made is counted.
"""

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask import render_template as render
from markupsafe import Markup, escape
from sqlmodel import Session

from clinics.models import Language
from clinics.signin import ClinicHere
from clinics.web import anyone
from consent.models import PageLink
from consent.page_links import of_token
from consent.signed_receipt import signed_receipt
from gateway import own_page as pages
from gateway.own_page_words import SAID, TOPICS, WORDS, how, when
from kernel.phone import shown
from kernel.views import csrf
from kernel.web import heed

bp = Blueprint("own_page", __name__, url_prefix="/p/<token>")
csrf.exempt(bp)  # nobody is signed in; the address itself is the secret
QUIET = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
Act = Callable[[Session, PageLink], object]


@bp.get("")
@anyone
def texts(token: str) -> Response:
    return _page("own_page", token)


@bp.get("/receipt")
@anyone
def receipt(token: str) -> Response:
    return _page("own_receipt", token)


@bp.get("/receipt.json")
@anyone
def signed(token: str) -> Response:
    with heed().database.reading() as reading:
        link = of_token(reading, token)
        if link is None or link.expires_at <= heed().now():
            return _no_page(link)
        page = pages.own_page(reading, link)
    base = heed().settings.public_base_url.rstrip("/")
    answer = make_response(
        signed_receipt(
            page.about,
            heed().keys,
            clinic=page.clinic.slug,
            clinic_name=page.clinic.name,
            phone_ends_in=page.ends_in,
            made_at=heed().now(),
            keys_at=base + url_for("consent_public.keys", clinic=page.clinic.slug),
        )
    )
    answer.mimetype = "application/json"
    name = f"{page.clinic.slug}-receipt.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers.update(QUIET)
    return answer


@bp.post("/stop")
@anyone
def stop(token: str) -> Response:
    def act(writing: Session, link: PageLink) -> object:
        return pages.stop(
            writing,
            link,
            # Where it was pressed, without what would open the page again.
            url=heed().settings.public_base_url.rstrip("/") + "/p/",
            ip=request.remote_addr or "",
            user_agent=request.user_agent.string[:500],
            language=_language(link).value,
            now=heed().now(),
        )

    return _act(token, act, "own_page.texts")


@bp.post("/erase")
@anyone
def erase(token: str) -> Response:
    def act(writing: Session, link: PageLink) -> object:
        return pages.ask_to_erase(writing, link, heed().now())

    return _act(token, act, "own_page.receipt")


def _page(template: str, token: str) -> Response:
    with heed().database.reading() as reading:
        link = of_token(reading, token)
        if link is None or link.expires_at <= heed().now():
            return _no_page(link)
        page = pages.own_page(reading, link)
    return _sent(template, _language(link), page.clinic, page.number, page=page)


def _act(token: str, act: Act, after: str) -> Response:
    def work(writing: Session) -> PageLink | None:
        link = of_token(writing, token)
        if link is not None and link.expires_at > heed().now():
            act(writing, link)
        return link

    link = heed().database.retrying(work)
    if link is None or link.expires_at <= heed().now():
        return _no_page(link)
    lang = _language(link).value
    return cast(Response, redirect(url_for(after, token=token, lang=lang), 303))


def _no_page(link: PageLink | None) -> Response:
    """What to do instead.  Who has an ended link may be told whose it was."""
    if link is not None:
        with heed().database.reading() as reading:
            clinic = pages.clinic_of(reading, link)
            number = pages.number_of(reading, clinic)
        language = _language(link)
        return _sent("own_page_gone", language, clinic, number, status=410, what="gone")
    ip, now, what, status = request.remote_addr or "", heed().now(), "unknown", 404
    with heed().database.reading() as reading:
        many = pages.too_many_wrong(reading, ip, now)
    if many:
        what, status = "many", 429
    else:
        heed().database.retrying(lambda session: pages.count_wrong(session, ip, now))
    return _sent("own_page_gone", _language(None), None, None, status=status, what=what)


def _language(link: PageLink | None) -> Language:
    """Of the form or the address, else of the link, else of the browser."""
    known = [language.value for language in Language]
    named = request.form.get("lang") or request.args.get("lang")
    if named not in known:
        named = link.language if link is not None else None
    if named not in known:
        named = request.accept_languages.best_match(known)
    return Language(named or Language.en)


def _sent(
    template: str,
    language: Language,
    clinic: ClinicHere | None,
    number: str | None,
    status: int = 200,
    **more: Any,
) -> Response:
    tel = Markup('<span class="tel">{}</span>')  # never broken over two lines
    names = {
        "clinic": clinic.name if clinic else "",
        "phone": tel.format(shown(clinic.phone)) if clinic else "",
        "number": tel.format(shown(number)) if number else "",
    }

    def say(key: str, **also: object) -> Markup:
        return Markup(escape(SAID[language][key])).format(**names, **also)

    html = render(
        f"gateway/{template}.html",
        say=say,
        language=language,
        number_to_text=number,
        clinic=names["clinic"],
        here=clinic,
        topics=TOPICS[language],
        words=WORDS[language],
        how=lambda record: how(record, language),
        at=lambda time: when(time, clinic.time_zone, language) if clinic else "",
        **more,
    )
    answer = make_response(html, status)
    answer.headers.update(QUIET)
    answer.headers["Vary"] = "Accept-Language"
    return answer
