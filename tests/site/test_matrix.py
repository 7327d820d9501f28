import csv
import itertools
import re
from pathlib import Path

import pytest

from clinics.web import NOT_HERE
from tests.pages import visitor, words
from tests.site.world import STAFF

MATRIX = Path(__file__).parents[1] / "matrix"
ROLES = ("operator", "clinic_admin", "front_desk", "auditor", "anyone")
UNLISTED = ("/static/", "/bootstrap/")
EXAMPLES = {
    "phone": "+12065550111",
    "ref": "maple-care",
    "what": "link",
    "carrier": "att",
    "kind": "reminder",
    "language": "en",
}


def rows() -> list[dict[str, str]]:
    found = []
    for file in sorted(MATRIX.glob("*.csv")):
        with file.open(newline="") as lines:
            found += list(csv.DictReader(lines))
    return found


ROWS = rows()


def example(route: str, clinic: str = "maple-dental", number: str = "1") -> str:
    def fill(found: re.Match[str]) -> str:
        kind, _, name = found[1].rpartition(":")
        if name == "clinic":
            return clinic
        return EXAMPLES.get(name, number if kind.startswith("int") else "x")

    return re.sub(r"<([^>]+)>", fill, route)


def routes(app) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(UNLISTED)
    }


def test_every_route_has_one_row_and_every_row_a_route(site):
    listed = [(row["method"], row["route"]) for row in ROWS]

    assert routes(site) - set(listed) == set(), "routes without a row"
    assert set(listed) - routes(site) == set(), "rows without a route"
    assert len(listed) == len(set(listed)), "two rows for one route"


def test_every_role_opens_what_the_matrix_says_and_nothing_else(site):
    wrong = []
    people = {role: visitor(site, STAFF.get(role)) for role in ROLES}

    for row, role in itertools.product(ROWS, ROLES):
        if row["route"] == "/signout" and role == "anyone":
            continue  # both answers lead to the sign-in
        answer = ask(people[role], row["method"], example(row["route"]))
        if row["method"] == "POST":  # some end what was signed in
            people[role] = visitor(site, STAFF.get(role))
        opened = "yes" if is_open(answer) else "no"
        if opened != row[role]:
            wrong.append((role, row["method"], row["route"], answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("role", ["clinic_admin", "front_desk", "auditor"])
def test_nobody_of_one_clinic_opens_a_page_of_another(site, role):
    person = visitor(site, STAFF[role])
    theirs = [
        row for row in ROWS if "<clinic>" in row["route"] and row["anyone"] == "no"
    ]
    opened = []

    for row in theirs:
        answer = ask(person, row["method"], example(row["route"], "birch-eye"))
        if answer.status_code != 404 or NOT_HERE not in words(answer):
            opened.append((row["method"], row["route"], answer.status_code))

    assert len(theirs) > 20
    assert opened == []


NUMBERS = (str(2**31), str(10**30))
ASKED = ("before", "after", "patient", "number", "skip", "seen_id")


def test_a_number_that_no_row_can_have_breaks_no_page(site):
    """PostgreSQL refuses to look for one; a page must not."""
    wrong = []

    for row in ROWS:
        role = next((role for role in ROLES if row[role] == "yes"), "anyone")
        person = visitor(site, STAFF.get(role))
        for number in NUMBERS:
            path, asked = example(row["route"], number=number), ""
            if row["method"] == "GET":
                asked = "?" + "&".join(f"{name}={number}" for name in ASKED)
            answer = ask(person, row["method"], path + asked)
            if answer.status_code == 500:
                wrong.append((row["method"], path + asked, answer.status_code))

    assert wrong == []


def ask(person, method: str, path: str):
    if method == "GET":
        return person.get(path, headers={"Accept": "text/html"})
    return person.post(path, {}, headers={"Accept": "text/html"})


def is_open(answer) -> bool:
    """A closed page does not exist, or asks a stranger to sign in; what an open one
    says of an empty form or of a number that is not there is its own business."""
    if answer.status_code == 404:
        return NOT_HERE not in words(answer)
    location = answer.location or ""
    asked = location.startswith("/signin?next=") or location == "/signin"
    return not asked or answer.request.path in {"/", "/signout"}
