"""The guide to registration, for everybody who signs in."""

from flask import Blueprint, current_app, render_template
from flask import url_for as address

from clinics.models import Role
from clinics.web import allow, me
from kernel.errors import NotFound
from registration.guide import Part, topic, topics

bp = Blueprint("guide", __name__)


@bp.get("/guide")
@allow(*Role)
def overview() -> str:
    return _page("overview")


@bp.get("/guide/<slug>")
@allow(*Role)
def of(slug: str) -> str:
    return _page(slug)


def _page(slug: str) -> str:
    found = topic(slug)
    if found is None:
        raise NotFound("The guide has no such page. Look at its first one.")
    order = [one.slug for one in topics()]
    at = order.index(slug)
    return render_template(
        "registration/guide.html",
        topic=found,
        topics=topics(),
        after=topics()[at + 1] if at + 1 < len(order) else None,
        screens={part.screen: _screen(part) for part in found.parts},
    )


def _screen(part: Part) -> str | None:
    """The page where it is done, for who may open it."""
    view = current_app.view_functions.get(part.screen)
    open_to = getattr(view, "open_to", ())
    if view is None or me().role not in open_to:
        return None
    takes = [rule.arguments for rule in current_app.url_map.iter_rules(part.screen)]
    return None if any(takes) else address(part.screen)
