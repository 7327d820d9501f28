import json

import pytest
from click.testing import CliRunner

from gateway.cli_text import intent


def run(*lines):
    result = CliRunner().invoke(intent, [], input="\n".join(lines) + "\n")
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_intent_answers_with_the_rule_and_the_part_that_decided():
    status, out = run('{"text": "stop!", "id": 3}')

    assert status == 0
    assert out == [
        {
            "text": "stop!",
            "id": 3,
            "intent": "stop",
            "why": {"rule": "word.stop", "span": [0, 4]},
            "urgent": False,
        }
    ]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"standing": "opted_out", "open_prompt": None}, "start"),
        ({"standing": "opted_in", "open_prompt": "visit"}, "confirm"),
        ({"standing": "opted_in"}, "none"),
        ({"standing": None}, "none"),
        ({}, "none"),
        (None, "none"),
    ],
)
def test_the_context_may_be_whole_or_in_part_or_missing(context, expected):
    _, out = run(json.dumps({"text": "YES", "context": context}))

    assert out[0]["intent"] == expected


@pytest.mark.parametrize(
    "line",
    [
        "STOP",
        "{}",
        '{"text": ["STOP"]}',
        '{"text": "YES", "context": "opted_in"}',
        '{"text": "YES", "context": {"standing": "maybe"}}',
        '{"text": "YES", "context": {"standing": []}}',
        '{"text": "YES", "context": {"open_prompt": "lunch"}}',
    ],
)
def test_a_line_that_cannot_be_read_is_misuse(line):
    status, out = run(line, '{"text": "C"}')

    assert status == 2
    assert out[0].keys() == {"error", "line"}
    assert out[1]["intent"] == "none"
