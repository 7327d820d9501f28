import pytest

from kernel.plain_spelling import dear, spelled_plainly
from kernel.segments import measure


@pytest.mark.parametrize("text", ["", "Hello", "¿Mañana? Ü é ñ ü à", "a{b}~€"])
def test_what_is_cheap_already_needs_no_advice(text):
    assert dear(text) is None


@pytest.mark.parametrize(
    ("text", "words", "signs", "plain"),
    [
        ("Su cita aquí", (("aquí", "aqui"),), (), "Su cita aqui"),
        ("sábado, sábado", (("sábado", "sabado"),), (), "sabado, sabado"),
        (
            "“Now” – it’s …",
            (("it’s", "it's"), ("“", '"'), ("”", '"'), ("–", "-"), ("…", "...")),
            (),
            '"Now" - it\'s ...',
        ),
        ("Hi 🎉", (), ("🎉",), "Hi 🎉"),
        ("您好 aquí", (("aquí", "aqui"),), ("您", "好"), "您好 aqui"),
        ("9\u202fAM", (("\u202f", " "),), (), "9 AM"),
        ("zero\u200bwidth", (("\u200b", "nothing"),), (), "zerowidth"),
        ("e\u0301\u0301", (), ("\u0301",), "é\u0301"),
    ],
)
def test_each_dear_sign_is_named_with_its_plain_spelling(text, words, signs, plain):
    found = dear(text)

    assert found is not None
    assert (found.words, found.signs, found.plain) == (words, signs, plain)


def test_one_accent_doubles_the_price_of_a_long_text():
    text = "Su cita es aquí. " + "Venga a las nueve. " * 5

    found = dear(text)

    assert found is not None
    assert (found.segments, found.plain_segments, found.saves) == (2, 1, True)
    assert measure(found.plain).encoding == "GSM-7"


def test_what_is_spelled_plainly_once_is_plain():
    text = "Ñandú “aquí” … 您好 ½ №"

    assert spelled_plainly(spelled_plainly(text)) == spelled_plainly(text)
