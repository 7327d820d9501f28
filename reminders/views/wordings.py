"""What the clinic's texts say: every kind in both languages, a preview of each as it
stands on a phone, and a new version.  The operator words all of them for any campaign,
the clinic's admin its own kinds for the campaign that the clinic texts under."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Clinic, Language, Role
from clinics.web import allow, here, me, noted
from consent.models import Topic
from kernel.errors import Conflict, Invalid, NotFound
from kernel.web import heed
from registration.default_wordings import (
    REVIEWS,
    TITLES,
    add_missing,
    default_of,
    every_default,
)
from registration.dossier import campaign_of
from registration.models import Campaign, WordingKind, WordingVersion
from registration.wording_guard import topic_of
from registration.wording_words import NAMES, WHEN
from registration.wordings import in_use, problems
from reminders.approve import LONGEST, LONGEST_NOTE, approve, may_word
from reminders.previewing import Preview, preview
from reminders.rendering import holes_of
from reminders.reviews import link_of
from reminders.senders import campaign_about

bp = Blueprint("wordings", __name__)
desk_bp = Blueprint("texts", __name__)
PLACE = "/operator/wordings/<clinic>/<ref>"
DESK = "/desk/<clinic>/texts"
ONE = "/<kind>/<language>"
LANGUAGES = {Language.en: "English", Language.es: "Spanish"}
USED = "It is in use from the next text on."


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind in one language: what is in use, or what one may begin with."""

    kind: WordingKind
    language: Language
    used: WordingVersion | None
    campaign: Campaign | None  # that it is used under

    @property
    def name(self) -> str:
        return f"{NAMES[self.kind]}, {LANGUAGES[self.language]}"


@bp.get(PLACE)
@allow(Role.operator)
def wordings(clinic: str, ref: str) -> str:
    return _list(ref)


@desk_bp.get(DESK)
@allow(Role.front_desk, Role.clinic_admin)
def texts(clinic: str) -> str:
    return _list(None)


@bp.get(PLACE + ONE)
@allow(Role.operator)
def one(clinic: str, ref: str, kind: str, language: str) -> str:
    return _one(ref, kind, language)


@desk_bp.get(DESK + ONE)
@allow(Role.front_desk, Role.clinic_admin)
def text(clinic: str, kind: str, language: str) -> str:
    return _one(None, kind, language)


@bp.post(PLACE + ONE)
@allow(Role.operator)
def save(clinic: str, ref: str, kind: str, language: str) -> Any:
    return _save(ref, kind, language)


@desk_bp.post(DESK + ONE)
@allow(Role.clinic_admin)
def save_text(clinic: str, kind: str, language: str) -> Any:
    return _save(None, kind, language)


@bp.post(f"{PLACE}/defaults")
@allow(Role.operator)
def use_defaults(clinic: str, ref: str) -> Any:
    def work(writing: Session) -> Any:
        campaign = campaign_of(writing, here().id, ref)
        by, now = me().email, heed().now()
        done = add_missing(writing, here().id, campaign.id or 0, now, by)
        noted(writing, "default wordings added", f"{ref}: {done.count}")
        return done

    done = heed().database.retrying(work)
    flash(f"{done.count} wordings are in use now.")
    for sentence in done.refused:
        flash(sentence, "problem")
    return redirect(url_for("wordings.wordings", clinic=clinic, ref=ref), 303)


def _list(ref: str | None) -> str:
    with heed().database.reading() as reading:
        campaign = campaign_of(reading, here().id, ref) if ref else None
        shelf = _Shelf(reading, ref)
        rows = {
            family: [
                shelf.row(one.kind, one.language)
                for one in every_default()
                if one.family == family
            ]
            for family in TITLES
        }
    missing = [row for family in rows if family != REVIEWS for row in rows[family]]
    return render_template(
        "reminders/wordings.html",
        campaign=campaign,
        families=TITLES,
        rows=rows,
        missing=sum(row.used is None for row in missing),
        name_of=NAMES,
        when_of=WHEN,
        languages=LANGUAGES,
        address=_address,
        ref=ref,
    )


def _one(ref: str | None, kind: str, language: str) -> str:
    with heed().database.reading() as reading:
        row = _asked(reading, ref, kind, language)
    default = default_of(row.kind, row.language).text
    return _page(ref, row, row.used.text if row.used else default)


