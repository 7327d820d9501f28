import gzip
import random
import zipfile
from io import BytesIO

import pytest

from tests.reminders.feeding import (
    feed_in,
    why_not,
)


def zipped(content):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("visits.csv", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(b"\0" * 50_000_000), "Excel workbook or a ZIP"),
        (gzip.compress(b"\0" * 1_000_000), "gzip"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b'<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"/>', "XML"),
        (b"-----BEGIN PGP MESSAGE-----\n", "encrypted"),
        (b"-----BEGIN PKCS7-----\n", "encrypted"),
    ],
)
def test_what_is_packed_locked_or_xml_is_refused_with_a_sentence(content, said):
    assert said in " ".join(why_not(content))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\0\0", random.Random(1).randbytes(5000), b"", b"\0"]
)
def test_anything_else_is_left_to_the_reader_of_tables(database, cast, content):
    done = feed_in(database, content)

    assert done.unusable
    assert done.problems


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_too_large_is_refused_before_it_is_read(database, cast):
    done = feed_in(database, b"{" + b" " * (16 * 1024 * 1024))

    assert done.unusable
    assert "larger than 16 MB" in done.problems[0].message


def test_more_messages_than_there_may_be_are_refused_whole():
    assert "more than 10000" in " ".join(why_not("MSH|^~\\&|x\r" * 10_001))
