import pytest

from registration.recording import Entry, problems

PNG = b"\x89PNG\r\n\x1a\n"
GIVEN = {
    "status": "REVIEW",
    "address": "https://portal.example/CMAPLE1",
    "note": "On the campaign's page, under MNO review",
}


def test_a_word_with_an_address_or_a_file_has_no_problem():
    by_file = {**GIVEN, "address": "", "file_name": "a.png", "content": PNG}

    assert problems(Entry(**GIVEN)) == {}
    assert problems(Entry(**by_file)) == {}
    assert problems(Entry(**{**GIVEN, "status": "SUSPENDED", "sure": True})) == {}


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"status": ""}, "status", "Choose what the carrier says."),
        ({"status": "EXPIRED"}, "status", "Choose what the carrier says."),
        ({"status": "SUSPENDED"}, "sure", "Tick this to go on."),
        ({"address": ""}, "evidence", "choose a file, or give a web address"),
        ({"address": "/etc/passwd"}, "address", "is no web address"),
        ({"address": "javascript:alert(1)"}, "address", "is no web address"),
        ({"address": "https://a.example/\x00"}, "address", "is no web address"),
        ({"address": "https://a.example/" + "a" * 1000}, "address", "too long"),
        ({"note": "  "}, "note", "Say where you saw it"),
        ({"note": "a\x00b"}, "note", "a sign that cannot be kept"),
        ({"note": "a" * 1001}, "note", "too long"),
        ({"file_name": "a.png", "content": PNG}, "evidence", "not both"),
        (
            {"address": "", "file_name": "a.png", "content": b"<html>"},
            "evidence",
            "is no PDF, JPEG or PNG",
        ),
        ({"address": "", "file_name": "a.png"}, "evidence", "The file is empty."),
        (
            {"address": "", "content": PNG + bytes(5 * 1024 * 1024)},
            "evidence",
            "larger than 5 MB",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said_of_its_field(change, field, sentence):
    found = problems(Entry(**{**GIVEN, **change}))

    assert list(found) == [field]
    assert sentence in found[field]
