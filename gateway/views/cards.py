"""What a desk prints so that patients can ask for texts: poster, cards, form to sign."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Language, Role
from clinics.web import allow, here
from consent.models import Topic
from consent.scripts import PAPER
from gateway import paper_form
from gateway.cards import Form, Sheet, pdf, qr_data
from gateway.opt_in_place import offered, place_of, words_in_force
from gateway.opt_in_words import BOXES, NAMES
from kernel.errors import NotFound
from kernel.phone import shown
from kernel.web import heed

bp = Blueprint("cards", __name__)
NOTHING = (
    "There is nothing to print in this language: no wording for it is published. Ask "
    "the operator to publish the wording that patients agree to."
)


@bp.get("/desk/<clinic>/cards")
@allow(Role.front_desk, Role.clinic_admin)
def cards(clinic: str) -> str:
    with heed().database.reading() as reading:
        sheets = _sheets(reading)
        place = place_of(reading, here())
        topics = offered(reading, place, Language.en) if place is not None else ()
        web = words_in_force(reading, here().id, "web")
        paper = words_in_force(reading, here().id, PAPER)
    address = _address(Language.en)
    return render_template(
        "gateway/cards.html",
        sheets=sheets,
        paper=paper,
        names=NAMES,
        web=web,
        place=place,
        address=address,
        qr=qr_data(address),
        left_out=[
            BOXES[Language.en][topic]
            for topic in (place.covered if place is not None else ())
            if topic not in topics and topic is not Topic.care
        ],
    )


@bp.get("/desk/<clinic>/cards/poster.pdf")
@allow(Role.front_desk, Role.clinic_admin)
def poster(clinic: str) -> Response:
    return _print(Form.poster)


@bp.get("/desk/<clinic>/cards/cards.pdf")
@allow(Role.front_desk, Role.clinic_admin)
def small(clinic: str) -> Response:
    return _print(Form.cards)


@bp.get("/desk/<clinic>/cards/form.pdf")
@allow(Role.front_desk, Role.clinic_admin)
def form(clinic: str) -> Response:
    """The form to sign, with the words in force.  Raises NotFound without any."""
    wanted = request.args.get("lang") or Language.en.value
    with heed().database.reading() as reading:
        place = place_of(reading, here())
        in_force = words_in_force(reading, here().id, PAPER)
    words = next((one for one in in_force.values() if one.language == wanted), None)
    if words is None:
        raise NotFound(NOTHING)
    topics = place.covered if place is not None else (Topic.care,)
    sheet = paper_form.PaperForm(clinic=here().name, topics=topics, words=words)
    return _pdf(paper_form.pdf(sheet), "form", wanted)


def _print(form: Form) -> Response:
    """Raises NotFound for a language without words."""
    with heed().database.reading() as reading:
        sheets = _sheets(reading)
    wanted = request.args.get("lang") or Language.en.value
    sheet = next((one for one in sheets if one.words.language == wanted), None)
    if sheet is None:
        raise NotFound(NOTHING)
    return _pdf(pdf(sheet, form), form.value, wanted)


def _pdf(made: bytes, form: str, language: str) -> Response:
    answer = make_response(made)
    answer.mimetype = "application/pdf"
    name = f"{here().slug}-{form}-{language}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _sheets(session: Session) -> list[Sheet]:
    """One for each language in which patients are told what they agree to."""
    place = place_of(session, here())
    if place is None:
        return []
    keyword = words_in_force(session, here().id, "keyword")
    web = words_in_force(session, here().id, "web")
    return [
        Sheet(
            clinic=here().name,
            phone=shown(here().phone),
            number=shown(place.number),
            address=_address(language) if language in web else None,
            keyword=language in keyword,
            words=keyword.get(language) or web[language],
        )
        for language in Language
        if language in keyword or language in web
    ]


def _address(language: Language) -> str:
    """English is what a browser gets that asks for nothing: the shorter code."""
    lang = None if language is Language.en else language.value
    path = url_for("opt_in.opt_in", clinic=here().slug, lang=lang)
    return heed().settings.public_base_url.rstrip("/") + path