def _save(ref: str | None, kind: str, language: str) -> Any:
    """Writes only when told to use it; else it shows what was typed."""
    text = " ".join(request.form.get("text", "").replace("\0", "").split())
    what, note = request.form.get("what", ""), request.form.get("note", "")
    with heed().database.reading() as reading:
        row = _asked(reading, ref, kind, language)
    if row.campaign is None or not may_word(me().role, row.kind):
        raise NotFound("This wording is not yours to change.")
    if what == "plain":
        seen = _preview(row, text)
        return _page(ref, row, seen.plain or text, note=note)
    if what != "use":
        return _page(ref, row, text[: LONGEST + 1], note=note)
    campaign_id = row.campaign.id or 0

    def work(writing: Session) -> None:
        clinic = writing.get_one(Clinic, here().id)
        given = (clinic, campaign_id, row.kind, row.language, text)
        approve(writing, *given, by=me().email, note=note, now=heed().now())

    try:
        heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        page = _page(ref, row, text[: LONGEST + 1], problem=str(mistake), note=note)
        return page, 400
    flash(USED)
    return redirect(_address(ref, row.kind, row.language), 303)


def _page(
    ref: str | None, row: Row, text: str, *, problem: str = "", note: str = ""
) -> str:
    with heed().database.reading() as reading:
        beyond: tuple[str, ...] = ()
        if row.campaign is not None:
            where = (here().id, row.campaign.id or 0, row.kind, row.language)
            beyond = problems(reading, *where, text)
    return render_template(
        "reminders/wording.html",
        ref=ref,
        row=row,
        text=text,
        seen=_preview(row, text),
        beyond=beyond,
        problem=problem,
        note=note,
        may=row.campaign is not None and may_word(me().role, row.kind),
        holes=sorted(holes_of(row.kind)),
        longest=LONGEST,
        longest_note=LONGEST_NOTE,
        when_sent=WHEN[row.kind],
        address=_address,
    )


def _preview(row: Row, text: str) -> Preview:
    with heed().database.reading() as reading:
        link = link_of(reading, here().id)
    return preview(
        row.kind,
        row.language,
        text,
        here(),
        heed().now(),
        own_price=heed().settings.segment_price,
        links={"link": link} if link else {},
    )


def _asked(session: Session, ref: str | None, kind: str, language: str) -> Row:
    """Raises NotFound."""
    if kind not in set(WordingKind) or language not in set(Language):
        raise NotFound("There is no such wording.")
    return _Shelf(session, ref).row(WordingKind(kind), Language(language))


class _Shelf:
    """What is in use, asked for once a campaign."""

    def __init__(self, session: Session, ref: str | None) -> None:
        self.session, self.ref = session, ref
        self.campaigns: dict[Topic, Campaign | None] = {}
        self.used: dict[int, dict[tuple[WordingKind, str], WordingVersion]] = {}

    def row(self, kind: WordingKind, language: Language) -> Row:
        campaign, used = self._campaign(topic_of(kind)), None
        if campaign is not None:
            of_campaign = self._used(campaign.id or 0)
            used = of_campaign.get((kind, language.value))
        return Row(kind=kind, language=language, used=used, campaign=campaign)

    def _used(self, campaign_id: int) -> dict[tuple[WordingKind, str], WordingVersion]:
        if campaign_id not in self.used:
            self.used[campaign_id] = {
                (one.kind, one.language): one
                for one in in_use(self.session, here().id, campaign_id)
            }
        return self.used[campaign_id]

    def _campaign(self, topic: Topic) -> Campaign | None:
        """The one that was asked for, else that of the number such a text leaves from."""
        if topic not in self.campaigns:
            self.campaigns[topic] = (
                campaign_of(self.session, here().id, self.ref)
                if self.ref
                else campaign_about(self.session, here().id, topic)
            )
        return self.campaigns[topic]


def _address(
    ref: str | None,
    kind: WordingKind | None = None,
    language: Language | None = None,
) -> str:
    """Of the list, or of one wording: the operator's page, or the clinic's."""
    given: dict[str, Any] = {"clinic": here().slug}
    if ref:
        given["ref"] = ref
    if kind is None or language is None:
        return url_for("wordings.wordings" if ref else "texts.texts", **given)
    given |= {"kind": kind.value, "language": language.value}
    return url_for("wordings.one" if ref else "texts.text", **given)
