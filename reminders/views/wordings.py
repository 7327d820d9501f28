"""What a campaign's texts say: every kind in both languages, the defaults, a new version."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Language, Role
from clinics.web import allow, here, noted
from kernel.errors import Conflict, Invalid
from kernel.segments import measure
from kernel.web import heed
from registration.default_wordings import FAMILIES, add_missing, defaults
from registration.dossier import campaign_of
from registration.models import WordingKind, WordingVersion
from registration.wordings import add, in_use
from reminders.rendering import check

bp = Blueprint("wordings", __name__)
LONGEST = 1_000
PLACE = "/operator/wordings/<clinic>/<ref>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind in one language: what is in use, and what one may begin with."""

    kind: WordingKind
    language: Language
    used: WordingVersion | None
    default: str
    segments: int

    @property
    def key(self) -> str:
        return f"{self.kind.value}.{self.language.value}"


@bp.get(PLACE)
@allow(Role.operator)
def wordings(clinic: str, ref: str) -> str:
    return _page(ref)


@bp.post(PLACE)
@allow(Role.operator)
def save(clinic: str, ref: str) -> Any:
    """The next version of one wording."""
    text = request.form.get("text", "").replace("\r\n", " ").strip()
    given = request.form.get("kind", ""), request.form.get("language", "")

    def work(writing: Session) -> None:
        if given[0] not in set(WordingKind) or given[1] not in set(Language):
            raise Invalid("Choose one of the wordings below.")
        kind, language = WordingKind(given[0]), Language(given[1])
        if len(text) > LONGEST or "\0" in text:
            raise Invalid(f"A wording has at most {LONGEST:,} characters.")
        wrong = check(text, language)
        if wrong:
            raise Invalid(" ".join(wrong))
        campaign = campaign_of(writing, here().id, ref)
        add(
            writing,
            here().id,
            campaign.id or 0,
            kind,
            language,
            text,
            heed().now(),
        )
        noted(writing, "wording added", f"{ref}: {kind.value} {language.value}")

    try:
        heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        return _page(ref, str(mistake), ".".join(given), text), 400
    flash("It is in use from the next text on.")
    return redirect(url_for("wordings.wordings", clinic=clinic, ref=ref), 303)


@bp.post(f"{PLACE}/defaults")
@allow(Role.operator)
def use_defaults(clinic: str, ref: str) -> Any:
    def work(writing: Session) -> Any:
        campaign = campaign_of(writing, here().id, ref)
        done = add_missing(writing, here().id, campaign.id or 0, heed().now())
        noted(writing, "default wordings added", f"{ref}: {done.count}")
        return done

    done = heed().database.retrying(work)
    flash(f"{done.count} wordings are in use now.")
    for sentence in done.refused:
        flash(sentence, "problem")
    return redirect(url_for("wordings.wordings", clinic=clinic, ref=ref), 303)


def _page(ref: str, problem: str = "", key: str = "", text: str = "") -> str:
    with heed().database.reading() as reading:
        campaign = campaign_of(reading, here().id, ref)
        used = {
            (one.kind, one.language): one
            for one in in_use(reading, here().id, campaign.id or 0)
        }
    rows = {
        family: [
            _row(one.kind, one.language, used, one.text)
            for one in defaults()
            if one.family == family
        ]
        for family in FAMILIES
    }
    return render_template(
        "reminders/wordings.html",
        campaign=campaign,
        families=FAMILIES,
        rows=rows,
        missing=sum(row.used is None for found in rows.values() for row in found),
        problem=problem,
        problem_at=key,
        typed=text,
    )


def _row(kind: WordingKind, language: Language, used: Any, default: str) -> Row:
    found = used.get((kind, language.value))
    return Row(
        kind=kind,
        language=language,
        used=found,
        default=default,
        segments=measure(found.text if found else default).segments,
    )
