"""Commands about who there is: `flask clinic …`, `flask staff …`, `flask tasks …`."""

import os

import click
from sqlmodel import Session, col, select

from clinics import staff as accounts
from clinics.access import (
    acting_staff,
    add_clinic,
    add_staff,
    clinic_by_slug,
    key_of,
    note_action,
    set_account,
)
from clinics.models import Clinic, Role, Staff
from clinics.signin import Refused, by_email
from clinics.staff import By
from clinics.tasks import finish_task, open_tasks
from kernel.asked import LARGEST_ID
from kernel.clock import local_time, rfc3339
from kernel.errors import Invalid, NotFound
from kernel.phone import shown
from kernel.web import heed, say

EVERYONE = frozenset(Role)


@click.group("clinic")
def clinic() -> None:
    """Clinics and their Twilio accounts."""


@clinic.command("add")
@click.argument("slug")
@click.option("--legal-name", required=True, help="Exactly as on the tax document.")
@click.option("--name", help="What patients know it by; default: the legal name.")
@click.option("--time-zone", required=True, help="For example America/Los_Angeles.")
@click.option("--phone", required=True, help="The number that patients call.")
@click.option("--json", "as_json", is_flag=True)
def add_command(
    slug: str,
    legal_name: str,
    name: str | None,
    time_zone: str,
    phone: str,
    as_json: bool,
) -> None:
    """Add a clinic."""
    with heed().database.writing() as session:
        added = add_clinic(
            session,
            slug=slug,
            legal_name=legal_name,
            display_name=name or legal_name,
            time_zone=time_zone,
            phone=phone,
            now=heed().now(),
        )
        shown_as = {"clinic": added.slug, "id": added.id}
    say(
        shown_as,
        as_json,
        f"Clinic '{slug}' is added. Next: flask clinic account {slug}",
    )


@clinic.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_command(as_json: bool) -> None:
    """Every clinic, one a line."""
    with heed().database.reading() as session:
        for row in session.exec(select(Clinic).order_by(col(Clinic.slug))):
            say(
                {"clinic": row.slug, "name": row.display_name, "zone": row.time_zone},
                as_json,
                f"{row.slug}  {row.display_name}  {row.time_zone}",
            )


@clinic.command("account")
@click.argument("slug")
@click.option("--sid", required=True, help="The sub-account, AC…")
@click.option("--json", "as_json", is_flag=True)
def account_command(slug: str, sid: str, as_json: bool) -> None:
    """Set a clinic's Twilio sub-account.  The token is read from the environment
    variable ACCOUNT_TOKEN, never from the command line, where others can see it."""
    token = os.environ.get("ACCOUNT_TOKEN", "")
    if not token:
        raise click.UsageError("Set ACCOUNT_TOKEN to the sub-account's auth token.")
    with heed().database.writing() as session:
        found = clinic_by_slug(session, slug)
        set_account(session, key_of(found), sid, token, heed().keys)
    say({"clinic": slug, "account": sid}, as_json, f"'{slug}' now sends through {sid}.")


@click.group("staff")
def staff() -> None:
    """People who work with Heed."""


@staff.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--clinic", "slug")
@click.option("--json", "as_json", is_flag=True)
def staff_add(email: str, role: str, slug: str | None, as_json: bool) -> None:
    """Add a staff member; all but operators belong to one clinic."""
    with heed().database.writing() as session:
        at = clinic_by_slug(session, slug) if slug else None
        add_staff(session, email=email, role=Role(role), clinic=at, now=heed().now())
    say({"email": email, "role": role, "clinic": slug}, as_json, f"{email} is added.")


