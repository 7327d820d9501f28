"""The commands about a rejection: `registration reject` and `fix`."""

from typing import Any

import click

from clinics.access import acting_clinic, note_action
from kernel.carriers import GATED, Carrier
from kernel.clock import rfc3339
from kernel.web import heed, say
from registration import drafts
from registration.desk_cli import with_version
from registration.desk_models import (
    Layer,
    RejectionFix,
)
from registration.dossier import campaign_of
from registration.entry import read_evidence
from registration.flagged import WEBSITE
from registration.intake_cli import (
    by_option,
    campaign_option,
    json_option,
)
from registration.rejections import (
    Said,
    all_fixes,
    consecutive,
    fixes_of,
    mend,
    of_version,
    record,
    who_of,
)

WHO = [*(layer.value for layer in Layer), *sorted(GATED)]


@click.command("reject")
@click.argument("slug", metavar="CLINIC")
@campaign_option
@click.option("--source", required=True, help="Who issued the code: twilio, dca1 …")
@click.option("--code", default="", help="As it came.")
@click.option("--text", default="", help="The reason, as it came.")
@click.option("--from", "who", type=click.Choice(WHO), default="dca", show_default=True)
@click.option("--field", "fields", multiple=True, help="A flagged field; repeatable.")
@click.option("--evidence", required=True, help="A file, or a web address.")
@by_option
@json_option
def reject(
    slug: str,
    ref: str | None,
    source: str,
    code: str,
    text: str,
    who: str,
    fields: tuple[str, ...],
    evidence: str,
    by: str,
    as_json: bool,
) -> None:
    """Record a rejection: its code and its reason, verbatim."""
    now = heed().now()
    said = Said(
        issuer=source,
        code=code,
        text=text,
        evidence=read_evidence(evidence),
        layer=None if who in GATED else Layer(who),
        carrier=Carrier(who) if who in GATED else None,
        fields=fields,
    )
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        campaign = campaign_of(session, clinic_id, ref or f"{slug}-care")
        found = record(session, campaign, said, by, now)
        note_action(session, clinic_id, by, "rejection", f"{campaign.ref} {code}", now)
        count = consecutive(session, campaign.id or 0)
        fixes = fixes_of(session, found.id or 0)
        shown = {
            "clinic": slug,
            "campaign": campaign.ref,
            "from": who_of(found),
            "code": found.code,
            "text": found.text,
            "cause": found.cause.value,
            "consecutive": count,
            "fixes": [_fix_fields(fix) for fix in fixes],
        }
    lines = [f"{shown['from']} turned it down. Mend each of these, then resubmit:"]
    lines += [f"  {fix.id}  {fix.what}" for fix in fixes]
    if count > 1:
        lines.append(f"{count} rejections in a row: carriers look more closely now.")
    say(shown, as_json, "\n".join(lines))


@click.command("fix")
@click.argument("slug", metavar="CLINIC")
@campaign_option
@click.option("--item", type=int, help="The number of a flagged element.")
@click.option("--evidence", default="", help="What was changed, or where it is seen.")
@by_option
@json_option
def fix(
    slug: str, ref: str | None, item: int | None, evidence: str, by: str, as_json: bool
) -> None:
    """List what a rejection flagged, or say that one element is mended."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = acting_clinic(session, slug, by)
        ref = ref or f"{slug}-care"
        campaign, version = with_version(session, clinic_id, ref)
        draft = drafts.draft_of(session, clinic_id, version.draft_id)
        if item is not None:
            content = drafts.content_of(draft)
            mended = mend(session, campaign, item, content, evidence, by, now)
            note_action(session, clinic_id, by, "mended", f"{ref} {mended.field}", now)
        found = all_fixes(session, of_version(session, campaign.id or 0, version))
        fields = {
            "clinic": slug,
            "campaign": ref,
            "fixes": [_fix_fields(one) for one in found],
        }
    lines = [
        f"{'done' if one.done_at else 'open'}  {one.id}  {one.what}" for one in found
    ]
    say(fields, as_json, "\n".join(lines) or "Nothing is flagged.")


def _fix_fields(fix: RejectionFix) -> dict[str, Any]:
    return {
        "item": fix.id,
        "field": fix.field,
        "what": fix.what,
        "on_the_website": fix.field == WEBSITE,
        "done_at": rfc3339(fix.done_at) if fix.done_at else None,
        "done_by": fix.done_by,
        "evidence": fix.evidence,
    }


REJECTIONS = (reject, fix)
