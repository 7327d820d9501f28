"""The command `reminders policy`: when a clinic's reminders leave, and what that means
for a visit."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session

from clinics.access import acting_staff, clinic_by_slug, key_of, note_action
from clinics.models import Clinic, Role
from gateway.quiet_hours import Window
from kernel.clock import local_time, rfc3339
from kernel.errors import Invalid
from kernel.web import heed, say
from reminders.examples import Example, examples
from reminders.models import ReminderPolicy
from reminders.plan import DAY_MINUTES, Policy
from reminders.policy import USUAL, ladder_of, set_times

MAY_CHANGE = frozenset({Role.operator, Role.clinic_admin, Role.front_desk})
UNITS = {"d": DAY_MINUTES, "h": 60}


@click.command("policy")
@click.argument("slug", metavar="CLINIC")
@click.option("--step", "steps", multiple=True, help="Such as 3d or 2h; repeat it.")
@click.option("--hours", help="By the patient's clock, such as 09:00-20:00.")
@click.option("--sunday", help="'usual', 'closed', or hours such as 13:00-18:00.")
@click.option("--holidays/--no-holidays", default=None, help="On federal holidays too.")
@click.option(
    "--same-day/--no-same-day",
    default=None,
    help="A step of the day itself may be a phone's second text of it.",
)
@click.option("--visit", help="A visit to try, such as 2026-12-08T15:00.")
@click.option("--by", help="Your staff e-mail; needed for a change.")
@click.option("--json", "as_json", is_flag=True)
def policy(
    slug: str,
    steps: tuple[str, ...],
    hours: str | None,
    sunday: str | None,
    holidays: bool | None,
    same_day: bool | None,
    visit: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Show when a clinic's reminders leave, or change it.  Without --by the change is
    only tried on the visit."""
    now = heed().now()
    said = (steps, hours, sunday, holidays, same_day)
    asked = any(part not in ((), None) for part in said)

    def work(session: Session) -> tuple[Clinic, Policy, list[Example], bool]:
        clinic = clinic_by_slug(session, slug)
        stored = session.get(ReminderPolicy, key_of(clinic))
        before = ladder_of(stored) if stored else USUAL
        ladder = _changed(before, steps, hours, sunday, holidays, same_day)
        if by is not None:
            acting_staff(session, by, MAY_CHANGE, key_of(clinic))
        if asked and by is not None:
            _set(session, clinic, ladder, by, now)
        own = _visit(visit, clinic)
        found = examples(clinic, ladder, now, own)[: 1 if own else None]
        return clinic, ladder, found, stored is not None and stored.enabled

    if asked and by is not None:
        clinic, ladder, found, on = heed().database.retrying(work)
    else:
        with heed().database.reading() as session:
            clinic, ladder, found, on = work(session)
    fields = {
        "clinic": slug,
        "enabled": on,
        "saved": not asked or by is not None,
        "offsets": sorted(ladder.offsets, reverse=True),
        "window": str(Window(ladder.window.opens, ladder.window.closes)),
        "sunday": str(ladder.window.sunday) if ladder.window.sunday else None,
        "holidays": ladder.window.holidays,
        "same_day": ladder.same_day,
        "examples": [_fields(one) for one in found],
    }
    say(fields, as_json, _sentences(fields, found, clinic.time_zone))


def _set(
    session: Session, clinic: Clinic, ladder: Policy, by: str, now: datetime
) -> None:
    clinic_id = key_of(clinic)
    set_times(
        session,
        clinic_id,
        ladder.offsets,
        ladder.window,
        now,
        same_day=ladder.same_day,
    )
    what = f"{list(ladder.offsets)} {ladder.window}"
    note_action(session, clinic_id, by, "reminder times", what, now)


def _changed(
    ladder: Policy,
    steps: tuple[str, ...],
    hours: str | None,
    sunday: str | None,
    holidays: bool | None,
    same_day: bool | None,
) -> Policy:
    window = ladder.window
    if hours is not None:
        plain = _window(hours)
        window = replace(window, opens=plain.opens, closes=plain.closes)
    if sunday is not None:
        own = None if sunday == "usual" else _window(sunday)
        window = replace(window, sunday=own)
    if holidays is not None:
        window = replace(window, holidays=holidays)
    return Policy(
        offsets=tuple(map(_minutes, steps)) or ladder.offsets,
        window=window,
        same_day=ladder.same_day if same_day is None else same_day,
    )


def _window(text: str) -> Window:
    try:
        return Window.read(text)
    except ValueError:
        raise Invalid(f"'{text}' are no hours. Write 09:00-20:00.") from None


def _minutes(text: str) -> int:
    count, unit = text[:-1], text[-1:]
    if not (count.isdecimal() and len(count) < 4 and unit in UNITS):
        raise Invalid(f"'{text}' is no step. Write 3d for days or 2h for hours.")
    return int(count) * UNITS[unit]


def _visit(text: str | None, clinic: Clinic) -> datetime | None:
    if text is None:
        return None
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"'{text}' is no visit. Write 2026-12-08T15:00.") from None
    return wall if wall.tzinfo else wall.replace(tzinfo=ZoneInfo(clinic.time_zone))


def _fields(one: Example) -> dict[str, Any]:
    return {
        "visit_at": rfc3339(one.visit_at),
        "about": one.about,
        "texts": [
            {
                "before": text.before,
                "at": rfc3339(text.at) if text.at else None,
                "why": text.why,
            }
            for text in one.texts
        ],
    }


def _sentences(fields: dict[str, Any], found: list[Example], zone: str) -> str:
    sunday = fields["sunday"] or "as allowed, from noon"
    lines = [
        f"Reminders are {'on' if fields['enabled'] else 'off'}. They leave "
        f"{fields['window']} by the patient's clock; Sundays: {sunday}; federal "
        f"holidays: {'yes' if fields['holidays'] else 'no'}.",
        *([] if fields["saved"] else ["Nothing was saved: give --by to save it."]),
    ]
    for one in found:
        lines.append(f"{one.about}: {local_time(one.visit_at, zone)}")
        for text in one.texts:
            at = local_time(text.at, zone) if text.at else "no text."
            lines.append(f"  {text.before}: {at} {text.why}".rstrip())
    return "\n".join(lines)
