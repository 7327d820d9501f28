"""The words under which patients agree: every version, who stands behind it, and a new
one, compared with the old before it is published."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask import url_for as address
from sqlmodel import Session

from clinics.models import Language, Role
from clinics.web import allow, here, me, noted
from consent.coverage import Way, coverage
from consent.difference import difference, sentences_gone
from consent.disclosures import KINDS, publish
from consent.models import Disclosure
from consent.scripts import LANGUAGES
from kernel.errors import Conflict, Invalid, NotFound
from kernel.web import heed
from registration.quotes import Quote, quotes, tell_operator

bp = Blueprint("disclosures", __name__)
admin = allow(Role.clinic_admin)
LONGEST = 4000
MEANINGS = {"same": False, "broader": True}

NO_WAY = "There is no such wording."
EMPTY = "Write the words that patients are shown."
LONG = f"Write at most {LONGEST} characters: people do not read more."
NO_CHANGE = "These are the words in use. Change a word, or go back."
NO_MEANING = "Say whether the new words ask for more than the old ones."
PUBLISHED = "Published. These words are in use from now on."
OVERTAKEN = (
    "Somebody else published another version while this page was open, so nothing was "
    "published. Look at the newest words and compare again."
)


@bp.get("/desk/<clinic>/wordings")
@allow(Role.clinic_admin, Role.auditor)
def disclosures(clinic: str) -> str:
    with heed().database.reading() as reading:
        found = coverage(reading, here().id)
    return render_template(
        "registration/disclosures.html",
        coverage=found,
        names=LANGUAGES,
        may_publish=me().role is Role.clinic_admin,
    )


@bp.get("/desk/<clinic>/wordings/<kind>/<language>")
@admin
def change(clinic: str, kind: str, language: str) -> str:
    with heed().database.reading() as reading:
        way = _way(reading, kind, language)
    return _page(way, way.versions[0].wording.text if way.versions else "")


@bp.post("/desk/<clinic>/wordings/<kind>/<language>/compare")
@admin
def compare(clinic: str, kind: str, language: str) -> Any:
    """Writes nothing: what would change, for whom, and what else quotes it."""
    text = _typed()
    with heed().database.reading() as reading:
        way = _way(reading, kind, language)
        last = way.versions[0].wording if way.versions else None
        problem = _problem(text, last)
        found = quotes(reading, here().id, _gone(last, text))
    if problem:
        return _page(way, text, {"text": problem}), 400
    return _page(way, text, compared=True, found=found)


@bp.post("/desk/<clinic>/wordings/<kind>/<language>")
@admin
def publish_words(clinic: str, kind: str, language: str) -> Any:
    text, seen = _typed(), request.form.get("seen", -1, type=int)
    broader = MEANINGS.get(request.form.get("meaning", ""))
    with heed().database.reading() as reading:
        way = _way(reading, kind, language)
        last = way.versions[0].wording if way.versions else None
        problem = _problem(text, last)
        found = quotes(reading, here().id, _gone(last, text))
    if problem:
        return _page(way, text, {"text": problem}), 400
    if seen != (last.version if last else 0):
        return _overtaken(way)
    if last is not None and broader is None:
        page = _page(way, text, {"meaning": NO_MEANING}, compared=True, found=found)
        return page, 400

    def work(writing: Session) -> None:
        said = publish(writing, here().id, kind, language, text, heed().now(), broader)
        if said.version != seen + 1:  # somebody was faster, under the same lock
            raise Conflict(OVERTAKEN)
        tell_operator(writing, here().id, said, found, heed().now())
        noted(writing, "disclosure published", _subject(said))

    try:
        heed().database.retrying(work)
    except Conflict as mistake:
        return _page(way, text, {"text": str(mistake)}), 409
    except Invalid as mistake:
        return _page(way, text, {"text": str(mistake)}), 400
    flash(PUBLISHED)
    if broader and (phones := sum(one.phones for one in way.versions)):
        flash(_whom_to_ask(phones))
    return redirect(_url("disclosures.disclosures"))


def _whom_to_ask(phones: int) -> str:
    who = "1 phone agreed" if phones == 1 else f"{phones} phones agreed"
    return (
        f"{who} to the older words and stay covered for what those say. Before a visit "
        "of theirs they stand under Whom to ask."
    )


def _way(reading: Session, kind: str, language: str) -> Way:
    """Raises NotFound."""
    if kind not in KINDS or language not in set(Language):
        raise NotFound(NO_WAY)
    ways = coverage(reading, here().id).ways
    return next(way for way in ways if (way.kind, way.language) == (kind, language))


def _typed() -> str:
    return request.form.get("text", "").replace("\r\n", "\n").strip()


def _problem(text: str, last: Disclosure | None) -> str:
    if not text:
        return EMPTY
    if len(text) > LONGEST:
        return LONG
    return NO_CHANGE if last is not None and text == last.text.strip() else ""


def _gone(last: Disclosure | None, text: str) -> tuple[str, ...]:
    return sentences_gone(last.text, text) if last is not None else ()


def _subject(said: Disclosure) -> str:
    change = {True: ", broader", False: ", same meaning", None: ""}[said.broader]
    return f"{said.kind} {said.language} {said.version}{change}"


def _overtaken(way: Way) -> Any:
    flash(OVERTAKEN, "problem")
    place = {"kind": way.kind, "language": way.language.value}
    return redirect(_url("disclosures.change", **place))


def _page(
    way: Way,
    text: str,
    problems: dict[str, str] | None = None,
    *,
    compared: bool = False,
    found: tuple[Quote, ...] = (),
) -> str:
    last = way.versions[0].wording if way.versions else None
    return render_template(
        "registration/disclosure.html",
        way=way,
        language=LANGUAGES[way.language],
        last=last,
        text=text,
        compared=compared,
        pieces=difference(last.text, text) if last is not None and compared else (),
        quotes=found,
        longest=LONGEST,
        meaning=request.form.get("meaning", ""),
        problems=problems or {},
    )


def _url(endpoint: str, **path: Any) -> str:
    return address(endpoint, clinic=here().slug, **path)
