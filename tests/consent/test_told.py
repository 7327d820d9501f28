"""A record as a sentence for the people of a clinic."""

import pytest

from consent.models import EventKind
from consent.told import told

BY = "desk@maple-dental.example"


@pytest.mark.parametrize(
    ("method", "grade", "more", "said"),
    [
        (
            "said yes to staff",
            "recorded",
            {"recorded_by": BY},
            f"by a spoken yes to staff, written down by {BY}.",
        ),
        (
            "signed form",
            "recorded",
            {"recorded_by": BY},
            f"on a signed form, written down by {BY}.",
        ),
        (
            "text message",
            "proven",
            {"words": "START"},
            'by text message with the words "START": proven consent.',
        ),
        ("", "recorded", {}, "in an unnamed way: recorded consent."),
    ],
)
def test_how_a_patient_agreed_reads_as_a_sentence(method, grade, more, said):
    detail = {"method": method, "topic": "care", "grade": grade, **more}

    sentence = told(EventKind.opt_in, detail)

    assert sentence == f"The patient agreed to texts about care {said}"
