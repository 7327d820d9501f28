import pytest

from registration.status import Status
from registration.words import carrier_of, meanings, status_of


@pytest.mark.parametrize(
    ("system", "word", "expected"),
    [
        ("tcr", "APPROVED", "ACTIVE"),
        ("tcr", "REVIEW", "REVIEW"),
        ("tcr", "REJECTED", "REJECTED"),
        ("tcr", "SUSPENDED", "SUSPENDED"),
        ("tcr", "ACTIVE", None),  # TCR's own status: only "exists" (trap RT1)
        ("tcr", "approved", None),
        ("tcr", "VERIFIED", None),
        ("tcr", "", None),
        ("twilio", "VERIFIED", "ACTIVE"),
        ("twilio", "IN_PROGRESS", "PENDING"),
        ("twilio", "PENDING", "PENDING"),
        ("twilio", "FAILED", "REJECTED"),
        ("twilio", "APPROVED", None),
        ("twilio", "SUSPENDED", None),
    ],
)
def test_vendor_words_are_mapped_and_unknown_ones_are_not(system, word, expected):
    assert status_of(system, word) == expected


@pytest.mark.parametrize(
    ("mno_id", "expected"),
    [("10017", "att"), ("10035", "tmobile"), ("10038", "verizon"), ("10037", None)],
)
def test_an_mno_is_one_of_the_three_carriers_or_nobody(mno_id, expected):
    assert carrier_of(mno_id) == expected


def test_every_status_has_meaning_implication_and_next_action():
    assert meanings().keys() == set(Status)
    for told in meanings().values():
        assert told.meaning
        assert told.implication
        assert told.next_action
