import csv
import io
import json
import re

import pytest

from reminders.models import ColumnMap
from tests.conftest import SHARED
from tests.pages import visitor, words
from tests.reminders.at_the_desk import BIRCH, DESK, PAGE, look, rows_of, send
from tests.reminders.imports import ANA, HEADINGS

OWN = "Who,Cell Nr,On,At,Note\nAna Lee,206-555-0111,12/8/2026,3:00 PM,x\n"


COLUMNS = ["full_name", "phone", "date", "time", "ignore"]


def choose(path, desk, *columns, **more):
    return desk.post(f"{path}/mapping", {"column": list(columns), **more})


def remember(path, desk, *columns, name="Ours"):
    return choose(path, desk, *columns, remember="yes", name=name)


def maps(heed):
    return {row.name: row.headings for row in rows_of(heed, ColumnMap)}


def test_columns_are_chosen_read_again_and_known_at_the_next_list(pages, heed):
    desk = visitor(pages, DESK)
    path, before = look(desk, OWN)

    answer = remember(path, desk, *COLUMNS)
    after = words(desk.get(answer.location))
    _, next_day = look(desk, OWN.replace("Ana Lee", "Ben Ray"))

    assert "There is no column for the phone" in before
    assert "The columns are remembered as &#39;Ours&#39;" in after
    assert "Ana Lee new (206) 555-0111" in after
    assert "These headings are known: the columns are read as remembered" in next_day
    assert "Ben Ray new (206) 555-0111" in next_day
    assert [*maps(heed)] == ["Ours"]
    done = desk.post(f"{path}/import")
    assert "1 added" in words(desk.get(done.location))


def test_columns_are_remembered_without_a_name_to_think_of(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, OWN)
    page = desk.get(path).get_data(as_text=True)

    assert 'name="name" value="visits"' in page
    choose(path, desk, *COLUMNS, remember="yes", name="")

    assert [*maps(heed)] == ["visits.csv"]


def test_what_nobody_wants_remembered_is_used_once(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, OWN)

    choose(path, desk, *COLUMNS, name="Ours")

    assert "Import 1 row" in words(desk.get(path))
    assert maps(heed) == {}
    _, again = look(desk, OWN)
    assert "There is no column for the phone" in again


def test_a_changed_list_asks_only_about_what_is_new(pages, heed):
    desk = visitor(pages, DESK)
    first, _ = look(desk, OWN)
    remember(first, desk, *COLUMNS)
    wider = OWN.replace("Note", "Doctor seen,Note").replace(",x", ",Dr. Kim,x")

    path, page = look(desk, wider)
    form = desk.get(path).get_data(as_text=True).partition('id="mapping"')[2]
    order = re.findall(r'name="heading" value="([^"]+)"', form)

    assert "New in this list: “ Doctor seen ”. Say what they hold" in page
    assert "Import 1 row" in page
    assert form.partition("<details")[0].count("<select") == 1
    assert order == ["Doctor seen", "Who", "Cell Nr", "On", "At", "Note"]
    chosen = {"heading": order, "column": ["provider", *COLUMNS]}
    desk.post(f"{path}/mapping", {**chosen, "remember": "yes", "name": "Ours"})
    assert maps(heed)["Ours"]["Doctor seen"] == "provider"
    assert "Dr. Kim" in words(desk.get(path))


def test_a_wrong_mapping_is_changed_where_it_shows_or_forgotten(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, OWN)
    remember(path, desk, "provider", *COLUMNS[1:])
    path, wrong = look(desk, OWN)

    remember(path, desk, *COLUMNS, name="Ours")
    _, right = look(desk, OWN)
    listed = words(desk.get(f"{PAGE}/upload"))
    forgotten = desk.post(f"{PAGE}/upload/forget", {"map": "Ours"})

    assert "no name new (206) 555-0111" in wrong
    assert "Ana Lee new (206) 555-0111" in right
    assert "Who : full name, Cell Nr : mobile phone" in listed
    assert "is forgotten" in words(desk.get(forgotten.location))
    assert maps(heed) == {}
    assert desk.post(f"{PAGE}/upload/forget", {"map": "Ours"}).status_code == 404


def test_a_mapping_of_maple_is_not_known_at_birch(pages, heed):
    desk, birch = visitor(pages, DESK), visitor(pages, BIRCH)
    path, _ = look(desk, OWN)
    remember(path, desk, *COLUMNS)
    theirs = "/desk/birch-eye/appointments/upload"

    assert "Ours" not in words(birch.get(theirs))
    assert birch.post(f"{theirs}/forget", {"map": "Ours"}).status_code == 404
    assert [*maps(heed)] == ["Ours"]


