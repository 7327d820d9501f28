"""The command `reminders wording`: what a campaign's texts say."""

import click

from clinics.access import acting_staff, clinic_by_slug, key_of, note_action
from clinics.models import Language, Role
from kernel.web import heed, say
from registration.default_wordings import add_missing
from registration.dossier import campaign_of
from registration.models import WordingKind
from registration.wordings import in_use
from reminders.approve import approve


@click.command("wording")
@click.argument("slug", metavar="CLINIC")
@click.option("--campaign", "ref", help="The campaign's reference.")
@click.option("--defaults", is_flag=True, help="Add the defaults for what is missing.")
@click.option("--kind", type=click.Choice([kind.value for kind in WordingKind]))
@click.option("--language", type=click.Choice([one.value for one in Language]))
@click.option("--text", help="The new version, with placeholders such as {date}.")
@click.option("--note", default="", help="Why words about health may stand in it.")
@click.option("--by", help="Your staff e-mail; needed for a change.")
@click.option("--json", "as_json", is_flag=True)
def wording(
    slug: str,
    ref: str | None,
    defaults: bool,
    kind: str | None,
    language: str | None,
    text: str | None,
    note: str,
    by: str | None,
    as_json: bool,
) -> None:
    """Show a campaign's wordings, or add to them."""
    now, ref = heed().now(), ref or f"{slug}-care"
    refused: tuple[str, ...] = ()
    with heed().database.writing() as session:
        clinic = clinic_by_slug(session, slug)
        clinic_id = key_of(clinic)
        campaign_id = campaign_of(session, clinic_id, ref).id or 0
        if defaults or text is not None:
            if by is None:
                raise click.UsageError("A change needs --by, your staff e-mail.")
            acting_staff(session, by, frozenset({Role.operator}), clinic_id)
        if text is not None:
            if kind is None or language is None:
                raise click.UsageError("--text needs --kind and --language.")
            given = (clinic, campaign_id, WordingKind(kind), Language(language), text)
            approve(session, *given, by=by or "", note=note, now=now)
        if defaults:
            done = add_missing(session, clinic_id, campaign_id, now, by)
            refused = done.refused
            note_action(session, clinic_id, by or "", "default wordings", ref, now)
        used = in_use(session, clinic_id, campaign_id)
        shown = [
            {
                "kind": one.kind.value,
                "language": one.language,
                "version": one.version,
                "text": one.text,
                "approved_by": one.approved_by,
                "health_note": one.health_note,
            }
            for one in used
        ]
    fields = {
        "clinic": slug,
        "campaign": ref,
        "wordings": shown,
        "refused": list(refused),
    }
    lines = [f"{one['kind']} {one['language']}: {one['text']}" for one in shown]
    say(fields, as_json, "\n".join((*lines, *refused)) or "No wording yet.")
    if refused:
        raise SystemExit(1)
