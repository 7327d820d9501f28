import csv
import io
import unicodedata
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import readable

EVENT = SimpleNamespace(
    seq=7,
    at=datetime(2026, 11, 30, 18, 0, tzinfo=UTC),
    kind="opt_in",
    phone="+12065550111",
    leaf_hash="12" * 32,
)
STARTERS = set("=+-@＝＋－＠'")


def computes(text):
    """Could a spreadsheet take this cell for something other than text?"""
    seen = [c for c in text if unicodedata.category(c) not in {"Cf", "Zs", "Cc"}]
    controls = any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for c in text)
    number = text.replace(" ", "").replace(",", "").replace(".", "").isdecimal()
    split = any(part.lstrip()[:1] in STARTERS for part in text.split(";")[1:] if part)
    return bool(seen and seen[0] in STARTERS) or controls or number or split


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://e","x")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\x00=1",
        "＝1+1",
        " =1",
        "\u200b=1",
        "\ufeff=1",
        "\u202e=1",
        "1;=1+1",
        "2026-11-30",
        "1-2",
        "007",
        "1e5",
        "TRUE",
        "true",
        "+12065550111",
        "\ud800",
        "<script>",
        "'=1",
    ],
)
def test_no_cell_is_anything_but_text(text):
    facts = dict.fromkeys((*readable.OWN, "why", "=key"), text)
    event = SimpleNamespace(**{**vars(EVENT), "phone": text, "kind": text})

    cells = readable.row(event, facts)[1:]

    assert [cell for cell in cells if computes(cell)] == []
    assert [cell for cell in readable.row(event, text)[1:] if computes(cell)] == []


@given(text=st.text(max_size=30))
def test_no_text_whatsoever_computes_moves_or_breaks_a_row(text):
    row = readable.row(EVENT, {"words": text, "topic": text, text: text})
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerow(row)

    assert not [cell for cell in row[1:] if computes(cell)]
    assert [*csv.reader(io.StringIO(stream.getvalue(), newline=""))] == [row]
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+12065550111", "(206) 555-0111"),
        ("+442079460958", "tel:+442079460958"),
        ("12345", "tel:12345"),
        ("00123", "tel:00123"),
    ],
)
def test_a_number_of_a_phone_is_never_changed(stored, shown):
    assert readable.phone_cell(stored) == shown
    digits = [c for c in shown if c.isdigit()]
    assert "".join(digits) == stored.removeprefix("+1" if "(" in shown else "+")


def test_ordinary_words_stay_as_they_are():
    facts = {"topic": "care", "grade": "proven", "words": "Sí, quiero 🙂", "rule": "s1"}

    row = dict(zip(readable.COLUMNS, readable.row(EVENT, facts), strict=True))

    assert (row["record"], row["what"], row["topic"]) == ("7", "opted in", "care")
    assert row["time"] == "2026-11-30 18:00:00.000000 UTC"
    assert row["words"] == "“Sí, quiero 🙂”"
    assert row["other facts"] == "rule: “s1”"


def test_an_event_is_a_sentence():
    facts = {"topic": "care", "grade": "proven", "method": "text message", "words": "Y"}

    assert readable.sentence("opt_in", facts) == (
        "opted in: care, proven, text message, “Y”"
    )
    assert readable.sentence("opt_out", {"how": "By phone", "by": "d@x.example"}) == (
        "opted out: by d@x.example, “By phone”"
    )
