"""The commands with which a registration begins: `registration intake`, `fee`, `brand`."""

from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from clinics.access import acting_clinic, note_action
from consent import attachments
from kernel.carriers import Carrier
from kernel.clock import rfc3339
from kernel.errors import Invalid
from kernel.web import heed, say
from registration import brands, drafts, fees, intake
from registration.accounts import vendor
from registration.desk_models import FeeKind, Item
from registration.entry import read_evidence
from registration.models import Brand, Identity, SubmissionDraft
from registration.registering import register_brand
from registration.submission import LARGEST, Submission, as_json, read_submission
from registration.throughput import limits_of

REFUSED = 1  # exit status
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
campaign_option = click.option("--campaign", "ref", help="The campaign's reference.")
by_option = click.option("--by", required=True, help="Your staff e-mail.")
json_option = click.option("--json", "as_json", is_flag=True)


@click.command("intake")
@click.argument("slug", metavar="CLINIC")
@click.argument("file", type=FILE)
@campaign_option
@click.option(
    "--confirm",
    "items",
    multiple=True,
    type=click.Choice([*(item.value for item in Item), "all"]),
    help="You compared this item with the clinic's papers.",
)
@click.option("--document", default="", help="The name as on the tax document.")
@by_option
@json_option
def intake_command(
    slug: str,
    file: Path,
    ref: str | None,
    items: tuple[str, ...],
    document: str,
    by: str,
    as_json: bool,
) -> None:
    """Take a submission's facts in: which of the seven items are there."""
    given, now = _read(file), heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        given = _with_files(session, clinic_id, given, file.parent, by)
        draft = _save(session, clinic_id, ref or f"{slug}-care", given, by)
        intake.note_given(session, draft, by, now)
        for item in Item:
            if item.value in items or "all" in items:
                intake.confirm(session, draft, item, by, now, document)
        note_action(session, clinic_id, by, "intake", draft.ref, now)
        lines = intake.checklist(session, draft)
        fields = {
            "clinic": slug,
            "campaign": draft.ref,
            "draft": draft.id,
            "items": [_line_fields(line) for line in lines],
        }
    say(fields, as_json, "\n".join(map(_line_text, lines)))
    if any(line.state is intake.State.missing for line in lines):
        raise SystemExit(REFUSED)


@click.command("fee")
@click.argument("slug", metavar="CLINIC")
@click.option("--paid", required=True, help="The amount, like 250 or 250.00.")
@click.option("--receipt", required=True, help="The number of the receipt.")
@click.option("--on", required=True, type=DAY, help="The day of payment.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in FeeKind]),
    default="setup",
    show_default=True,
)
@by_option
@json_option
def fee(
    slug: str, paid: str, receipt: str, on: Any, kind: str, by: str, as_json: bool
) -> None:
    """Record a fee that was paid.  There is no waiver."""
    now, cents = heed().now(), fees.read_amount(paid)
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        entry = fees.pay(
            session,
            clinic_id,
            FeeKind(kind),
            cents=cents,
            receipt=receipt,
            on=_day(on),
            by=by,
            now=now,
        )
        note_action(session, clinic_id, by, "fee paid", f"{kind} {receipt}", now)
        fields = {
            "clinic": slug,
            "kind": entry.kind.value,
            "cents": entry.cents,
            "receipt": entry.receipt,
            "paid_on": entry.paid_on.isoformat() if entry.paid_on else None,
            "purpose": entry.purpose,
        }
    lines = [f"{fees.dollars(cents)} paid, receipt {receipt}. It is for:"]
    lines += [f"  {line}" for line in fees.purposes(FeeKind(kind))]
    say(fields, as_json, "\n".join(lines))


