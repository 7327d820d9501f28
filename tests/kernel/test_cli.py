import json

import pytest
from click.testing import CliRunner

from kernel.cli import carrier, segments_of


def run(command, *lines):
    result = CliRunner().invoke(command, ["--json"], input="\n".join(lines) + "\n")
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_carrier_answers_any_part_of_a_lookup():
    status, out = run(
        carrier,
        '{"name": "Verizon Wireless", "id": 1}',
        '{"mcc": "310", "mnc": "260"}',
        '{"mcc": 310, "mnc": 410}',
        "{}",
    )

    assert status == 0
    assert [row["carrier"] for row in out] == ["verizon", "tmobile", "att", "unknown"]
    assert out[0]["id"] == 1


def test_segments_answers_encoding_segments_and_units():
    status, out = run(
        segments_of, '{"text": "Reply STOP"}', '{"text": "\\ud83d\\ude42"}'
    )

    assert status == 0
    assert out[0] == {
        "text": "Reply STOP",
        "encoding": "GSM-7",
        "segments": 1,
        "units": 10,
    }
    assert (out[1]["encoding"], out[1]["units"]) == ("UCS-2", 2)


@pytest.mark.parametrize(
    ("command", "line"),
    [(carrier, '{"name": 5}'), (carrier, '{"mcc": true}'), (segments_of, "{}")],
)
def test_a_line_without_a_usable_field_is_misuse(command, line):
    status, out = run(command, line)

    assert status == 2
    assert out[0]["line"] == 1