@staff.command("invite")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]))
@click.option("--clinic", "slug")
@click.option("--by", help="Your staff e-mail; only the first operator has nobody.")
@click.option("--json", "as_json", is_flag=True)
def staff_invite(
    email: str, role: str | None, slug: str | None, by: str | None, as_json: bool
) -> None:
    """A link to set a password, for somebody new or somebody who has an account."""
    now = heed().now()
    with heed().database.writing() as session:
        found = by_email(session, email)
        if found is None and role is None:
            raise Invalid(
                f"'{email}' is not on the staff yet. Say --role and --clinic."
            )
        at = clinic_by_slug(session, slug) if slug else None
        place = found.clinic_id if found else at.id if at else None
        whom = _inviting(session, by, place)
        if found is not None:
            link = accounts.new_link(session, found, whom, now)
        elif role is None:
            raise Invalid(
                f"'{email}' is not on the staff yet. Say --role and --clinic."
            )
        else:
            link = accounts.invite(session, at, email, Role(role), whom, now)
    if isinstance(link, Refused):
        raise Invalid(link.why)
    address = link.address(heed().settings.public_base_url)
    shown_as = {"email": link.email, "link": address, "until": rfc3339(link.until)}
    until = local_time(link.until, link.time_zone)
    say(
        shown_as,
        as_json,
        f"{address}\nGive it to {link.email} only: it works once, until {until}.",
    )


@staff.command("close")
@click.argument("email")
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def staff_close(email: str, by: str, as_json: bool) -> None:
    """Close an account and end its sign-ins; its pages can open it again."""
    with heed().database.writing() as session:
        found = by_email(session, email)
        if found is None:
            raise NotFound(f"'{email}' is not on the staff.")
        whom = _inviting(session, by, found.clinic_id)
        locked = accounts.find(session, found.id or 0)
        ended = accounts.close(session, locked, whom, heed().now())
    if isinstance(ended, Refused):
        raise Invalid(ended.why)
    shown_as = {"email": found.email, "closed": True, "ended": ended}
    say(shown_as, as_json, f"{found.email} is closed; {ended} sign-ins ended.")


def _inviting(session: Session, by: str | None, clinic_id: int | None) -> By:
    """An operator, or the clinic's admin.  In a house where no operator has a password
    yet there is nobody to ask."""
    if by is not None:
        may = frozenset({Role.operator, Role.clinic_admin})
        staff = acting_staff(session, by, may, clinic_id)
        return By(id=staff.id, email=staff.email)
    operators = select(Staff.id).where(
        col(Staff.role) == Role.operator, col(Staff.password_hash).is_not(None)
    )
    if session.exec(operators.limit(1)).first() is not None:
        raise Invalid("Say who invites: --by and your staff e-mail.")
    return By(id=None, email="the command line")


@click.group("tasks")
def tasks() -> None:
    """What a person must do."""


@tasks.command("list")
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True)
def tasks_list(slug: str, as_json: bool) -> None:
    """The open tasks of a clinic, urgent ones first."""
    with heed().database.reading() as session:
        for task in open_tasks(session, key_of(clinic_by_slug(session, slug))):
            row = {
                "task": task.id,
                "kind": task.kind.value,
                "phone": task.phone,
                "sentence": task.sentence,
                "urgent": task.urgent,
                "due": rfc3339(task.due_at),
            }
            whom = f"{shown(task.phone)}: " if task.phone else ""
            mark = "URGENT " if task.urgent else ""
            say(row, as_json, f"#{task.id} {mark}{whom}{task.sentence}")


@tasks.command("done")
@click.argument("slug")
@click.argument("task_id", type=click.IntRange(1, LARGEST_ID))
@click.option("--by", required=True, help="Your staff e-mail.")
@click.option("--json", "as_json", is_flag=True)
def tasks_done(slug: str, task_id: int, by: str, as_json: bool) -> None:
    """Tick off a task."""
    now = heed().now()
    with heed().database.writing() as session:
        clinic_id = key_of(clinic_by_slug(session, slug))
        acting_staff(session, by, EVERYONE - {Role.auditor}, clinic_id)
        finish_task(session, clinic_id, task_id, by, now)
        note_action(session, clinic_id, by, "task done", str(task_id), now)
    say({"task": task_id, "done_by": by}, as_json, f"Task #{task_id} is done.")


COMMANDS = (clinic, staff, tasks)
