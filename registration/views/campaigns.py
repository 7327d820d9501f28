"""The carrier board of all clinics, one campaign in full, and what a carrier says of it
as an operator records it, with evidence."""

import re
from dataclasses import replace
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from consent.attachments import GONE, LARGEST, kept
from consent.web import hand_out
from kernel.asked import read_id
from kernel.carriers import LABELS, Carrier
from kernel.errors import Conflict, NotFound
from kernel.views import room_for
from kernel.web import heed
from registration.board import board_of_all
from registration.dossier import campaign_of, carrier_line, dossier
from registration.mno_review import mno_reviews
from registration.models import Campaign
from registration.recording import Entry, problems, record
from registration.signals import CAUSES
from registration.status import Refused, Result, Status
from registration.tcr_feed import Polled, poll_campaigns
from registration.throughput import limits_of, said
from registration.words import SOURCES, meanings, result_sentence, spoken

bp = Blueprint("campaigns", __name__)
SHOWN = 50
HASH = re.compile(r"[0-9a-f]{64}")
FORM_BYTES = 64 * 1024  # around the file


room_for(bp, "record_status", LARGEST + FORM_BYTES)


@bp.get("/operator/campaigns")
@allow(Role.operator)
def campaigns() -> str:
    show, slug = request.args.get("show", "all"), request.args.get("clinic", "")
    with heed().database.reading() as reading:
        everything = board_of_all(reading, heed().now())
        mno = mno_reviews(reading, [one.line for one in everything])
    found = [
        one
        for one in everything
        if (not slug or one.slug == slug)
        and (show != "attention" or one.line.rank in (0, 1))
    ]
    clinics = {one.slug: one.clinic for one in everything}
    return render_template(
        "registration/campaigns.html",
        found=found[:SHOWN],
        more=len(found[SHOWN:]),
        every=len(everything),
        clinics=sorted(clinics.items(), key=lambda pair: pair[1].casefold()),
        show=show,
        slug=slug,
        mno=mno,
    )


@bp.get("/operator/campaigns/<clinic>/<ref>")
@allow(Role.operator)
def campaign(clinic: str, ref: str) -> str:
    with heed().database.reading() as reading:
        found = dossier(
            reading,
            here().id,
            ref,
            heed().now(),
            here().time_zone,
            before=read_id(request.args.get("before")),
        )
    return render_template(
        "registration/campaign.html",
        found=found,
        labels=LABELS,
        sources=SOURCES,
        causes=CAUSES,
        spoken=spoken,
        can_ask=_can_ask(found.campaign),
        limits=limits_of(
            found.campaign.use_case,
            found.brand.vetting_score,
            said(found.campaign.att_class, found.campaign.tmobile_tier),
        ),
    )


@bp.get("/operator/campaigns/<clinic>/<ref>/<carrier>")
@allow(Role.operator)
def status(clinic: str, ref: str, carrier: str) -> str:
    return _status_form(ref, carrier, Entry(), {})


@bp.post("/operator/campaigns/<clinic>/<ref>/<carrier>")
@allow(Role.operator)
def record_status(clinic: str, ref: str, carrier: str) -> Any:
    entry = _entry()
    wrong = problems(entry)
    if wrong:
        return _status_form(ref, carrier, entry, wrong), 400

    def work(writing: Session) -> Result:
        found = campaign_of(writing, here().id, ref)
        carrier_line(writing, found, carrier, heed().now(), here().time_zone)
        subject = f"{ref} {carrier} {entry.status}"
        noted(writing, "carrier status", subject)
        return record(
            writing,
            here().id,
            found.id or 0,
            Carrier(carrier),
            entry,
            me().email,
            heed().now(),
        )

    result = heed().database.retrying(work)
    kind = "problem" if isinstance(result, Refused) else "done"
    flash(_told(LABELS[Carrier(carrier)], result), kind)
    return redirect(url_for("campaigns.campaign", clinic=clinic, ref=ref), 303)


@bp.post("/operator/campaigns/<clinic>/<ref>/ask")
@allow(Role.operator)
def ask(clinic: str, ref: str) -> Any:
    """Asks TCR about this one campaign; no transaction is open meanwhile."""
    with heed().database.reading() as reading:
        found = campaign_of(reading, here().id, ref)
    if not _can_ask(found):
        raise Conflict(
            "The Campaign Registry cannot be asked about this campaign: there is no "
            "key for it, or the campaign has no TCR id or has expired. Record what "
            "each carrier says instead."
        )
    heed().database.retrying(lambda writing: noted(writing, "asked TCR", ref))
    settings, now = heed().settings, heed().now()
    for sentence, kind in _heard(
        poll_campaigns(heed().database, settings, now, only=found.tcr_id)
    ):
        flash(sentence, kind)
    return redirect(url_for("campaigns.campaign", clinic=clinic, ref=ref), 303)


@bp.get("/operator/evidence/<clinic>/<sha256>")
@allow(Role.operator)
def evidence(clinic: str, sha256: str) -> Response:
    if not HASH.fullmatch(sha256):
        raise NotFound(GONE)
    with heed().database.reading() as reading:
        file = kept(reading, here().id, sha256)
    return hand_out(file, f"evidence-{sha256[:12]}")


def _can_ask(campaign: Campaign) -> bool:
    known = campaign.tcr_id is not None and campaign.expired_at is None
    return known and bool(heed().settings.tcr_api_base)


def _entry() -> Entry:
    file = request.files.get("evidence")
    return Entry(
        status=request.form.get("status", ""),
        note=request.form.get("note", ""),
        address=request.form.get("address", ""),
        file_name=(file.filename or "") if file else "",
        content=file.read() if file else b"",
        sure="sure" in request.form,
        cause=request.form.get("cause", ""),
    )


def _told(label: str, result: Result) -> str:
    plain = result_sentence(label, replace(result, why=spoken(result.why)))
    if isinstance(result, Refused):
        return f"{plain} The entry stands in the history."
    return f"{plain} {meanings()[result.cell.status].implication}"


def _heard(polled: Polled) -> list[tuple[str, str]]:
    told = [
        (
            _told(LABELS[one.carrier], one.result),
            "problem" if isinstance(one.result, Refused) else "done",
        )
        for one in polled.heard
    ]
    told += [
        (f"The Campaign Registry has ended '{one.ref}', for good.", "problem")
        for one in polled.expired
    ]
    nothing = "" if told else "Nothing was changed. "
    told += [(f"{nothing}{why}", "problem") for _, why in polled.failed]
    return told or [("The Campaign Registry named no carrier.", "problem")]


def _status_form(ref: str, carrier: str, entry: Entry, wrong: dict[str, str]) -> str:
    with heed().database.reading() as reading:
        found = campaign_of(reading, here().id, ref)
        line = carrier_line(reading, found, carrier, heed().now(), here().time_zone)
    return render_template(
        "registration/carrier_status.html",
        campaign=found,
        line=line,
        entry=entry,
        wrong=wrong,
        can_ask=_can_ask(found),
        statuses=Status,
        causes=CAUSES,
        meanings=meanings(),
    )
