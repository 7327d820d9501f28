import json

import pytest


@pytest.fixture
def run(pages):
    return lambda *args: pages.test_cli_runner().invoke(args=["registration", *args])


@pytest.fixture
def asked(run, tmp_path):
    def ran(answers, *more):
        file = tmp_path / "answers.json"
        file.write_text(json.dumps(answers))
        return run("usecase", str(file), *more)

    return ran


def test_the_use_case_is_printed_with_its_path_and_that_it_is_binding(asked):
    outcome = asked({"texts": ["reminders", "marketing"]})

    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("MIXED (ACCOUNT_NOTIFICATION, MARKETING): ")
    assert "AT&T, likely: AT&T looks closer at healthcare texts" in outcome.stdout
    assert "The use case is binding" in outcome.stdout


def test_the_same_as_json(asked):
    outcome = asked({"texts": ["charity"]}, "--json")
    [one] = json.loads(outcome.stdout)["declarations"]

    assert (one["use_case"], one["kind"]) == ("CHARITY", "special")
    assert set(one["mno_review"].values()) == {"required"}
    assert {"source": "dca2", "code": "602"} in one["likely_codes"]
    assert one["business_days"] == [12, 36]


@pytest.mark.parametrize(
    ("declared", "status", "said"),
    [
        ("ACCOUNT_NOTIFICATION", 0, "ACCOUNT_NOTIFICATION fits."),
        ("MARKETING", 1, "It does not cover: appointment reminders"),
        ("NEW_SINCE_THEN", 1, "there is no such use case"),
    ],
)
def test_a_declared_use_case_is_compared(asked, declared, status, said):
    outcome = asked({"texts": ["reminders"], "campaign": {"use_case": declared}})

    assert outcome.exit_code == status
    assert said in outcome.stdout


@pytest.mark.parametrize(
    ("answers", "said"),
    [({}, "names nothing that is texted"), ({"texts": ["pigeons"]}, "no 'pigeons'")],
)
def test_answers_that_say_nothing_are_refused_in_one_sentence(asked, answers, said):
    outcome = asked(answers, "--json")

    assert outcome.exit_code == 1
    assert said in outcome.stderr


def test_a_code_is_told_with_steps_and_their_pages(run):
    outcome = run("code", "30909", "--source", "Twilio", "--json")
    told = json.loads(outcome.stdout)

    assert outcome.exit_code == 0
    assert told["known"]
    assert [one["source"] for one in told["meanings"]] == ["twilio"]
    assert [one["series"] for one in told["series"]] == ["2000", "2000"]
    assert told["steps"][0]["page"] == "/operator/campaigns"


def test_r145_an_unknown_code_ends_with_1_and_is_said_back(run):
    outcome = run("code", "ZZ-9", "--source", "Acme \u202e")

    assert outcome.exit_code == 1
    assert "'ZZ-9' of 'Acme" in outcome.stdout
    assert "\u202e" not in outcome.stdout
    assert "Ask your CSP" in outcome.stdout


def test_words_that_are_no_code_name_the_codes_that_have_them(run):
    outcome = run("code", "privacy policy", "--json")
    told = json.loads(outcome.stdout)

    assert outcome.exit_code == 1
    assert {"30908", "805"} <= {one["code"] for one in told["similar"]}
