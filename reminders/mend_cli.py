"""The command `reminders numbers-to-mend CLINIC`: whom texts cannot reach, and why."""

import click

from clinics.access import clinic_by_slug, key_of
from kernel.clock import local_time, rfc3339
from kernel.phone import shown
from kernel.visible import visible
from kernel.web import heed, say
from reminders.numbers_to_mend import Found, ToMend, numbers_to_mend


@click.command("numbers-to-mend")
@click.argument("slug", metavar="CLINIC")
@click.option("--json", "as_json", is_flag=True)
def mend(slug: str, as_json: bool) -> None:
    """Numbers of patients with a visit ahead that texts cannot reach, or should not."""
    with heed().database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        found = numbers_to_mend(session, key_of(clinic), heed().now())
    fields = {
        "clinic": slug,
        "counts": {fault.value: count for fault, count in found.counts.items()},
        "numbers": [_fields(one) for one in found.rows],
        "more": found.more,
        "lines": [{"line": one.line, "why": one.why} for one in found.lines],
    }
    say(fields, as_json, _sentences(found, clinic.time_zone))


def _fields(one: ToMend) -> dict[str, object]:
    return {
        "patient": one.name,
        "phone": one.phone,
        "visit_at": rfc3339(one.visit_at),
        "fault": one.fault.value,
        "why": one.why,
        "step": one.step,
    }


def _sentences(found: Found, zone: str) -> str:
    lines = [
        f"{visible(one.name or 'A patient')}, {shown(one.phone)}, visit "
        f"{local_time(one.visit_at, zone)}: {visible(one.why)} {one.step}"
        for one in found.rows
    ]
    lines += [
        f"Line {one.line} of {visible(found.file or '')}: {one.why}"
        for one in found.lines
    ]
    if found.more:
        lines.append("There are more. These are the nearest.")
    return "\n".join(lines) or "No number has to be mended."
