import pytest
from sqlmodel import col, select

from clinics.models import Language
from registration.default_wordings import FAMILIES, defaults, every_default
from registration.health_words import health_words
from registration.models import WordingKind, WordingVersion
from reminders.rendering import check
from tests.pages import visitor, words

PATH = "/operator/wordings/maple-dental/maple-care"


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def operator(pages):
    return visitor(pages, "operator@heed.example")


def texts(heed, cast):
    with heed.database.reading() as reading:
        rows = reading.exec(
            select(WordingVersion)
            .where(col(WordingVersion.campaign_id) == cast.maple.campaign_id)
            .order_by(col(WordingVersion.id))
        ).all()
    return {(row.kind, row.language): row for row in rows}


def test_the_default_set_has_three_families_in_both_languages():
    """R43: timely reminders, important updates, other essential messages."""
    assert list(FAMILIES) == ["reminders", "updates", "essential"]
    assert {one.family for one in defaults()} == set(FAMILIES)
    kinds = {one.kind for one in defaults()}
    assert kinds == set(WordingKind) - {WordingKind.review_request}
    for kind in kinds:
        assert {one.language for one in defaults() if one.kind is kind} == set(Language)


@pytest.mark.parametrize(
    "one", every_default(), ids=lambda one: f"{one.kind}-{one.language}"
)
def test_every_default_can_be_rendered_for_the_longest_names(one):
    assert check(one.text, one.language, one.kind) == []
    assert health_words(one.text) == ()


def test_the_defaults_fill_what_is_missing_and_change_nothing(operator, heed, cast):
    before = texts(heed, cast)
    assert "missing" in words(operator.get(PATH))
    assert operator.post(f"{PATH}/defaults").status_code == 303
    after = texts(heed, cast)
    assert len(after) == len(defaults())
    assert {key: after[key].text for key in before} == {
        key: row.text for key, row in before.items()
    }
    assert "Use the defaults" not in words(operator.get(PATH))


def test_a_new_version_is_in_use_and_a_bad_one_says_why(operator, heed, cast):
    good = {
        "kind": "reminder",
        "language": "en",
        "text": "{clinic}: {date}. STOP ends.",
    }
    assert operator.post(PATH, good).status_code == 303
    assert texts(heed, cast)[(WordingKind.reminder, "en")].text == good["text"]
    for bad, said in (
        ({"text": ""}, "empty"),
        ({"text": "{clinic} {password}"}, "is no placeholder"),
        ({"text": "{clinic}: 20% off whitening! STOP ends."}, "promotional"),
        ({"text": "x" * 2_000}, "at most"),
        ({"kind": "poem"}, "Choose one"),
    ):
        answer = operator.post(PATH, {**good, **bad})
        assert answer.status_code == 400
        assert said in words(answer) or bad.get("kind") == "poem"
    assert texts(heed, cast)[(WordingKind.reminder, "en")].text == good["text"]


def test_the_command_shows_and_adds(pages, heed, cast):
    run = pages.test_cli_runner().invoke
    base = ["reminders", "wording", "maple-dental", "--campaign", "maple-care"]
    done = run(args=[*base, "--defaults", "--by", "operator@heed.example"])
    assert done.exit_code == 0, done.output
    assert len(texts(heed, cast)) == len(defaults())
    assert run(args=[*base, "--defaults"]).exit_code == 2
    desk = run(args=[*base, "--defaults", "--by", "desk@maple-dental.example"])
    assert desk.exit_code == 1
    bad = ["--kind", "help", "--language", "en", "--text", "{x}"]
    assert run(args=[*base, *bad, "--by", "operator@heed.example"]).exit_code == 1
    assert "update en: " in run(args=base).output
