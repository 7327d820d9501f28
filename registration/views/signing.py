"""`/sign/<token>`: the letter of authorization, signed by the link alone.

No sign-in, no cookie, no script.  Looking changes nothing; signing works once and is
capped.
"""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, request
from flask import render_template as render
from sqlmodel import Session

from clinics.models import Clinic, Language
from clinics.web import anyone
from kernel.counters import count
from kernel.hashing import sha256_hex
from kernel.phone import shown
from kernel.views import csrf
from kernel.web import heed
from registration import signing
from registration.letter import Letter, Signature, pdf, printed
from registration.letter_words import SAID, until_words
from registration.moves import plain_line, today_of
from registration.number_models import NumberMove

bp = Blueprint("signing", __name__)
csrf.exempt(bp)  # nobody is signed in; the address itself is the secret
QUIET = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
HOUR, MOST = timedelta(hours=1), 20  # tries with one link


@bp.get("/sign/<token>")
@anyone
def letter(token: str) -> Response:
    with heed().database.reading() as reading:
        found = signing.to_be_signed(reading, token, heed().now())
        return _form(*found, {}, {}) if found else _note("gone", 404)


@bp.post("/sign/<token>")
@anyone
def sign(token: str) -> Response:
    now = heed().now()
    tries = heed().database.retrying(lambda writing: _tries(writing, token))
    with heed().database.reading() as reading:
        found = signing.to_be_signed(reading, token, now)
        if found is None:
            return _note("gone", 404)
        move, clinic, words = found
        if tries > MOST:
            return _note("many", 429, clinic)
        given = {
            "name": plain_line(request.form.get("name", "")),
            "title": plain_line(request.form.get("title", "")),
            "agree": request.form.get("agree", ""),
        }
        wrong = _problems(given)
        if wrong:
            return _form(move, clinic, words, given, wrong)
        signature = Signature(
            name=given["name"],
            title=given["title"],
            on=today_of(reading, move.clinic_id, now),
            at=now,
            time_zone=clinic.time_zone,
        )
    signed = pdf(words, signature, now)

    def work(writing: Session) -> bool:
        name, title = given["name"], given["title"]
        return bool(
            signing.sign_by_link(writing, token, words, signed, name, title, now)
        )

    if not heed().database.retrying(work):
        return _note("gone", 409)
    return _note("done", 200, clinic)


def _tries(writing: Session, token: str) -> int:
    """Counted for links that are there; a guess costs us a look and no row."""
    if signing.to_be_signed(writing, token, heed().now()) is None:
        return 0
    name = f"sign:{sha256_hex(token.encode())[:16]}"
    return count(writing, name, HOUR, heed().now())


def _problems(given: dict[str, str]) -> dict[str, str]:
    wrong = {}
    letters = [part for part in given["name"].split() if any(map(str.isalpha, part))]
    if len(letters) < 2:
        wrong["name"] = "wrong_name"
    if not given["title"]:
        wrong["title"] = "wrong_title"
    if not given["agree"]:
        wrong["agree"] = "wrong_agree"
    return wrong


def _form(
    move: NumberMove,
    clinic: Clinic,
    words: Letter,
    given: dict[str, str],
    wrong: dict[str, str],
) -> Response:
    until = move.link_until or heed().now()
    page = render(
        "registration/sign.html",
        **_names(clinic),
        number=shown(words.number),
        letter=printed(words),
        signer=words.signer,
        until=until_words(until, clinic.time_zone, _language()),
        given=given,
        wrong=wrong,
    )
    return _quiet(page, 400 if wrong else 200)


def _note(what: str, status: int, clinic: Clinic | None = None) -> Response:
    return _quiet(
        render("registration/sign_note.html", **_names(clinic), what=what), status
    )


def _names(clinic: Clinic | None) -> dict[str, Any]:
    language = _language()

    def say(key: str, **names: str) -> str:
        return SAID[language][key].format(
            clinic=clinic.display_name if clinic else "", **names
        )

    return {
        "language": language,
        "say": say,
        "clinic": clinic.display_name if clinic else "",
    }


def _language() -> Language:
    known = [language.value for language in Language]
    named: str | None = request.values.get("lang")
    if named not in known:
        named = request.accept_languages.best_match(known)
    return Language(named or Language.en)


def _quiet(page: str, status: int) -> Response:
    answer = make_response(page, status)
    answer.headers.update(QUIET)
    return answer
