import csv
from dataclasses import astuple
from pathlib import Path

import pytest

from gateway.send_errors import FLAGS, UNKNOWN, look_up, table

FACTS = (
    Path(__file__).parents[2].parent / "shared/domain/tables/send_errors.csv"
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        (21610, {"opt_out"}),
        ("21211", {"invalid_number"}),
        ("30006", {"invalid_number"}),
        ("30005", {"invalid_number"}),
        ("20429", {"retryable"}),
        ("30003", {"retryable"}),
        ("30027", {"retryable", "fills_day"}),
        ("20500", {"ambiguous"}),
        ("20503", {"ambiguous"}),
        ("timeout", {"ambiguous"}),
        ("30410", {"ambiguous"}),
        ("30033", {"takes_active_away"}),
        (" 30034 ", {"takes_active_away"}),
        ("30035", {"takes_active_away", "retryable"}),
        ("30024", {"takes_active_away", "retryable"}),
        ("20003", {"halts_account"}),
        ("30002", {"halts_account"}),
        ("21703", {"halts_account"}),
        ("30007", set()),
        ("30004", set()),
        ("30036", set()),
    ],
)
def test_a_code_says_what_it_means_for_us(code, flags):
    error = look_up(code)

    assert error.code == str(code).strip()
    assert {flag for flag in FLAGS if getattr(error, flag)} == flags


@pytest.mark.parametrize("code", ["99999", 12, "telnyx:1", "", None, "\ud800", "-1"])
def test_a_code_we_do_not_know_is_kept_and_never_retried(code):
    error = look_up(code)

    assert error.code == ("" if code is None else str(code))
    assert not any(getattr(error, flag) for flag in FLAGS)
    assert error.sentence == UNKNOWN


@pytest.mark.parametrize("error", table().values(), ids=lambda error: error.code)
def test_every_row_is_whole_and_safe(error):
    assert all(field is not None for field in astuple(error))
    assert error.meaning
    assert error.sentence.endswith(".")
    assert error.next_step.endswith(".")
    assert not (error.retryable and (error.ambiguous or error.opt_out))
    assert not (error.retryable and error.invalid_number)


@pytest.mark.skipif(not FACTS.exists(), reason="shared/domain is absent")
def test_the_table_never_retries_what_the_facts_do_not():
    with FACTS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for code in row["code"].split("/"):
                if code in table() and look_up(code).retryable:
                    assert row["retryable"].startswith("yes"), code
                if row["retryable"] == "ambiguous":
                    assert look_up(code).ambiguous, code
