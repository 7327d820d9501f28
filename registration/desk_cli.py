"""The commands of a campaign's way through review: `registration submit`, `handed-in`,
`layer` and `resubmit`."""

from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from clinics.access import acting_clinic, note_action
from kernel.clock import rfc3339
from kernel.errors import Conflict
from kernel.web import heed, say
from registration import drafts, layers
from registration.accounts import vendor
from registration.desk_models import (
    Layer,
    LayerState,
    SubmissionVersion,
)
from registration.dossier import campaign_of
from registration.entry import read_evidence
from registration.handing_in import hand_in
from registration.intake_cli import (
    REFUSED,
    by_option,
    campaign_option,
    json_option,
)
from registration.judging import judge
from registration.models import Brand, Campaign
from registration.status import Source
from registration.submitting import NotYet, prepare
from registration.website_cli import web_of
from registration.website_looks import look_now
from registration.workflow import head

SITE = click.Path(exists=True, file_okay=False, path_type=Path)
site_option = click.option(
    "--site", type=SITE, help="Answer addresses from DIR/<host>/<path>/index.html."
)


@click.command("submit")
@click.argument("slug", metavar="CLINIC")
@campaign_option
@site_option
@by_option
@json_option
def submit(
    slug: str, ref: str | None, site: Path | None, by: str, as_json: bool
) -> None:
    """Check a draft with its website once more, and submit exactly these bytes."""
    _submit(slug, ref or f"{slug}-care", site, by, as_json)


@click.command("resubmit")
@click.argument("slug", metavar="CLINIC")
@campaign_option
@site_option
@by_option
@json_option
def resubmit(
    slug: str, ref: str | None, site: Path | None, by: str, as_json: bool
) -> None:
    """Hand in again what was turned down, once every flagged element is mended."""
    ref = ref or f"{slug}-care"
    with heed().database.reading() as session:
        clinic_id = acting_clinic(session, slug, by)
        campaign_of(session, clinic_id, ref)
    _submit(slug, ref, site, by, as_json)


@click.command("layer")
@click.argument("slug", metavar="CLINIC")
@campaign_option
@click.argument("layer", type=click.Choice([layer.value for layer in Layer]))
@click.argument("state", type=click.Choice([state.value for state in LayerState]))
@click.option("--evidence", required=True, help="A file, or a web address.")
@click.option("--note", required=True, help="Where it was seen, and what it said.")
@click.option("--element", help="What is being examined, as a field.")
@by_option
@json_option
def layer_command(
    slug: str,
    ref: str | None,
    layer: str,
    state: str,
    evidence: str,
    note: str,
    element: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Record what the registry or an aggregator says of a submission."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        campaign, version = with_version(session, clinic_id, ref or f"{slug}-care")
        event = hear_typed(
            session,
            campaign,
            version,
            Layer(layer),
            LayerState(state),
            raw=f"{state}: {note.strip()}",
            evidence=read_evidence(evidence),
            by=by,
            element=element,
        )
        subject = f"{campaign.ref} {layer} {state}"
        note_action(session, clinic_id, by, "layer", subject, now)
        applied, why = (event.applied, event.why) if event else (True, "Said before.")
    fields = {
        "clinic": slug,
        "campaign": campaign.ref,
        "layer": layer,
        "result": "taken" if applied else "refused",
        "state": state,
        "why": why,
    }
    say(fields, as_json, f"{layers.NAMES[Layer(layer)]}: {why}")
    if not applied:
        raise SystemExit(REFUSED)


def at_twilio(version_id: int) -> str:
    """No call runs inside a transaction; a brand of elsewhere is handed in by hand."""
    with heed().database.reading() as session:
        version = session.get_one(SubmissionVersion, version_id)
        campaign = session.get_one(Campaign, version.campaign_id)
        brand = session.get_one(Brand, campaign.brand_id)
    if brand.vendor_sid is None:
        return (
            "The brand was not registered through Twilio: type it into your provider's "
            "portal, and say so with handed-in."
        )
    done = hand_in(heed().database, vendor(heed()), version_id, heed().now())
    return done.sentence


def _submit(slug: str, ref: str, site: Path | None, by: str, as_json: bool) -> None:
    database, now = heed().database, heed().now()
    with database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        draft_id = drafts.by_ref(session, clinic_id, ref).id or 0
    look_now(database, web_of(site), clinic_id, draft_id, by, now)
    with database.writing() as session:
        draft = drafts.draft_of(session, clinic_id, draft_id)
        judged = judge(session, draft)
        drafts.note_check(session, draft, judged.findings, judged.site_seen, by, now)
        made = prepare(session, draft, by, now)
        word = "submission refused" if isinstance(made, NotYet) else "submitted"
        note_action(session, clinic_id, by, word, ref, now)
        if isinstance(made, NotYet):
            fields: dict[str, Any] = {
                "clinic": slug,
                "campaign": ref,
                "result": "refused",
                "obstacles": [
                    {"about": one.about, "sentence": one.sentence}
                    for one in made.obstacles
                ],
            }
        else:
            campaign = campaign_of(session, clinic_id, ref)
            fields = version_fields(slug, campaign, made)
    if isinstance(made, NotYet):
        text = "\n".join(f"  {one.sentence}" for one in made.obstacles)
        say(fields, as_json, f"It was not submitted.\n{text}")
        raise SystemExit(REFUSED)
    said = at_twilio(made.id or 0)
    with database.reading() as session:
        now_is = with_version(session, clinic_id, ref)
        fields = {**version_fields(slug, *now_is), "at_twilio": said}
    say(
        fields,
        as_json,
        f"Version {made.version} of '{ref}' is submitted: PENDING. {said}",
    )


def with_version(
    session: Session, clinic_id: int, ref: str
) -> tuple[Campaign, SubmissionVersion]:
    campaign = campaign_of(session, clinic_id, ref)
    version = layers.newest(session, campaign.id or 0)
    if version is None:
        raise Conflict(
            f"Campaign '{ref}' was registered elsewhere: there is no submission of it "
            "here. Record what each carrier says with carrier-status."
        )
    return campaign, version


def hear_typed(
    session: Session,
    campaign: Campaign,
    version: SubmissionVersion,
    layer: Layer,
    state: LayerState,
    *,
    raw: str,
    evidence: str,
    by: str,
    element: str | None = None,
) -> Any:
    event = layers.hear(
        session,
        version,
        layer,
        state,
        source=Source.operator_entry,
        raw=raw,
        evidence=evidence,
        now=heed().now(),
        element=element,
        by=by,
    )
    head(session, campaign.id or 0, heed().now())
    return event


def version_fields(
    slug: str, campaign: Campaign, version: SubmissionVersion
) -> dict[str, Any]:
    at = version.handed_in_at
    return {
        "clinic": slug,
        "campaign": campaign.ref,
        "result": "submitted",
        "version": version.version,
        "status": campaign.status.value,
        "tcr_id": campaign.tcr_id,
        "content_sha256": version.content_sha256,
        "proof_sha256": version.proof_sha256,
        "handed_in_at": rfc3339(at) if at else None,
        "handed_in_how": version.handed_in_how,
    }


DESK = (submit, resubmit, layer_command)
