"""What the program says of registration: requirements on copy, in one table."""

import csv
import re
from pathlib import Path

import pytest

from registration.guide import as_document, topic, topics
from tests.conftest import PROJECT
from tests.pages import visitor, words

OPERATOR = "operator@heed.example"
# Whose rule, which page says it, and what must be found there.
COPY = [
    ("R1", "/guide", "appointment reminders, requests for a review, marketing"),
    ("R2", "/guide", "stop spam and to protect patients"),
    ("R2", "/guide", "It is the carriers’ policy"),
    ("R2", "/guide", "neither the approval, nor the time that takes, nor the requir"),
    ("R2", "/guide", "AT&amp;T, T-Mobile and Verizon require"),
    ("R3", "/guide", "Why does it take so long?"),
    ("R3", "/guide", "Can we skip the paperwork?"),
    ("R4", "/guide/tcr", "ten-digit numbers (10DLC)"),
    ("R4", "/guide/tcr", "Short codes of five or six digits"),
    ("R5", "/guide/tcr", "set it up in 2021 against spam, phishing and unwanted texts"),
    ("R6", "/guide/words", "The brand is who texts, the campaign is what is texted"),
    ("R24", "/guide", "2 to 4 weeks are usual"),
    ("R25", "/guide", "20 to 30 business days"),
    ("R26", "/guide", "There is no express way, for nobody"),
    ("R31", "/guide", "it prepares and submits"),
    ("R33", "/guide", "all texts of the clinic and of the operator are blocked"),
    ("R34", "/guide", "to protect patients"),
    ("R46", "/guide/statuses", "SUSPENDED"),
    ("R50", "/guide/statuses", "It is no sign of a deficiency"),
    ("R55", "/guide/statuses", "It is not a rejection"),
    ("R113", "/guide/rejected", "5 to 8 business days for a standard campaign, 2 to 4"),
]


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


@pytest.mark.parametrize(("requirement", "path", "found"), COPY)
def test_the_copy_says_what_is_required(operator, requirement, path, found):
    """R2, R3, R4, R5, R31, R34, R46, R50: the pages say it, word by word."""
    page = operator.get(path).get_data(as_text=True)
    assert found in " ".join(page.split()), requirement


WAY = ("brand", "vetting", "campaign", "tcr", "dca", "carriers", "number", "send")


def test_the_guide_maps_the_whole_way(operator):
    """R125: brand, vetting, campaign, TCR, DCA, carriers, number, send, in order."""
    order = [one.slug for one in topics()]
    assert tuple(one for one in order if one in WAY) == WAY
    for slug in order:
        page = operator.get(f"/guide/{slug}")
        assert page.status_code == 200
        assert topic(slug).title in words(page)
    assert operator.get("/guide/nothing").status_code == 404


def test_the_document_is_the_table(tmp_path: Path):
    """R125: the docs ship the same guide."""
    assert (PROJECT / "docs/guide.md").read_text("utf-8") == as_document(topics())


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/operator/campaigns", "statuses"),
        ("/operator/codes", "rejected"),
        ("/operator/numbers", "number"),
        ("/operator/drafts", "campaign"),
    ],
)
def test_a_screen_links_up_to_its_page_of_the_guide(operator, path, slug):
    """R126: up to the guide, and from there down to the screen."""
    assert f'href="/guide/{slug}"' in operator.get(path).get_data(as_text=True)
    down = {one.screen for one in topic(slug).parts if one.screen}
    assert down


def test_every_role_reads_the_guide_and_sees_only_screens_of_its_own(pages):
    """R126"""
    for email in ("desk", "admin", "auditor"):
        page = visitor(pages, f"{email}@maple-dental.example").get("/guide/brand")
        assert page.status_code == 200
        assert "/operator/" not in page.get_data(as_text=True)


def test_every_step_of_the_desk_is_explained_by_a_page_of_the_guide():
    """R126"""
    table = PROJECT / "registration/data/desk_steps.csv"
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert len(rows) == 10
    assert all(topic(row["guide"]) for row in rows)
    assert all(row["meaning"] and row["next_action"] for row in rows)


LAW = re.compile(
    r"federal (law|carrier|requirement|regulation|rule)|required by (federal )?law"
    r"|the law requires (you|clinics|every)|government requires",
    re.IGNORECASE,
)
# Quiet hours are a federal rule indeed; registration is none.
FILES = [
    *(PROJECT / "templates").rglob("*.html"),
    *(path for path in PROJECT.glob("*/data/*.csv") if path.stem != "quiet_hours"),
    *(PROJECT / "docs").glob("*.md"),
    PROJECT / "README.md",
]


def test_nothing_calls_the_carriers_policy_a_law():
    """C7"""
    assert LAW.search("this is a federal carrier requirement")
    found = [path for path in FILES if LAW.search(path.read_text("utf-8"))]
    assert found == []


def test_nothing_offers_to_approve_to_skip_or_to_speed_up():
    """R2, R26, R32: no button, no field."""
    buttons = re.compile(r"<button[^>]*>(.*?)</button>", re.DOTALL)
    fields = re.compile(r'name="(priority|express|expedite|urgent_review)"')
    for path in (PROJECT / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not fields.search(text), path
        for button in buttons.findall(text):
            assert not re.search(r"\b(approve|skip|speed up|expedite)\b", button, re.I)
