"""The command `reminders reviews`: whether, when and where patients are asked."""

from typing import Any

import click
from sqlmodel import Session

from clinics.access import acting_staff, clinic_by_slug, key_of
from clinics.models import Role
from kernel.clock import rfc3339
from kernel.web import heed, say
from reminders.review_counts import counts_of
from reminders.reviews import needs, rule_of, set_rule, switch_off, switch_on

ADMIN = frozenset({Role.clinic_admin})
DESK = frozenset({Role.clinic_admin, Role.front_desk})


@click.command("reviews")
@click.argument("slug", metavar="CLINIC")
@click.option("--on", "switch", flag_value="on", help="Ask from the next visit on.")
@click.option("--off", "switch", flag_value="off", help="Ask nobody any more.")
@click.option("--link", help="The clinic's page for reviews, https.")
@click.option("--delay", type=int, help="Minutes after a visit begins.")
@click.option("--every", type=int, help="Days between two requests to a patient.")
@click.option("--by", help="Your staff e-mail; needed for a change.")
@click.option("--json", "as_json", is_flag=True)
def reviews(
    slug: str,
    switch: str | None,
    link: str | None,
    delay: int | None,
    every: int | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Show or change how a clinic asks for reviews after visits."""
    now = heed().now()
    given = (link, delay, every)
    changes = switch is not None or any(one is not None for one in given)
    if changes and by is None:
        raise click.UsageError("A change needs --by, your staff e-mail.")

    def work(session: Session) -> None:
        clinic_id = key_of(clinic_by_slug(session, slug))
        acting_staff(session, by or "", DESK if switch == "off" else ADMIN, clinic_id)
        if any(one is not None for one in given):
            rule = rule_of(session, clinic_id)
            set_rule(
                session,
                clinic_id,
                link=rule.link if link is None else link,
                delay_minutes=rule.delay_minutes if delay is None else delay,
                every_days=rule.every_days if every is None else every,
                by=by or "",
                now=now,
            )
        if switch == "on":
            switch_on(session, clinic_id, by or "", now)
        elif switch == "off":
            switch_off(session, clinic_id, by or "", now)

    if changes:
        heed().database.retrying(work)
    with heed().database.reading() as session:
        fields = _fields(session, key_of(clinic_by_slug(session, slug)), slug)
    missing = [why for need in fields["needs"] for why in need["missing"]]
    word = "on" if fields["enabled"] else "off"
    lines = [f"Requests for a review are {word}.", *missing]
    say(fields, as_json, "\n".join(lines))


def _fields(session: Session, clinic_id: int, slug: str) -> dict[str, Any]:
    rule = rule_of(session, clinic_id)
    counts = counts_of(session, clinic_id, heed().now())
    return {
        "clinic": slug,
        "enabled": rule.enabled,
        "changed_by": rule.changed_by,
        "changed_at": rfc3339(rule.changed_at) if rule.changed_at else None,
        "link": rule.link,
        "delay_minutes": rule.delay_minutes,
        "every_days": rule.every_days,
        "agreed": counts.agreed,
        "last_30_days": counts.words,
        "needs": [
            {"name": need.name, "missing": list(need.why)}
            for need in needs(session, clinic_id)
        ],
    }
