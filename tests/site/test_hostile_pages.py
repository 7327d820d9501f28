import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser

import pytest
from sqlmodel import col, select

from clinics.access import clinic_by_slug
from clinics.models import Patient
from consent import evidence
from consent.models import ConsentDetail
from consent.verify import Broken, verify_pack
from gateway.models import InboundMessage
from tests.browser import DESKTOP, PHONE, serving, window
from tests.site.crawl import crawl, opened_record
from tests.site.hostile import ALL
from tests.site.test_browser import WIDER
from tests.site.world import STAFF, add_patients, text

SUBSETS = {"front_desk", "auditor"}  # their pages: a clinic admin has them all
OURS = re.compile(r"^(http://localhost)?/(static|bootstrap/static)/")
OUR_BUTTONS = re.compile(r"^/(audit/|desk/[a-z-]+/reminders/preview#)")


@pytest.fixture
def attacked(site, now):
    """Every string is a patient's name and the text of that phone."""
    phones = add_patients(site, ALL, now)
    heed = site.extensions["heed"]
    with heed.database.writing() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        for place, (phone, words) in enumerate(zip(phones, ALL, strict=True)):
            text(session, clinic.id or 0, phone, words, f"SMhostile{place}", now)
    return site


class Strangers(HTMLParser):
    """Elements and attributes that no page of ours has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"iframe", "base", "style", "math", "x", "img"} - self.pictures(
            given
        ):
            self.found.append(tag)
        if tag == "script" and not OURS.match(given.get("src") or ""):
            self.found.append(f"script {given}")
        for name, value in attrs:
            ours = name == "formaction" and OUR_BUTTONS.match(value or "")
            if name.startswith("on") or (name in {"formaction", "style"} and not ours):
                self.found.append(f"{tag} {name}={value}")
            if (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")

    def pictures(self, given: dict[str, str | None]) -> set[str]:
        return {"img"} if (given.get("src") or "").startswith(("data:", "/")) else set()


def test_there_are_a_hundred_of_them():
    assert len(set(ALL)) == 100


@pytest.mark.parametrize(
    ("role", "most"),
    [
        *((role, 5) for role in STAFF if role not in SUBSETS),
        *(pytest.param(role, 15, marks=pytest.mark.slow) for role in STAFF),
    ],
)
def test_no_string_becomes_a_part_of_a_page(attacked, role, most):
    """`most` pages of each route."""
    also = opened_record(attacked, STAFF[role])
    pages = crawl(attacked, STAFF[role], most=most, also=also)

    for page in pages:
        seen = Strangers()
        seen.feed(page.html)
        assert seen.found == [], page.path
        assert page.status < 400, page.path
        assert "SECRET_KEY" not in page.html.replace("{{ config.SECRET_KEY }}", "")


@pytest.mark.slow
def test_no_string_runs_or_widens_a_page(attacked, chromium):
    pages = crawl(attacked, STAFF["front_desk"], most=5)
    paths = [page.path for page in pages if page.status == 200 and page.html]
    wide = []

    with serving(attacked) as base:
        who = STAFF["front_desk"]
        with window(chromium, base, attacked, who, PHONE) as shown:
            for path in paths:
                page = shown.go(path)
                for size in (PHONE, DESKTOP):
                    page.set_viewport_size({"width": size[0], "height": size[1]})
                    if page.evaluate(WIDER) > 0:
                        wide.append((path, size[0]))
            assert shown.complaints == []

    assert len(paths) > 30
    assert wide == []


def test_the_pack_holds_every_string_unaltered_and_every_number_as_it_is(
    attacked, tmp_path, now
):
    heed = attacked.extensions["heed"]
    pack = tmp_path / "pack.zip"

    evidence.export(
        heed.database,
        heed.keys,
        slug="maple-dental",
        out=pack,
        made_by=STAFF["auditor"],
        now=now,
    )

    keys = [key.public_base64 for key in heed.keys.signing]
    assert not isinstance(verify_pack(pack, keys), Broken)
    with zipfile.ZipFile(pack) as members:
        told = [json.loads(line) for line in members.read("events.jsonl").splitlines()]
        table = members.read("readable.csv").decode("utf-8-sig")
    with heed.database.reading() as reading:
        kept = reading.exec(select(ConsentDetail.detail, ConsentDetail.phone)).all()
    facts = [json.dumps(event.get("detail"), sort_keys=True) for event in told]
    for detail, _phone in kept:
        if "maple" in detail or "hostile" in detail:
            assert json.dumps(json.loads(detail), sort_keys=True) in facts
    rows = list(csv.reader(io.StringIO(table)))
    assert len(rows) == len(told) + 1
    for row in rows[1:]:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "|", ";"))
            assert not re.fullmatch(r"[0-9.eE+-]+", cell) or cell == row[0]


def test_what_was_typed_and_texted_is_kept_as_it_was(attacked):
    heed = attacked.extensions["heed"]

    with heed.database.reading() as reading:
        texts = reading.exec(
            select(InboundMessage.body).where(
                col(InboundMessage.vendor_sid).like("SMhostile%")
            )
        ).all()
        names = reading.exec(
            select(Patient.given_name).where(col(Patient.external_id).like("hp%"))
        ).all()

    assert sorted(texts) == sorted(ALL)
    assert len(names) == len(ALL)
