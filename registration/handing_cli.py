"""The commands `registration hand-in` (at Twilio, once more) and `handed-in` (typed into
a provider's portal)."""

import click

from clinics.access import acting_clinic, note_action
from kernel.web import heed, say
from registration.desk_cli import at_twilio, hear_typed, version_fields, with_version
from registration.desk_models import (
    Layer,
    LayerState,
)
from registration.entry import read_evidence
from registration.intake_cli import (
    REFUSED,
    by_option,
    campaign_option,
    json_option,
)
from registration.submitting import handed_in, name_at_tcr


@click.command("hand-in")
@click.argument("slug", metavar="CLINIC")
@campaign_option
@by_option
@json_option
def hand_in_command(slug: str, ref: str | None, by: str, as_json: bool) -> None:
    """Try once more to hand a submitted version in at Twilio."""
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        campaign, version = with_version(session, clinic_id, ref or f"{slug}-care")
        note_action(session, clinic_id, by, "hand in", campaign.ref, heed().now())
        version_id = version.id or 0
    said = at_twilio(version_id)
    with heed().database.reading() as session:
        campaign, version = with_version(session, clinic_id, campaign.ref)
        fields = version_fields(slug, campaign, version)
    say({**fields, "at_twilio": said}, as_json, said)
    if version.handed_in_at is None:
        raise SystemExit(REFUSED)


@click.command("handed-in")
@click.argument("slug", metavar="CLINIC")
@campaign_option
@click.option("--how", required=True, help="Where it was typed in, and its reference.")
@click.option("--tcr-id", help="The campaign's id at The Campaign Registry.")
@click.option("--evidence", required=True, help="A file, or a web address.")
@by_option
@json_option
def handed_in_command(
    slug: str,
    ref: str | None,
    how: str,
    tcr_id: str | None,
    evidence: str,
    by: str,
    as_json: bool,
) -> None:
    """Say that a submission was typed into a provider's portal, and its TCR id."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        campaign, version = with_version(session, clinic_id, ref or f"{slug}-care")
        handed_in(session, version, how.strip(), now)
        if tcr_id:
            name_at_tcr(session, campaign, tcr_id.strip())
            hear_typed(
                session,
                campaign,
                version,
                Layer.tcr,
                LayerState.cleared,
                raw=f"TCR gave the id {tcr_id.strip()}: {how.strip()}",
                evidence=read_evidence(evidence),
                by=by,
            )
        note_action(session, clinic_id, by, "handed in", campaign.ref, now)
        fields = version_fields(slug, campaign, version)
    say(fields, as_json, f"Version {version.version} is with the provider: {how}")


HANDING = (hand_in_command, handed_in_command)
