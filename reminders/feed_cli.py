"""The command `reminders field-map`: where a clinic's feeds say what."""

import click

from clinics.access import acting_staff, clinic_by_slug, key_of, note_action
from clinics.models import Role
from kernel.web import heed, say
from reminders.intake.field_map import (
    SETTINGS,
    Feed,
    fields_of,
    save_fields,
    saved_fields,
)

MAY_SAY = frozenset({Role.operator, Role.clinic_admin})


@click.command("field-map")
@click.argument("slug", metavar="CLINIC")
@click.argument("feed", type=click.Choice([feed.value for feed in Feed]))
@click.argument("pairs", nargs=-1, metavar="[FIELD=PLACES]...")
@click.option("--by", help="Your staff e-mail; needed for a change.")
@click.option("--json", "as_json", is_flag=True)
def field_map(
    slug: str, feed: str, pairs: tuple[str, ...], by: str | None, as_json: bool
) -> None:
    """Show where a clinic's feed says what, or say it otherwise.

    FIELD= without places takes a field back to its default.
    """
    changes: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"'{pair}' is not FIELD=PLACES.")
        changes[name.strip()] = value
    if changes and by is None:
        raise click.UsageError("A change needs --by, your staff e-mail.")
    kind, now = Feed(feed), heed().now()
    with heed().database.writing() as session:
        clinic_id = key_of(clinic_by_slug(session, slug))
        saved = saved_fields(session, clinic_id, kind)
        if changes and by is not None:
            acting_staff(session, by, MAY_SAY, clinic_id)
            saved = save_fields(session, clinic_id, kind, changes)
            note_action(session, clinic_id, by, "field map saved", feed, now)
    places = {
        name: ", ".join(one) for name, one in fields_of(kind, saved).places.items()
    }
    fields = {"clinic": slug, "feed": feed, "fields": places, "changed": sorted(saved)}
    lines = [
        f"{name}: {places[name]}  ({setting.holds}"
        + (", as the clinic says)" if name in saved else ")")
        for name, setting in SETTINGS[kind].items()
    ]
    say(fields, as_json, "\n".join(lines))
