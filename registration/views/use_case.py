"""Which use case to register: a form of ticks, its answer below, and whether a campaign
that is there fits.  It is asked by GET, so an answer has an address; nothing is kept."""

from typing import Any

from flask import Blueprint, render_template, request
from sqlmodel import Session, col, select

from clinics.access import clinic_by_slug, key_of
from clinics.models import Clinic, Role
from clinics.web import allow
from kernel.carriers import LABELS
from kernel.errors import Invalid, NotFound
from kernel.web import heed
from registration.codes import sources
from registration.dossier import campaign_of
from registration.models import Campaign
from registration.questionnaire import (
    MOST,
    PARTS,
    PRACTICES,
    Answers,
    Declared,
    answers_of,
    questions,
)
from registration.selector import BINDING, choose
from registration.use_case_fit import fit, unnamed

bp = Blueprint("use_case", __name__)
OFFERED = 200  # campaigns to compare with
NUMBER = f"Write a whole number up to {MOST:,}, or leave it empty."


@bp.get("/operator/use-case")
@allow(Role.operator)
def use_case() -> Any:
    asked = request.args
    wrong = {}
    try:
        answers = _answers(asked.get("texts_a_day", "").strip())
    except ValueError:
        answers, wrong = _answers(""), {"texts_a_day": NUMBER}
    with heed().database.reading() as reading:
        offered = _offered(reading)
        campaign = _campaign(reading, asked.get("campaign", ""))
    page = render_template(
        "registration/use_case.html",
        parts=[
            (words, [one for one in questions().values() if one.part == part])
            for part, words in PARTS.items()
        ],
        practices=list(PRACTICES.items()),
        offered=offered,
        answers=answers,
        wrong=wrong,
        asked=asked,
        choice=choose(answers) if answers.texts and not wrong else None,
        compared=_compared(campaign, answers) if campaign and answers.texts else None,
        binding=BINDING,
        labels=LABELS,
        sources=sources(),
    )
    return (page, 400) if wrong else page


def _answers(number: str) -> Answers:
    """What was never asked is left out: somebody wrote the address by hand.  Raises
    ValueError for no number."""
    known = questions()
    if number and not (number.isascii() and number.isdigit() and len(number) < 10):
        raise ValueError(number)
    practice = request.args.get("practice", "")
    try:
        return answers_of(
            [
                key
                for key in request.args.getlist("texts")
                if key in known and known[key].is_text
            ],
            [
                key
                for key in request.args.getlist("facts")
                if key in known and not known[key].is_text
            ],
            int(number) if number else None,
            practice if practice in PRACTICES else "single",
        )
    except Invalid as mistake:
        raise ValueError(str(mistake)) from None


def _offered(session: Session) -> list[tuple[str, str]]:
    living = (
        select(Clinic.slug, Clinic.display_name, Campaign.ref)
        .join(Campaign, col(Campaign.clinic_id) == col(Clinic.id))
        .where(col(Campaign.expired_at).is_(None))
        .order_by(col(Clinic.display_name), col(Campaign.ref))
        .limit(OFFERED)
    )
    return [
        (f"{slug}/{ref}", f"{name}: {ref}")
        for slug, name, ref in session.exec(living).all()
    ]


def _campaign(session: Session, place: str) -> Campaign | None:
    """Raises NotFound for what is no campaign of that clinic."""
    if not place:
        return None
    slug, _, ref = place.partition("/")
    if not slug.isprintable():
        raise NotFound("There is no such clinic.")
    return campaign_of(session, key_of(clinic_by_slug(session, slug)), ref)


def _compared(campaign: Campaign, answers: Answers) -> dict[str, Any]:
    subs = tuple(campaign.sub_use_cases)
    found = fit(Declared(use_case=campaign.use_case, sub_use_cases=subs), answers)
    both = len({one.promotional for one in found.covered}) == 2
    return {
        "campaign": campaign,
        "fit": found,
        "unnamed": unnamed(campaign.message_flow, found.covered) if both else (),
    }
