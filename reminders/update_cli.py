"""The command `reminders update`: one text to the patients of a day.

Without `--confirm` it shows who would get what; with the count that was shown, it sends.
"""

from datetime import date
from typing import Any

import click
from sqlmodel import Session

from clinics.access import acting_staff, clinic_by_slug, key_of
from clinics.models import Clinic, Role
from gateway.prices import cost
from kernel.clock import local_time, rfc3339
from kernel.phone import shown
from kernel.visible import visible
from kernel.web import heed, say
from reminders.day_updates import check_choice, confirm, take_back, whom, write
from reminders.update_audience import Audience, Choice
from reminders.update_words import Words, starters, wrong_with

DESK = frozenset({Role.clinic_admin, Role.front_desk})
REFUSED = 1  # exit status


@click.command("update")
@click.argument("slug", metavar="CLINIC")
@click.option("--day", help="Whose visits, such as 2026-12-01.")
@click.option("--provider", default="", help="Only visits with this provider.")
@click.option("--location", default="", help="Only visits at this place.")
@click.option("--from", "starts_from", default="", help="Visits from 13:00 on.")
@click.option("--before", "starts_before", default="", help="Visits before 15:00.")
@click.option(
    "--start", type=click.Choice(list(starters())), help="Words to begin with."
)
@click.option("--text", help="In English, with placeholders such as {date}.")
@click.option(
    "--text-es", help="In Spanish; else Spanish readers get the English text."
)
@click.option("--note", default="", help="Why words about health may stand in it.")
@click.option("--confirm", "count", type=int, help="Send it; the count that was shown.")
@click.option("--take-back", "back", type=int, help="Take this update back.")
@click.option("--by", help="Your staff e-mail; needed to send or take back.")
@click.option("--json", "as_json", is_flag=True)
def update(
    slug: str,
    day: str | None,
    start: str | None,
    text: str | None,
    text_es: str | None,
    note: str,
    count: int | None,
    back: int | None,
    by: str | None,
    as_json: bool,
    **which: str,
) -> None:
    """Tell the patients of a day something, such as that you close for snow."""
    if (count is not None or back is not None) and by is None:
        raise click.UsageError("This needs --by, your staff e-mail.")
    if back is not None:
        _take_back(slug, back, by or "", as_json)
        return
    begun = starters()[start or "weather"][1]
    words = Words(
        en=text if text is not None else begun.en,
        es=text_es if text_es is not None else "" if text is not None else begun.es,
        health_note=note,
    )
    choice = Choice(day=_day(day), **which)
    check_choice(choice, heed().now())
    if count is None:
        _show(slug, choice, words, as_json)
    else:
        _send(slug, choice, words, count, by or "", as_json)


def _show(slug: str, choice: Choice, words: Words, as_json: bool) -> None:
    with heed().database.reading() as session:
        clinic = clinic_by_slug(session, slug)
        found = whom(session, clinic, choice, words, heed().now())
        wrong = wrong_with(session, clinic, words)
        fields = _fields(clinic, choice, found, wrong)
        lines = [*wrong, *_lines(clinic, found)]
    say(fields, as_json, "\n".join(lines))
    if wrong:
        raise SystemExit(REFUSED)


def _send(
    slug: str, choice: Choice, words: Words, count: int, by: str, as_json: bool
) -> None:
    now = heed().now()
    with heed().database.reading() as reading:
        found = whom(reading, clinic_by_slug(reading, slug), choice, words, now)

    def work(session: Session) -> dict[str, Any]:
        clinic = clinic_by_slug(session, slug)
        acting_staff(session, by, DESK, key_of(clinic))
        draft = write(session, clinic, choice, words, by, now)
        done = confirm(session, clinic, draft.id or 0, found, count, by, now)
        assert done.leaves_at is not None
        return {
            "clinic": slug,
            "update": done.id,
            "texts": count,
            "leaves_at": rfc3339(done.leaves_at),
            "said": local_time(done.leaves_at, clinic.time_zone),
        }

    fields = heed().database.retrying(work)
    said = fields.pop("said")
    back = f"flask reminders update {slug} --take-back {fields['update']}"
    words_said = f"{count} texts leave at {said}. Until then: {back}"
    say(fields, as_json, words_said)


def _take_back(slug: str, update_id: int, by: str, as_json: bool) -> None:
    now = heed().now()

    def work(session: Session) -> Any:
        clinic_id = key_of(clinic_by_slug(session, slug))
        acting_staff(session, by, DESK, clinic_id)
        return take_back(session, clinic_id, update_id, by, now)

    done = heed().database.retrying(work)
    fields = {
        "clinic": slug,
        "update": update_id,
        "taken_back": done.taken,
        "gone": done.gone,
    }
    said = f"{done.taken} texts were taken back, {done.gone} had left."
    say(fields, as_json, said)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise click.UsageError("Give --day like 2026-12-01.") from None


def _fields(
    clinic: Clinic, choice: Choice, found: Audience, wrong: list[str]
) -> dict[str, Any]:
    own = heed().settings.segment_price
    return {
        "clinic": clinic.slug,
        "day": choice.day.isoformat(),
        "visits": found.visits,
        "texts": len(found.leaving),
        "segments": sum(found.segments.values()),
        "usd": str(cost(found.segments, own)),
        "carriers": {one.value: count for one, count in found.carriers.items()},
        "to_call": [
            {"phone": one.phone, "why": list(one.why)} for one in found.to_call
        ],
        "example": found.leaving[0].body if found.leaving else None,
        "refused": wrong,
    }


def _lines(clinic: Clinic, found: Audience) -> list[str]:
    lines = [
        f"{visible(one.names) or 'A patient'}, {shown(one.phone)}: {' '.join(one.why)}"
        for one in found.to_call
    ]
    if found.leaving:
        lines.append(f"The first reads: {visible(found.leaving[0].body)}")
    count = len(found.leaving)
    lines.append(
        f"{count} texts would leave, for {found.visits} visits. Add "
        f"--confirm {count} --by YOU to send them."
        if count
        else "No text would leave."
    )
    return lines