@click.command("brand")
@click.argument("slug", metavar="CLINIC")
@campaign_option
@click.option(
    "--identity",
    type=click.Choice([word.value for word in Identity]),
    help="What the registry's portal shows of the tax data.",
)
@click.option("--tcr-id", help="The brand's id at The Campaign Registry, like B1A2B3C.")
@click.option("--score", type=int, help="The trust score, 0 to 100, where vetted.")
@click.option("--evidence", help="A file, or a web address.")
@click.option("--note", default="", help="Where it was seen, and what it said.")
@by_option
@json_option
def brand(
    slug: str,
    ref: str | None,
    identity: str | None,
    tcr_id: str | None,
    score: int | None,
    evidence: str | None,
    note: str,
    by: str,
    as_json: bool,
) -> None:
    """Register the clinic's brand, or record what the registry made of it."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        draft = drafts.by_ref(session, clinic_id, ref or f"{slug}-care")
        found = brands.register(session, draft, now)
        if identity:
            brands.typed(
                session,
                found,
                Identity(identity),
                note=note,
                evidence=read_evidence(evidence) if evidence else "",
                now=now,
                by=by,
                tcr_brand_id=tcr_id,
                score=score,
            )
        note_action(session, clinic_id, by, "brand", found.legal_name, now)
    at_twilio = "" if identity else _at_twilio(clinic_id, draft.id or 0)
    with heed().database.reading() as session:
        known = session.get_one(Brand, found.id)
        fields = {**_brand_fields(slug, known), "at_twilio": at_twilio or None}
        said = brands.meaning_of(known.identity)
    words = f"{known.legal_name}: {at_twilio} {said.meaning} {said.next_action}"
    say(fields, as_json, " ".join(words.split()))


def _at_twilio(clinic_id: int, draft_id: int) -> str:
    """Account, profiles and brand, where Heed registers through Twilio itself."""
    if not heed().settings.twilio_account_sid:
        return "Twilio is not set up here: register it in your provider's portal."
    done = register_brand(
        heed().database, vendor(heed()), clinic_id, draft_id, heed().now()
    )
    return done.sentence


def _read(file: Path) -> Submission:
    with file.open("rb") as opened:
        return read_submission(opened.read(LARGEST + 1))


def _save(
    session: Session, clinic_id: int, ref: str, given: Submission, by: str
) -> SubmissionDraft:
    now = heed().now()
    known = drafts.find(session, clinic_id, ref)
    if known is None:
        return drafts.begin(session, clinic_id, ref, given, by, now)
    drafts.save(session, known, given, known.version, by, now)
    session.refresh(known)
    return known


def _with_files(
    session: Session, clinic_id: int, given: Submission, folder: Path, by: str
) -> Submission:
    """A proof's `file` is a path beside FILE; what is kept is its hash."""
    fields = as_json(given)
    for proof in fields["opt_in_proof"]:
        path = folder / proof["file"]
        if proof["file"] and path.is_file():
            content = path.read_bytes()
            proof["file"], _ = attachments.keep(
                session, clinic_id, content, path.name, by, heed().now()
            )
    return Submission.model_validate(fields, strict=False)


def _day(given: Any) -> date:
    found: date = given.date()
    if found.year < 2020:
        raise Invalid(f"{found.isoformat()} is too long ago.")
    return found


def _line_fields(line: intake.Line) -> dict[str, Any]:
    return {
        "item": line.item.value,
        "state": line.state.value,
        "values": list(line.values),
        "lacks": list(line.lacks),
        "remarks": list(line.remarks),
        "by": line.by,
        "at": rfc3339(line.at) if line.at else None,
    }


def _line_text(line: intake.Line) -> str:
    by = f" by {line.by}" if line.by else ""
    said = " ".join((*line.lacks, *line.remarks))
    return f"{line.state.value:<9}  {line.label}{by}{'. ' + said if said else ''}"


def _brand_fields(slug: str, found: Brand) -> dict[str, Any]:
    said, limits = brands.meaning_of(found.identity), limits_of("", found.vetting_score)
    return {
        "clinic": slug,
        "legal_name": found.legal_name,
        "ein": found.ein,
        "tcr_id": found.tcr_brand_id,
        "identity": found.identity.value if found.identity else None,
        "score": found.vetting_score,
        "tmobile_a_day": limits[Carrier.tmobile].limit,
        "att_a_minute": limits[Carrier.att].limit,
        "meaning": said.meaning,
        "next_action": said.next_action,
    }


INTAKE = (intake_command, fee, brand)