def test_a_saved_mapping_is_chosen_on_the_page_of_the_list(pages, heed):
    desk = visitor(pages, DESK)
    first, _ = look(desk, OWN)
    remember(first, desk, *COLUMNS)
    path, _ = look(desk, OWN.replace("Who,Cell Nr,On", "Who,Cell Nr,Visit day"))

    desk.post(f"{path}/mapping", {"map": "Ours"})

    assert "The saved map names" not in words(desk.get(path))


def test_headings_that_are_understood_are_chosen_already(pages):
    desk = visitor(pages, DESK)
    path, _ = look(desk, HEADINGS + ANA)

    page = desk.get(path).get_data(as_text=True)

    found = re.findall(r'<option value="(\w+)" selected', page)
    assert found == HEADINGS.strip().split(",")


def test_columns_of_another_list_or_unknown_ones_are_refused(pages):
    desk = visitor(pages, DESK)
    path, _ = look(desk, OWN)

    assert choose(path, desk, "phone").status_code == 400
    other = {"heading": ["Who", "Phone", "On", "At", "Note"], "column": COLUMNS}
    assert desk.post(f"{path}/mapping", other).status_code == 400
    assert choose(path, desk, *["owner"] * 5).status_code == 400


WILD = SHARED / "corpora" / "d_fhir_hl7_csv.jsonl"
# What a person would choose, and write, for the first heading that has these words.
CHOICES = (
    ("phone", ("wireless", "mobile", "phone"), "206-555-0111"),
    ("starts_at", ("datetime",), "2026-12-08 15:00:00"),
    ("date", ("appt date", "app date", "appointment date"), "12/8/2026"),
    ("time", ("start time", "app time", "appointment time"), "3:00 PM"),
    ("given_name", ("fname", "first name"), "Ana"),
    ("family_name", ("lname", "last name"), "Lee"),
    ("full_name", ("patient name",), "Ana Lee"),
)


def wild():
    if not WILD.exists():
        return []
    rows = map(json.loads, WILD.read_text(encoding="utf-8").splitlines())
    return [row["headings"] for row in rows if row["record_type"] == "csv_headings"]


def chosen(headings):
    # {heading: (our column, a cell)}, each of ours once.
    found = {}
    for column, words_of, cell in CHOICES:
        for word in words_of:
            mine = [one for one in headings if word in one.casefold()]
            if mine and column not in {ours for ours, _ in found.values()}:
                found.setdefault(mine[0], (column, cell))
    return found


@pytest.mark.skipif(not WILD.exists(), reason="shared/corpora is not here")
def test_every_heading_row_found_in_the_wild_with_phone_date_and_time_is_mapped(
    pages, heed
):
    desk, seen = visitor(pages, DESK), 0
    for number, headings in enumerate(wild()):
        choice = chosen(headings)
        ours = {column for column, _ in choice.values()}
        if "phone" not in ours or not (
            {"starts_at"} <= ours or {"date", "time"} <= ours
        ):
            continue
        # Under headings that nobody knows by name.
        strange = {one: f"{number}. {place} ~ " for place, one in enumerate(headings)}
        written = io.StringIO()
        rows = csv.writer(written)
        rows.writerow(strange.values())
        rows.writerow([choice.get(one, ("", "x"))[1] for one in headings])
        path, before = look(desk, written.getvalue())

        columns = [choice.get(one, ("ignore", ""))[0] for one in headings]
        remember(path, desk, *columns, name=f"wild {number}")
        page = words(desk.get(path))
        _, again = look(desk, written.getvalue())

        seen += 1
        assert "There is no column for the phone" in before
        for answer in (page, again):
            assert "Import 1 row" in answer, headings
            assert "Dec 8, 2026, 3:00 PM PST Ana" in answer
        assert f"remembered under “ wild {number} ”" in again

    assert seen == 4


def test_a_nul_in_the_name_of_a_mapping_breaks_no_page(pages, heed):
    desk = visitor(pages, DESK)
    path, _ = look(desk, OWN)

    remember(path, desk, *COLUMNS, name="O\0urs")

    assert [*maps(heed)] == ["Ours"]
    assert desk.post(f"{path}/mapping", {"map": "Other\0"}).status_code == 404
    assert desk.post(f"{PAGE}/upload/forget", {"map": "Other\0"}).status_code == 404
    assert send(desk, OWN, map="Other\0").status_code == 404
