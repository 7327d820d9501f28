import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.intake.hl7_message import Place, parsed, raw_messages
from reminders.models import VisitStatus
from tests.reminders.feeding import (
    messages,
    only,
    read,
    siu,
    why_not,
)


@pytest.mark.parametrize("ends", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("\x0b", "\x1c\r"),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r", "BTS|2\rFTS|1\r"),
        ("\ufeff\r\n", "\r\n\r\n"),
    ],
)
def test_lines_frames_and_envelopes_are_of_every_kind(ends, before, after):
    text = siu(ends=ends) + siu(ends=ends, filler="V2", control="C2")

    rows = read(before + text + after)

    assert [(row.line, row.appointment_id) for row in rows] == [(1, "V1"), (2, "V2")]


def test_a_note_that_is_broken_by_newlines_loses_no_field_after_it():
    text = siu(event="S14", reason="called\nagain\n\nlate", status="Cancelled")

    assert only(text).status is VisitStatus.cancelled


@pytest.mark.parametrize(
    ("escaped", "name"),
    [
        ("O\\T\\Neil", "O&Neil"),
        ("Mu\\XC3B1\\oz", "Muñoz"),
        ("Le\\.br\\e", "Le e"),
        ("Le\\.in999999999\\e", "Le e"),
        ("Le\\Zx\\e", "Lee"),
        ("Le\\e", "Le\\e"),
    ],
)
def test_escapes_are_read_and_none_is_a_bomb(escaped, name):
    assert only(siu(family=escaped)).family_name in (name, name.replace("\\", ""))


def test_another_set_of_separators_is_read():
    text = siu().replace("|", "$").replace("^~\\&", ":;!%").replace("^", ":")

    assert only(text).phone == "+12065550111"


def test_latin_1_is_read_where_the_header_says_so():
    raw = siu(family="Muñoz").encode("latin-1")

    refused = only(raw)
    row = only(raw.replace(b"|P|2.5", b"|P|2.5||||||8859/1", 1))

    assert "not UTF-8" in messages(refused)
    assert row.family_name == "Muñoz"


@pytest.mark.parametrize(
    "head", ["MSH|", "MSH|^~\\", "MSH|^^^^|", "MSH|ABCD|", "MSH|^~\\&x|"]
)
def test_a_header_without_separators_is_refused(head):
    text = siu().replace("MSH|^~\\&|", head, 1)

    assert "separators" in " ".join(why_not(text))


def test_a_message_that_is_far_too_long_costs_itself_only():
    rows = read(siu("NTE|1||" + "x" * 300_000) + siu(filler="V2"))

    assert "larger than" in messages(rows[0])
    assert rows[1].appointment_id == "V2"


LETTERS = st.text(st.sampled_from("ab1 -()&^~"), max_size=12)


@given(st.lists(LETTERS, min_size=14, max_size=20), st.integers(2, 14))
def test_fields_are_split_as_a_library_splits_them(fields, number):
    text = siu().replace("PID|", "Z99|", 1) + "PID|" + "|".join(fields)
    theirs = hl7.parse(text)

    ours = parsed(next(raw_messages(text.encode())), {"PID"})

    for component in (1, 2, 3):
        for part in (1, 2):
            place = Place("PID", number, component, part, "1")
            there = _of_library(theirs, number, component, part)
            assert ours.text(place) == there.strip()


def _of_library(message, number, component, part):
    try:
        found = message.segment("PID")(number)
    except IndexError:
        return ""
    for place in (1, component, part):
        if isinstance(found, str):
            if place > 1:
                return ""
            continue
        if place > len(found):
            return ""
        found = found[place - 1]
    return found if isinstance(found, str) else str(found)
