"""The commands `consent publish` and `consent disclosures`: the words under which
people agree."""

from pathlib import Path

import click

from clinics.access import acting_staff, clinic_by_slug, key_of, note_action
from clinics.models import Language, Role
from consent import disclosures
from consent.coverage import Coverage, coverage
from kernel.clock import rfc3339
from kernel.errors import Invalid
from kernel.web import heed, say

WHO_PUBLISHES = frozenset({Role.clinic_admin, Role.operator})
CHANGES = {True: "asks for more", False: "same meaning", None: ""}


@click.command("publish")
@click.argument("slug", metavar="CLINIC")
@click.argument("kind", type=click.Choice(disclosures.KINDS))
@click.option("--language", default="en", type=click.Choice(list(Language)))
@click.option(
    "--text-file",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--broader/--same-meaning",
    "broader",
    default=None,
    help="Do the new words ask for more than the last version?",
)
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def publish(
    slug: str,
    kind: str,
    language: str,
    file: Path,
    broader: bool | None,
    by: str,
    as_json: bool,
) -> None:
    """Publish the exact words under which people agree; the last version is in use."""
    now = heed().now()
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"'{file}' is not UTF-8 text. Save it as UTF-8.") from None
    with heed().database.writing() as session:
        clinic_id = key_of(clinic_by_slug(session, slug))
        acting_staff(session, by, WHO_PUBLISHES, clinic_id)
        wording = disclosures.publish(
            session, clinic_id, kind, language, text, now, broader
        )
        subject = f"{kind} {language} {wording.version}"
        note_action(session, clinic_id, by, "disclosure published", subject, now)
        fields = {
            "clinic": slug,
            "kind": kind,
            "language": language,
            "version": wording.version,
            "sha256": wording.sha256,
        }
    say(fields, as_json, f"In use: {subject}, SHA-256 {fields['sha256']}.")


@click.command("disclosures")
@click.argument("slug", metavar="CLINIC")
@click.option("--json", "as_json", is_flag=True)
def list_disclosures(slug: str, as_json: bool) -> None:
    """Every version of the words, and how many phones stand under it."""
    with heed().database.reading() as session:
        found = coverage(session, key_of(clinic_by_slug(session, slug)))
        versions = [
            {
                "kind": way.kind,
                "language": way.language.value,
                "version": one.wording.version,
                "sha256": one.wording.sha256,
                "published_at": rfc3339(one.wording.published_at),
                "broader": one.wording.broader,
                "in_use": one.in_use,
                "ask_again": one.superseded,
                "phones": one.phones,
            }
            for way in found.ways
            for one in way.versions
        ]
    fields = {"clinic": slug, "versions": versions, "without_words": found.without}
    say(fields, as_json, "\n".join(_lines(found)))


def _lines(found: Coverage) -> list[str]:
    lines = [
        f"{way.kind} {way.language.value} {one.wording.version}: {one.phones} phones"
        + (", in use" if one.in_use else "")
        + (", ask again" if one.superseded else "")
        + f", SHA-256 {one.wording.sha256}"
        for way in found.ways
        for one in way.versions
    ]
    if found.without:
        lines.append(f"{found.without} phones stand under no published words.")
    return lines or ["Nothing is published yet. See 'flask consent publish'."]
