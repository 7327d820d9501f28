"""The commands that bring a vendor's lists, as an operator types them."""

import json

import pytest

from consent.standing import Word
from tests.conftest import PAT
from tests.gateway.listing import agree, standing
from tests.registration.operating import OPERATOR

DESK = "desk@maple-dental.example"


@pytest.fixture
def run(pages):
    def command(*args):
        return pages.test_cli_runner().invoke(args=[str(arg) for arg in args])

    return command


@pytest.fixture
def report(tmp_path):
    file = tmp_path / "report.csv"
    file.write_text(f"Phone,Date\n{PAT},2026-11-25\n12,2026-11-25\n")
    return file


def test_a_report_is_taken_from_a_file(run, database, cast, report):
    done = run("consent", "opt-outs", "maple-dental", report, "--by", OPERATOR)

    assert done.exit_code == 0
    assert "0 were opted out already, 1 are opted out now" in done.stdout
    assert "Line 3, Phone: This number has too few digits." in done.stdout
    assert standing(database, cast.maple).word is Word.opted_out


def test_given_up_numbers_are_taken_from_a_file(run, database, cast, tmp_path):
    agree(database, cast, signed_on="2026-11-20")
    file = tmp_path / "gone.txt"
    file.write_text(f"{PAT}\n")

    done = run(
        *("consent", "deactivations", file, "--made-on", "2026-11-25"),
        *("--by", OPERATOR, "--json"),
    )

    told = json.loads(done.stdout)
    assert told["void"] == 1
    assert told["clinics"]["maple-dental"]["stopped"] == 1
    assert told["clinics"]["birch-eye"]["stopped"] == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("opt-outs", "maple-dental", "{file}", "--by", DESK), "may not do this here"),
        (("deactivations", "{file}", "--by", DESK), "may not do this here"),
        (("opt-outs", "nobody", "{file}", "--by", OPERATOR), "There is no clinic"),
        (
            ("opt-outs", "maple-dental", "{bad}", "--by", OPERATOR),
            "Nothing was changed",
        ),
        (("deactivations", "{bare}", "--by", OPERATOR), "Say on which day"),
    ],
)
def test_what_is_refused_changes_nothing(
    run, database, cast, report, tmp_path, args, said
):
    bad, bare = tmp_path / "bad.csv", tmp_path / "bare.txt"
    bad.write_text("Name\nAnn\n")
    bare.write_text(f"{PAT}\n")

    done = run(
        "consent", *(arg.format(file=report, bad=bad, bare=bare) for arg in args)
    )

    assert done.exit_code == 1
    assert said in done.stderr
    assert standing(database, cast.maple).word is Word.none


def test_a_comparison_that_cannot_ask_says_so(run, database, cast):
    done = run("consent", "compare", "maple-dental", "--json")

    assert done.exit_code == 1
    assert json.loads(done.stdout)["failed"]
