import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ndjson import Unusable, pump, string


def loud(row):
    text = string(row, "text")
    if not isinstance(text, str):
        return text or Unusable('"text" is missing.')
    return {"loud": text.upper()}


def pumped(data):
    sink = io.BytesIO()
    status = pump(io.BytesIO(data), sink, loud)
    return status, [json.loads(line) for line in sink.getvalue().splitlines()]


def test_each_object_is_answered_in_order_with_its_own_keys_kept():
    status, out = pumped(b'{"text": "a", "id": 7}\n{"id": [1], "text": "\xc3\xad"}\n')

    assert status == 0
    assert out == [
        {"text": "a", "id": 7, "loud": "A"},
        {"id": [1], "text": "í", "loud": "Í"},
    ]


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"nonsense",
        b"{",
        b"[1]",
        b'"text"',
        b"null",
        b'{"text": 1}',
        b'{"text": null}',
        b"{}",
        b'{"text": "\xff"}',
        b'{"text": "a", "n": NaN}',
        b'{"text": "a", "n": 1e999}',
        b"[" * 100_000,
    ],
)
def test_a_line_that_cannot_be_used_says_so_in_its_place(bad):
    status, out = pumped(b'{"text": "a"}\n' + bad + b'\n{"text": "b"}')

    assert status == 2
    assert [row.get("loud") for row in out] == ["A", None, "B"]
    assert set(out[1]) == {"error", "line"}
    assert out[1]["line"] == 2


def test_an_answer_leaves_before_the_next_line_is_read():
    written = io.BytesIO()
    sink = io.BufferedWriter(written)

    def source():
        yield b'{"text": "a"}\n'
        assert b"loud" in written.getvalue()
        yield b'{"text": "\\ud800"}\n'

    assert pump(source(), sink, loud) == 0
    assert json.loads(written.getvalue().splitlines()[1])["loud"] == "\ud800"


@given(st.binary())
def test_any_bytes_give_one_line_for_each(data):
    status, out = pumped(data)

    assert len(out) == len(io.BytesIO(data).readlines())
    assert status == (2 if any("error" in row for row in out) else 0)
