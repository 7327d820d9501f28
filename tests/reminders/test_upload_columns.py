import re

from reminders.models import ColumnMap
from tests.pages import visitor, words
from tests.reminders.at_the_desk import DESK, look, rows_of
from tests.reminders.imports import ANA, HEADINGS

OWN = "Who,Cell Nr,On,At,Note\nAna Lee,206-555-0111,12/8/2026,3:00 PM,x\n"


def choose(path, desk, *columns, **more):
    return desk.post(f"{path}/mapping", {"column": list(columns), **more})


def test_columns_are_chosen_read_again_saved_and_used_for_the_next_list(pages, heed):
    desk = visitor(pages, DESK)
    path, before = look(desk, OWN)

    answer = choose(
        path, desk, "full_name", "phone", "date", "time", "ignore", name="Ours"
    )
    after = words(desk.get(answer.location))
    _, next_day = look(desk, OWN.replace("Ana Lee", "Ben Ray"), map="Ours")

    assert "There is no column for the phone" in before
    assert "The mapping is saved as &#39;Ours&#39;" in after
    assert "Ana Lee new (206) 555-0111" in after
    assert "Ben Ray new (206) 555-0111" in next_day
    assert [row.name for row in rows_of(heed, ColumnMap)] == ["Ours"]
    done = desk.post(f"{path}/import")
    assert "1 added" in words(desk.get(done.location))


def test_a_saved_mapping_is_chosen_on_the_page_of_the_list(pages, heed):
    desk = visitor(pages, DESK)
    first, _ = look(desk, OWN)
    choose(first, desk, "full_name", "phone", "date", "time", "ignore", name="Ours")
    path, _ = look(desk, OWN)

    desk.post(f"{path}/mapping", {"map": "Ours"})

    assert "Import 1 row" in words(desk.get(path))


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
    assert choose(path, desk, *["owner"] * 5).status_code == 400
