"""Follows every link that a role sees, GET only, and keeps one page of each kind apart
from the rest by its route."""

import re
from collections import deque
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from sqlmodel import col, select

from clinics.access import clinic_by_slug
from clinics.models import Patient
from consent.models import Line, Standing
from consent.page_links import make
from tests.pages import Visitor, visitor

STARTS = ("/", "/account", "/signin", "/c/maple-dental/opt-in", "/forgotten")
MOST_OF_A_ROUTE = 3


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append(given["href"] or "")


@dataclass(frozen=True)
class Page:
    path: str
    route: str
    status: int
    html: str


def opened_record(app: Flask, email: str | None) -> tuple[str, ...]:
    """Pages about one record, for who may look at it: opening one is a POST, so no link
    leads there."""
    place = "/audit/maple-dental/records/1"
    answer = visitor(app, email).post(f"{place}/open", {})
    moment = "/audit/maple-dental/moment/1?day=2026-11-30&time=09:00"
    there = answer.status_code == 303 and answer.location.endswith(place)
    return (place, moment) if there else ()


def own_page(app: Flask) -> tuple[str, ...]:
    """A patient's own page and receipt: only who has the link comes there."""
    heed = app.extensions["heed"]
    with heed.database.writing() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        agreed = select(Standing.phone).where(
            col(Standing.clinic_id) == clinic.id, col(Standing.granted_seq) > 0
        )
        phone = session.exec(agreed.order_by(col(Standing.phone))).first()
        token = make(session, clinic.id or 0, phone or "", "en", heed.now())
    return f"/p/{token}", f"/p/{token}/receipt"


def come_back(app: Flask) -> tuple[str, ...]:
    """The card of a patient who said stop: the first patient of the list has not."""
    with app.extensions["heed"].database.reading() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        patient_id = session.exec(
            select(Patient.id)
            .join(Line, col(Line.phone) == col(Patient.phone))
            .where(
                col(Patient.clinic_id) == clinic.id,
                col(Line.clinic_id) == clinic.id,
                col(Line.stopped_seq) > 0,
            )
            .order_by(col(Patient.id))
        ).first()
    return (f"/desk/maple-dental/patients/{patient_id}/come-back",)


def crawl(
    app: Flask,
    email: str | None,
    most: int = MOST_OF_A_ROUTE,
    also: tuple[str, ...] = (),
) -> list[Page]:
    """Up to `most` pages of each route that links lead to from the first page, and
    from those `also`."""
    person = visitor(app, email)
    waiting, seen, pages = deque([*STARTS, *also]), {*STARTS, *also}, []
    counts: dict[str, int] = {}
    while waiting:
        path = waiting.popleft()
        route = route_of(app, path)
        if route is None or counts.get(route, 0) >= most:
            continue
        counts[route] = counts.get(route, 0) + 1
        page = _look(person, path, route)
        pages.append(page)
        for link in _links(page, path):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    return pages


def route_of(app: Flask, path: str) -> str | None:
    adapter = app.url_map.bind("localhost")
    try:
        rule, _ = adapter.match(urlsplit(path).path, method="GET", return_rule=True)
    except Exception:
        return None
    outside = rule.rule.startswith(("/static", "/bootstrap"))
    return None if outside else str(rule.rule)


def _look(person: Visitor, path: str, route: str) -> Page:
    answer: Any = person.get(path, headers={"Accept": "text/html"})
    html = answer.get_data(as_text=True) if "html" in answer.mimetype else ""
    if answer.location:
        html = f'<a href="{answer.location}"></a>'
    return Page(path, route, answer.status_code, html)


def _links(page: Page, base: str) -> list[str]:
    parser = Links()
    parser.feed(page.html)
    ours = [urljoin(base, link.split("#")[0]) for link in parser.found]
    return [link for link in ours if re.match(r"^/[^/]", link) or link == "/"]
