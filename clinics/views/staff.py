"""Who works at a clinic, for its admin, and everywhere, for an operator.

A link is mailed, or shown once in the answer that made it: it stands in no cookie, no
redirect and no log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session, col, select

from clinics import staff as rules
from clinics.letters import letter
from clinics.models import Clinic, Role, Staff
from clinics.signin import Refused
from clinics.staff import AT_A_CLINIC, ROLE_WORDS, By, Link
from clinics.web import NOT_HERE, allow, here, me
from kernel.errors import Conflict, Invalid, NotFound
from kernel.mail import NotSent, send
from kernel.web import heed

bp = Blueprint("staff", __name__)
operator_bp = Blueprint("operator_staff", __name__)
A_PAGE = 20  # clinics, each with its staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The staff one may change from a page, and the page itself."""

    clinic_id: int | None  # None: of all clinics, and operators
    page: Callable[..., Any]
    address: str


@bp.get("/desk/<clinic>/staff")
@allow(Role.clinic_admin)
def staff(clinic: str) -> Any:
    return _of_clinic()


@bp.post("/desk/<clinic>/staff/invite")
@allow(Role.clinic_admin)
def invite(clinic: str) -> Any:
    return _invite(_clinics_own(), clinic, AT_A_CLINIC)


@bp.post("/desk/<clinic>/staff/<int:person>/<what>")
@allow(Role.clinic_admin)
def change(clinic: str, person: int, what: str) -> Any:
    return _change(_clinics_own(), person, what)


@operator_bp.get("/operator/staff", endpoint="staff")
@allow(Role.operator)
def staff_of_all() -> Any:
    return _of_all()


@operator_bp.post("/operator/staff/invite", endpoint="invite")
@allow(Role.operator)
def invite_anywhere() -> Any:
    return _invite(_everybody(), request.form.get("clinic", ""), tuple(Role))


@operator_bp.post("/operator/staff/<int:person>/<what>", endpoint="change")
@allow(Role.operator)
def change_anybody(person: int, what: str) -> Any:
    return _change(_everybody(), person, what)


def _clinics_own() -> Desk:
    address = url_for("staff.staff", clinic=here().slug)
    return Desk(clinic_id=here().id, page=_of_clinic, address=address)


def _everybody() -> Desk:
    address = url_for("operator_staff.staff")
    return Desk(clinic_id=None, page=_of_all, address=address)


def _invite(desk: Desk, slug: str, roles: tuple[Role, ...]) -> Any:
    email = request.form.get("email", "")
    try:
        role = _role(roles)
        with heed().database.writing() as writing:
            clinic = _clinic(writing, slug, role)
            link = rules.invite(writing, clinic, email, role, _by(), heed().now())
    except (Invalid, Conflict) as mistake:
        status = 409 if isinstance(mistake, Conflict) else 400
        return desk.page(problem=str(mistake)), status
    return _hand_over(desk, link)


def _clinic(session: Session, slug: str, role: Role) -> Clinic | None:
    """Where somebody is invited to; the operator chooses it in the form."""
    if (role is Role.operator) != (slug == ""):
        raise Invalid("An operator belongs to no clinic, everyone else to one.")
    known = select(Clinic).where(col(Clinic.slug) == slug)
    found = session.exec(known).one_or_none() if slug.isprintable() else None
    if slug and found is None:
        raise Invalid("This clinic is not there. Choose one of the list.")
    return found


def _change(desk: Desk, person: int, what: str) -> Any:
    """One step with one account, then the list again, with a link where one came."""
    if what not in {"link", "close", "reopen", "role"}:
        raise NotFound(NOT_HERE)
    with heed().database.writing() as writing:
        found = rules.find(writing, person, desk.clinic_id)
        email = found.email
        try:
            outcome = _step(writing, found, what)
        except Invalid as mistake:
            outcome = Refused(str(mistake))
    if isinstance(outcome, Link):
        return _hand_over(desk, outcome)
    if isinstance(outcome, Refused):
        flash(outcome.why, "problem")
    else:
        done = "closed" if what == "close" else "changed"
        flash(f"The account of {email} is {done}.", "done")
    return redirect(desk.address, 303)


def _step(session: Session, staff: Staff, what: str) -> Link | Refused | int | None:
    now = heed().now()
    if what == "link":
        return rules.new_link(session, staff, _by(), now)
    if what == "close":
        return rules.close(session, staff, _by(), now)
    if what == "reopen":
        return rules.reopen(session, staff, _by(), now)
    return rules.change_role(session, staff, _role(AT_A_CLINIC), _by(), now)


def _hand_over(desk: Desk, link: Link) -> Any:
    """By mail where that can be; else the link stands in this one answer."""
    settings = heed().settings
    if not settings.smtp_url.get_secret_value():
        return desk.page(link=link)
    words = letter(link, settings.public_base_url)
    lost = send(settings, link.email, words.subject, words.body)
    if isinstance(lost, NotSent):
        return desk.page(link=link, lost=lost.why)
    flash(f"A link to set a password was mailed to {link.email}.", "done")
    return redirect(desk.address, 303)


def _role(roles: tuple[Role, ...]) -> Role:
    given = request.form.get("role", "")
    if given not in roles:
        raise Invalid("Choose one of the roles of the list.")
    return Role(given)


def _by() -> By:
    return By(id=me().staff_id, email=me().email)


def _of_clinic(**more: Any) -> str:
    with heed().database.reading() as reading:
        found = rules.people(reading, [here().id], heed().now())
    return _render("staff", AT_A_CLINIC, people=found, **more)


def _of_all(**more: Any) -> str:
    after, now = request.args.get("after", ""), heed().now()
    with heed().database.reading() as reading:
        every = [
            (row.id, row.slug, row.display_name)
            for row in reading.exec(select(Clinic).order_by(col(Clinic.slug)))
        ]
        later = [row for row in every if row[1] > after]
        shown = later[:A_PAGE]
        found = rules.people(reading, [row[0] or 0 for row in shown], now)
        theirs = [] if after else rules.operators(reading, now)
    groups = [
        (slug, name, [person for person in found if person.clinic_id == clinic_id])
        for clinic_id, slug, name in shown
    ]
    return _render(
        "operator_staff",
        tuple(Role),
        groups=groups,
        operators=theirs,
        first_page=not after,
        clinics=[(slug, name) for _, slug, name in every],
        after=shown[-1][1] if len(later) > A_PAGE else None,
        **more,
    )


def _render(page: str, roles: tuple[Role, ...], **more: Any) -> str:
    link: Link | None = more.pop("link", None)
    address = link.address(heed().settings.public_base_url) if link else ""
    return render_template(
        f"clinics/{page}.html",
        roles=[(role.value, ROLE_WORDS[role]) for role in roles],
        role_words=ROLE_WORDS,
        link=link,
        address=address,
        typed=request.form if "problem" in more else {},
        **more,
    )
