"""The commands `registration …`: type a carrier's status, see the board, ask TCR."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from sqlmodel import Session, col, select

from clinics.access import OPERATORS, acting_staff, clinic_by_slug, key_of, note_action
from kernel.carriers import GATED, LABELS, Carrier
from kernel.clock import rfc3339
from kernel.errors import NotFound
from kernel.web import heed, say
from registration.board import CampaignLine, CarrierLine, board
from registration.check_cli import CHECKS
from registration.desk_cli import DESK
from registration.entry import operator_entry, read_evidence
from registration.forecast_cli import COMMANDS as FORECASTS
from registration.handing_cli import HANDING
from registration.import_cli import import_status
from registration.intake_cli import INTAKE
from registration.lookup_cli import LOOKUPS
from registration.models import Campaign
from registration.rejection_cli import REJECTIONS
from registration.signals import SuspensionCause
from registration.status import Changed, Refused, Result, Status
from registration.tcr_feed import Heard, Polled, poll_campaigns
from registration.website_cli import website
from registration.words import result_sentence
from registration.workflow import observe

REFUSED = 1  # exit status


@click.group("registration")
def registration() -> None:
    """Brands, campaigns and what the carriers say of them."""


@registration.command("carrier-status")
@click.argument("slug", metavar="CLINIC")
@click.option("--campaign", "ref", required=True, help="The campaign's reference.")
@click.argument("carrier", type=click.Choice(sorted(GATED)))
@click.argument("status", type=click.Choice([status.value for status in Status]))
@click.option("--evidence", required=True, help="A file, or a web address.")
@click.option("--note", required=True, help="Where it was seen, and what it said.")
@click.option(
    "--cause",
    type=click.Choice([cause.value for cause in SuspensionCause]),
    help="Of a suspension, where the carrier has said it.",
)
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def carrier_status(
    slug: str,
    ref: str,
    carrier: str,
    status: str,
    evidence: str,
    note: str,
    cause: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Record what a carrier says of a campaign, as seen in its or a vendor's portal."""
    now = heed().now()
    seen = operator_entry(
        Status(status),
        evidence=read_evidence(evidence),
        note=note,
        now=now,
        cause=SuspensionCause(cause) if cause else None,
    )
    with heed().database.writing() as session:
        clinic_id = key_of(clinic_by_slug(session, slug))
        acting_staff(session, by, OPERATORS, clinic_id)
        campaign_id = _campaign_id(session, clinic_id, ref)
        result = observe(session, campaign_id, Carrier(carrier), seen, by)
        subject = f"{ref} {carrier} {status}"
        note_action(session, clinic_id, by, "carrier status", subject, now)
    fields = {"clinic": slug, "campaign": ref, "carrier": carrier, **_outcome(result)}
    say(fields, as_json, result_sentence(LABELS[Carrier(carrier)], result))
    if isinstance(result, Refused):
        raise SystemExit(REFUSED)


@registration.command("status")
@click.argument("slug", metavar="CLINIC")
@click.option("--json", "as_json", is_flag=True)
def status(slug: str, as_json: bool) -> None:
    """The board: every campaign and what each carrier says of it."""
    now = heed().now()
    with heed().database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        zone = clinic.time_zone
        lines = board(session, key_of(clinic), now, zone)
    fields = {"clinic": slug, "campaigns": [_campaign_fields(line) for line in lines]}
    say(fields, as_json, "\n".join(map(_campaign_text, lines)) or "No campaign yet.")


@registration.command("poll")
@click.option("--json", "as_json", is_flag=True)
def poll(as_json: bool) -> None:
    """Ask The Campaign Registry about every campaign now."""
    if not heed().settings.tcr_api_base:
        raise click.UsageError(
            "TCR_API_BASE is not set, so there is nobody to ask. Set it with "
            "TCR_API_KEY and TCR_API_SECRET, or type statuses with carrier-status."
        )
    polled = poll_campaigns(heed().database, heed().settings, heed().now())
    say(_polled_fields(polled), as_json, _polled_text(polled))
    if polled.failed:
        raise SystemExit(REFUSED)


def _campaign_id(session: Session, clinic_id: int, ref: str) -> int:
    found = session.exec(
        select(Campaign.id).where(
            col(Campaign.clinic_id) == clinic_id, col(Campaign.ref) == ref
        )
    ).one_or_none()
    if found is None:
        raise NotFound(
            f"The clinic has no campaign '{ref}'. See 'flask registration status'."
        )
    return found


def _outcome(result: Result) -> dict[str, Any]:
    if isinstance(result, Refused):
        return {"result": "refused", "why": result.why}
    word = "changed" if isinstance(result, Changed) else "confirmed"
    return {"result": word, "status": result.cell.status.value, "why": result.why}


def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at is not None else None


def _campaign_fields(line: CampaignLine) -> dict[str, Any]:
    return {
        "campaign": line.ref,
        "tcr_id": line.tcr_id,
        "use_case": line.use_case,
        "status": line.status.value,
        "since": rfc3339(line.since),
        "expired_at": _time(line.expired_at),
        "carriers": {one.carrier.value: _carrier_fields(one) for one in line.carriers},
    }


def _carrier_fields(line: CarrierLine) -> dict[str, Any]:
    cell = asdict(line.cell) if line.cell is not None else {}
    return {
        "status": cell.get("status"),
        "active": line.active,
        "since": _time(cell.get("since")),
        "source": cell.get("source"),
        "observed_at": _time(cell.get("observed_at")),
        "evidence": line.evidence,
        "stale": line.stale,
        "sentence": line.sentence,
        "next_action": line.next_action,
    }


def _campaign_text(line: CampaignLine) -> str:
    ended = " (EXPIRED, for good)" if line.expired_at is not None else ""
    heading = f"{line.ref}  {line.status.value}{ended}  {line.use_case}"
    return "\n".join([heading, *map(_carrier_text, line.carriers)])


def _carrier_text(line: CarrierLine) -> str:
    if line.cell is None:
        return f"  {line.sentence}"
    return f"  {line.sentence} Source: {line.cell.source.value}, {line.evidence}"


def _polled_fields(polled: Polled) -> dict[str, Any]:
    return {
        "asked": polled.asked,
        "heard": [_heard_fields(one) for one in polled.heard],
        "failed": [{"campaign": one.ref, "why": why} for one, why in polled.failed],
    }


def _heard_fields(heard: Heard) -> dict[str, Any]:
    return {
        "campaign": heard.target.ref,
        "carrier": heard.carrier.value,
        **_outcome(heard.result),
    }


def _polled_text(polled: Polled) -> str:
    lines = [f"Asked about {polled.asked} campaign(s)."]
    for one in polled.heard:
        label = LABELS[one.carrier]
        lines.append(f"  {one.target.ref}: {result_sentence(label, one.result)}")
    lines += [f"  {one.ref}: EXPIRED at TCR, for good." for one in polled.expired]
    lines += [f"  {target.ref}: {why}" for target, why in polled.failed]
    return "\n".join(lines)


OTHERS = (*FORECASTS, *INTAKE, *DESK, *HANDING, *REJECTIONS, website, import_status)
for other in (*LOOKUPS, *CHECKS, *OTHERS):
    registration.add_command(other)
COMMANDS = (registration,)
