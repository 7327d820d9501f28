import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.segments import BASIC, EXTENDED, Segments, measure

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the oracle leans on an old compatibility package
    import smsutil

GSM = "".join(sorted(BASIC))
TWO = "".join(sorted(EXTENDED))


def cost(encoding, segments, units):
    return Segments(encoding=encoding, segments=segments, units=units)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", cost("GSM-7", 0, 0)),
        ("a", cost("GSM-7", 1, 1)),
        ("é ñ ¿ ¡ Ü", cost("GSM-7", 1, 9)),
        ("a" * 160, cost("GSM-7", 1, 160)),
        ("a" * 161, cost("GSM-7", 2, 161)),
        ("a" * 306, cost("GSM-7", 2, 306)),
        ("a" * 307, cost("GSM-7", 3, 307)),
        ("€", cost("GSM-7", 1, 2)),
        ("a" * 158 + "€", cost("GSM-7", 1, 160)),
        ("a" * 159 + "€", cost("GSM-7", 2, 161)),
        ("a" * 152 + "€" + "a" * 152, cost("GSM-7", 3, 306)),
        ("a" * 151 + "€" + "a" * 153, cost("GSM-7", 2, 306)),
        ("í", cost("UCS-2", 1, 1)),
        ("ç", cost("UCS-2", 1, 1)),
        ("Ç", cost("GSM-7", 1, 1)),
        ("`", cost("UCS-2", 1, 1)),
        ("\t", cost("UCS-2", 1, 1)),
        ("\x1b", cost("UCS-2", 1, 1)),
        ("í" * 70, cost("UCS-2", 1, 70)),
        ("í" * 71, cost("UCS-2", 2, 71)),
        ("í" * 134, cost("UCS-2", 2, 134)),
        ("í" * 135, cost("UCS-2", 3, 135)),
        ("🙂" * 35, cost("UCS-2", 1, 70)),
        ("🙂" * 36, cost("UCS-2", 2, 72)),
        ("í" * 66 + "🙂" + "í" * 66, cost("UCS-2", 3, 134)),
        ("\ud83d\ude42", cost("UCS-2", 1, 2)),
        ("\ud83d", cost("UCS-2", 1, 1)),
        ("í" * 66 + "\ud83d\ude42" + "í" * 66, cost("UCS-2", 3, 134)),
    ],
)
def test_a_text_costs_what_the_carriers_count(text, expected):
    assert measure(text) == expected


# Not asked of the oracle: "" (it answers one part) and ESC (it calls it a letter).
@given(
    st.one_of(
        st.text(GSM + TWO, min_size=1, max_size=700),
        st.text(TWO + "a", min_size=140, max_size=400),
        st.text("aí🙂😷", min_size=1, max_size=400),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    )
)
def test_an_independent_count_agrees(text):
    if "\x1b" in text:
        return
    theirs = smsutil.split(text)
    septets = theirs.encoding == "gsm0338"

    assert measure(text) == cost(
        "GSM-7" if septets else "UCS-2",
        len(theirs.parts),
        theirs.total_bytes // (1 if septets else 2),
    )


@given(st.text())
def test_more_text_never_costs_less(text):
    whole, part = measure(text), measure(text[: len(text) // 2])

    assert whole.segments >= part.segments
    assert whole.segments == 0 or whole.units > 0
