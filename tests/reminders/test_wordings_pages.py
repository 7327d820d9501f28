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


ONE = f"{PATH}/reminder/en"
DESK = "/desk/maple-dental/texts"
GOOD = "{clinic}: {date}. STOP ends."


def use(visitor, text, path=ONE, **more):
    return visitor.post(path, {"text": text, "what": "use", **more})


def test_a_new_version_is_in_use_and_says_who_approved_it(operator, heed, cast):
    assert use(operator, GOOD).status_code == 303

    row = texts(heed, cast)[(WordingKind.reminder, "en")]
    assert (row.text, row.approved_by) == (GOOD, "operator@heed.example")
    assert "Approved by operator@heed.example, Mon, Nov 30" in words(operator.get(PATH))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("{clinic} {password} STOP", "is no placeholder"),
        ("{clinic}: 20% off whitening! STOP ends.", "promotional"),
        ("{clinic}: {date}. Call us.", "how to end the texts"),
        ("See you {date}. STOP ends.", "who texts"),
        ("{clinic}: STOP " + "x" * 2_000, "is the most"),
        ("{clinic}: your oncology visit, {date}. STOP ends.", "names a specialty"),
    ],
)
def test_a_wording_that_may_not_be_used_says_why(operator, heed, cast, text, said):
    before = texts(heed, cast)

    answer = use(operator, text)

    assert answer.status_code == 400
    assert said in words(answer)
    assert texts(heed, cast) == before


def test_words_about_health_stand_with_a_reason_that_is_kept(pages, heed, cast):
    admin = visitor(pages, "admin@maple-dental.example")
    text = "{clinic}: flu shot on {date} at {time}. STOP ends."

    assert use(admin, text, f"{DESK}/reminder/en", note="short").status_code == 400
    note = "We are a flu clinic; patients asked for this."
    assert use(admin, text, f"{DESK}/reminder/en", note=note).status_code == 303

    row = texts(heed, cast)[(WordingKind.reminder, "en")]
    assert (row.health_note, row.approved_by) == (note, "admin@maple-dental.example")
    assert note in words(admin.get(DESK))


def test_a_preview_writes_nothing_and_shows_the_longest_names_and_the_price(
    operator, heed, cast
):
    before = texts(heed, cast)
    typed = "{clinic}: {first_name}, {weekday} {date} {time} at {location}. STOP ends."

    page = operator.post(ONE, {"text": typed, "what": "look"})

    said = words(page)
    assert page.status_code == 200
    assert "Maple Dental: Ana, Tue Dec 1 9:30 AM at 12 Oak Street. STOP ends." in said
    assert (
        "Guadalupe-Esperanza, Wed Dec 2 10:30 AM PST at Northwest Medical Arts" in said
    )
    assert "billed as 1 text: 1.3 cents" in said
    assert texts(heed, cast) == before


def test_a_dear_sign_is_named_and_spelled_plainly_by_one_click(operator):
    path = f"{PATH}/reminder/es"
    dear = "{clinic}: su cita aquí es el {weekday} {date}. " + "Venga. " * 10 + "STOP."

    seen = words(operator.post(path, {"text": dear, "what": "look"}))
    plain = operator.post(path, {"text": dear, "what": "plain"}).get_data(as_text=True)

    assert "“aquí” has a sign that cheap texts do not know" in seen
    assert "billed as 2 texts instead of 1" in seen
    assert "Spelled plainly: “aqui”" in seen
    assert "su cita aqui es" in plain
    assert "Spell it plainly" not in plain


def test_every_wording_has_its_page_with_two_phones(operator, cast):
    for one in every_default():
        page = operator.get(f"{PATH}/{one.kind.value}/{one.language.value}")
        body = page.get_data(as_text=True)

        assert page.status_code == 200
        assert "handset-text" in body, one.kind
        assert "mmmm" not in body.split("handset-text", 1)[1], one.kind


@pytest.mark.parametrize(
    ("who", "kind", "status"),
    [("admin", "reminder", 303), ("admin", "help", 404), ("desk", "reminder", 404)],
)
def test_the_clinic_words_its_own_kinds_and_the_operator_the_rest(
    pages, heed, cast, who, kind, status
):
    person = visitor(pages, f"{who}@maple-dental.example")
    text = "{clinic}: see you. STOP ends."

    assert person.get(f"{DESK}/{kind}/en").status_code == 200
    assert use(person, text, f"{DESK}/{kind}/en").status_code == status
    changed = texts(heed, cast)[(WordingKind(kind), "en")].text == text
    assert changed is (status == 303)


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
