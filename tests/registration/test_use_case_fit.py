import pytest

from kernel.errors import Invalid
from registration.questionnaire import Declared, answers_of, read_answers
from registration.selector import choose
from registration.use_case_fit import fit, unnamed


def answers(texts=""):
    return answers_of(texts.split(), (), None, "group")


@pytest.mark.parametrize(
    ("use_case", "subs", "texts", "uncovered", "idle"),
    [
        ("ACCOUNT_NOTIFICATION", "", "reminders recalls", "", ""),
        ("CUSTOMER_CARE", "", "reminders two_way", "", ""),
        ("ACCOUNT_NOTIFICATION", "", "reminders two_way", "two_way", ""),
        ("ACCOUNT_NOTIFICATION", "", "reminders reviews", "reviews", ""),
        ("DELIVERY_NOTIFICATION", "", "deliveries marketing", "marketing", ""),
        ("MIXED", "ACCOUNT_NOTIFICATION MARKETING", "reminders reviews", "", ""),
        ("MIXED", "CUSTOMER_CARE 2FA", "reminders", "", "2FA"),
        ("MIXED", "", "reminders", "reminders", ""),
        ("MIXED", "CHARITY", "charity", "charity", "CHARITY"),
        ("LOW_VOLUME", "MARKETING", "marketing sweepstakes", "sweepstakes", ""),
        ("MARKETING", "", "reminders", "reminders", ""),
        ("NEW_SINCE_THEN", "", "reminders", "reminders", ""),
    ],
)
def test_r133_a_registered_use_case_is_held_against_what_is_texted(
    use_case, subs, texts, uncovered, idle
):
    declared = Declared(use_case=use_case, sub_use_cases=tuple(subs.split()))
    found = fit(declared, answers(texts))

    assert [one.key for one in found.uncovered] == uncovered.split()
    if idle != "CHARITY":  # it is declared, and nothing takes it there
        assert " ".join(found.idle) == idle
    assert found.fits is (not uncovered)


def test_nothing_texted_fits_nothing():
    assert not fit(Declared(use_case="ACCOUNT_NOTIFICATION"), answers()).fits


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("I agree to appointment reminders and offers by text from Maple.", ""),
        ("I agree to appointment reminders by text from Maple.", "marketing"),
        ("I agree to offers and promotions from Maple.", "reminders"),
        ("Acepto recordatorios de citas y promociones.", ""),
        ("Acepto recibir noticias y reseñas.", "reminders"),
        ("I agree to texts.", "reminders marketing"),
        ("", "reminders marketing"),
    ],
)
def test_r135_a_mixed_opt_in_text_names_both_or_fails(text, missing):
    [found] = choose(answers("reminders marketing")).declarations

    assert [one.key for one in unnamed(text, found.texts)] == missing.split()
    assert "The opt-in text names every kind of text" in found.notes[0]


def test_a_file_of_answers_is_read():
    given, declared = read_answers(
        b'{"texts": ["reminders", "reviews"], "facts": ["age_gated"], '
        b'"texts_a_day": 40, "practice": "single", '
        b'"campaign": {"use_case": "MIXED", "sub_use_cases": ["MARKETING"]}}'
    )

    assert [one.key for one in given.texts] == ["reminders", "reviews"]
    assert (given.facts, given.texts_a_day, given.practice) == (
        {"age_gated"},
        40,
        "single",
    )
    assert declared == Declared(use_case="MIXED", sub_use_cases=("MARKETING",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not JSON"),
        (b"[" * 20_000, "JSON"),
        (b"[]", "an object"),
        (b'{"texts": ["pigeons"]}', "'texts' has no 'pigeons'"),
        (b'{"texts": ["agents"]}', "'texts' has no 'agents'"),
        (b'{"texts": "reminders"}', "'texts' is a list"),
        (b'{"texts": [1]}', "'texts' is a list"),
        (b'{"text": []}', "'answers' has no 'text'"),
        (b'{"texts_a_day": true}', "whole number"),
        (b'{"texts_a_day": -1}', "whole number"),
        (b'{"practice": "zoo"}', "'practice' has no 'zoo'"),
        (b'{"campaign": "MIXED"}', "'campaign' is an object"),
        (b'{"campaign": {"use_case": "MIXED", "sub": []}}', "'campaign' has no 'sub'"),
        (b" " * 100_001, "larger than"),
        (b"\xff\xfe", "not JSON"),
    ],
)
def test_answers_that_have_no_meaning_are_refused_by_name(content, said):
    with pytest.raises(Invalid, match=said):
        read_answers(content)
