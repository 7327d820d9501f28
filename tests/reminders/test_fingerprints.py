from hypothesis import given
from hypothesis import strategies as st

from reminders.intake.fingerprints import Ids, Said

keys = st.lists(st.text(alphabet="ab", max_size=3), max_size=40)


@given(keys)
def test_ids_know_what_there_is_and_where_it_stood_first(found):
    ids = Ids()
    for key in found:
        ids.add(key)
    ids.close()

    firsts = ids.firsts()
    lines = {}
    for line, key in enumerate(found, start=2):
        assert firsts.line(key) == lines.get(key, 0)
        if key not in lines:
            firsts.stands(key, line)
        if found.count(key) > 1:
            lines.setdefault(key, line)

    assert all(key in ids for key in found)
    assert "something else" not in ids
    assert all(ids.firsts().line(key) == 0 for key in found)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))))
def test_of_whom_two_things_are_said_is_known(pairs):
    said = Said()
    for who, what in pairs:
        said.add(who, what)
    said.close()

    for who in "abc":
        assert said.twice(who) == (len({what for one, what in pairs if one == who}) > 1)
