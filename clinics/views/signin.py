"""Signing in and out, and setting a password by a link."""

from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)

from clinics.menu import MENU, current, home
from clinics.models import Role
from clinics.signin import (
    Me,
    Refused,
    new_password,
    of_link,
    open_session,
    revoke,
    sign_in,
    use_link,
)
from clinics.web import allow, anyone, begin, me, noted, signed_in
from kernel.errors import Invalid
from kernel.web import heed

bp = Blueprint("signin", __name__)


@bp.get("/")
@anyone
def front_door() -> Any:
    """Everybody's first page is another one."""
    person = signed_in()
    return redirect(_home(person) if person else url_for("signin.signin"))


@bp.get("/signin")
@anyone
def signin() -> Any:
    person = signed_in()
    if person is not None:
        return redirect(_home(person))
    return _form()


@bp.post("/signin")
@anyone
def sign_in_now() -> Any:
    answer = sign_in(
        heed().database,
        request.form.get("email", ""),
        request.form.get("password", ""),
        address=request.remote_addr or "",
        browser=request.user_agent.string,
        now=heed().now(),
    )
    if isinstance(answer, Refused):
        return _form(answer.why), 403
    after = request.form.get("next", "")
    begin(answer.token)
    person = signed_in() or abort(403)
    return redirect(after if _is_ours(after) else _home(person))


@bp.post("/signout")
@allow(*Role)
def sign_out() -> Any:
    with heed().database.writing() as writing:
        revoke(writing, me().staff_id, heed().now(), only=me().session_id)
        noted(writing, "signed out")
    session.clear()
    return redirect(url_for("signin.signin"))


@bp.get("/welcome/<token>")
@anyone
def welcome(token: str) -> Any:
    """An invitation or a reset; looking does not use the link up."""
    with heed().database.reading() as reading:
        email = of_link(reading, token, heed().now()).email
    return render_template("clinics/welcome.html", email=email, problem=None)


@bp.post("/welcome/<token>")
@anyone
def welcome_now(token: str) -> Any:
    password, again = request.form.get("password", ""), request.form.get("again", "")
    now = heed().now()
    with heed().database.reading() as reading:
        email = of_link(reading, token, now).email
    try:
        if password != again:
            raise Invalid("The two passwords differ. Type the same one twice.")
        kept = new_password(password, email)
        with heed().database.writing() as writing:
            staff = use_link(writing, token, kept, now)
            ticket = open_session(
                writing,
                staff,
                address=request.remote_addr or "",
                browser=request.user_agent.string,
                now=now,
            )
    except Invalid as mistake:
        page = "clinics/welcome.html"
        return render_template(page, email=email, problem=str(mistake)), 400
    begin(ticket)
    return redirect(url_for("signin.front_door"))


@bp.app_context_processor
def _menu() -> dict[str, Any]:
    """What the frame of every page shows."""
    person: Me | None = g.get("me")
    if person is None:
        return {"me": None, "here": None, "menu": (), "zone": "UTC"}
    clinic = g.get("here") or person.clinic
    slug: dict[str, Any] = {"clinic": person.clinic.slug} if person.clinic else {}
    menu = [
        (entry, url_for(entry.endpoint, **slug), current(entry, request.endpoint or ""))
        for entry in MENU[person.role]
    ]
    zone = clinic.time_zone if clinic else "UTC"
    return {"me": person, "here": clinic, "menu": menu, "zone": zone}


def _form(problem: str | None = None) -> str:
    after = request.values.get("next", "")
    return render_template(
        "clinics/signin.html",
        problem=problem,
        after=after if _is_ours(after) else "",
        email=request.form.get("email", ""),
    )


def _home(person: Me) -> str:
    slug: dict[str, Any] = {"clinic": person.clinic.slug} if person.clinic else {}
    return url_for(home(person.role), **slug)


def _is_ours(path: str) -> bool:
    """A path of this site only: `//elsewhere` and `/\\elsewhere` are other sites."""
    parts = urlsplit(path)
    return (
        path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
        and path.isprintable()
    )
