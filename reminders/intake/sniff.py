"""What a file is, by its first bytes and never by its name."""

import codecs
import re
from enum import StrEnum

from reminders.intake.field_map import Feed
from reminders.intake.problem import Problem, UnusableFile

LOOKED_AT = 1024
SPACE = b" \t\r\n\x0b\x0c\x00"  # \x0b frames an HL7 message (MLLP)
HL7 = re.compile(rb"(?:MSH|FHS|BHS)(?:[|]|([^\w\s])[^\w\s]{2,5}\1)")
ICAL = re.compile(rb"BEGIN\s*:\s*VCALENDAR", re.IGNORECASE)
ENCRYPTED = (b"-----BEGIN ", b"Salted__", b"age-encryption.org/")
PACKED = (
    (b"PK\x05\x06", "an empty ZIP file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf", "a 7z file"),
    (b"Rar!", "a RAR file"),
)
WORKBOOK = (
    "This is an Excel workbook or a ZIP file. Save the table as 'CSV UTF-8' and import "
    "that file, or unpack it and import what is inside."
)
UNPACK = "This is {}. Packed files are not opened: unpack it and import what is inside."
XML = "This is XML. Of FHIR only JSON is imported: ask your system for JSON."
LOCKED = "This file is encrypted or signed. Decrypt it and import what is inside."


class Table(StrEnum):
    csv = "csv"  # and what is none of the others: its reader says why


def kind_of(head: bytes) -> Feed | Table | UnusableFile:
    """`head` is the first LOOKED_AT bytes or more."""
    if head.startswith(b"PK\x03\x04"):
        return _unusable(WORKBOOK)
    for signature, what in PACKED:
        if head.startswith(signature):
            return _unusable(UNPACK.format(what))
    if head.startswith(ENCRYPTED):
        return _unusable(LOCKED)
    start = _as_utf8(head[:LOOKED_AT]).lstrip(SPACE)
    if HL7.match(start):
        return Feed.hl7
    if ICAL.match(start):
        return Feed.ical
    if start[:1] in (b"{", b"["):
        return Feed.fhir
    if start[:1] == b"<":
        return _unusable(XML)
    return Table.csv


def _as_utf8(head: bytes) -> bytes:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace").encode("utf-8", "replace")
    return head.removeprefix(codecs.BOM_UTF8)


def _unusable(message: str) -> UnusableFile:
    return UnusableFile((Problem(1, None, message),))
