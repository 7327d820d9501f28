"""Reads a telephone number as people type it.  Knows form, never who holds it.

Says nothing of carrier, line type or time zone: those are looked up, not guessed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

from kernel.errors import Invalid

# A campaign registered in the US reaches these; texts elsewhere are another product
# at another price, and the usual target of message-pumping fraud.
REACHED = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "CA"})

PLAIN = re.compile(r"\+1([2-9][0-9]{2})([2-9][0-9]{2})([0-9]{4})")

# Ten digits as nearly everybody writes them; anything else is parsed.
USUAL = re.compile(
    r"(?:\+?1[-. ]?)?\(?([2-9][0-9]{2})\)?[-. ]?([2-9][0-9]{2})[-. ]?([0-9]{4})",
    re.ASCII,
)

SHORT_CODES = (5, 6)  # digits

EMPTY = "No phone number was given."
NO_NUMBER = "This is not a phone number. Write ten digits, such as (415) 555-0134."
TOO_SHORT = "This number has too few digits. A US number has ten, area code included."
TOO_LONG = "This number has too many digits. A US number has ten, area code included."
SHORT_CODE = (
    "Five or six digits are a short code, as large banks and airlines text from. Clinics "
    "and patients text with ordinary ten-digit numbers (10DLC). Write all ten digits."
)
EXTENSION = "This number has an extension. Texts need a mobile number without one."
ABROAD = "This number is outside the US and Canada, where our texts do not reach."
NOBODY = "No phone can have this number. Check the area code and the digits."
REFUSALS = frozenset(
    {EMPTY, NO_NUMBER, TOO_SHORT, TOO_LONG, SHORT_CODE, EXTENSION, ABROAD, NOBODY}
)

WHY = {
    NumberParseException.TOO_LONG: TOO_LONG,
    NumberParseException.TOO_SHORT_NSN: TOO_SHORT,
    NumberParseException.TOO_SHORT_AFTER_IDD: TOO_SHORT,
}


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can exist, as E.164: `+14155550134`."""

    e164: str


@dataclass(frozen=True, slots=True)
class NotAPhone:
    """Why not, as a sentence for a front desk; it never repeats the number."""

    why: str


def read(text: str) -> Phone | NotAPhone:
    """A US number unless it says otherwise.  Refuses rather than repairs; never raises.

    Valid is what libphonenumber's metadata calls valid, 555-01xx included.
    """
    usual = USUAL.fullmatch(text)
    if usual:
        area, exchange, line = usual.groups()
        why = _why_nobody(area + exchange)
        return NotAPhone(why) if why else Phone(f"+1{area}{exchange}{line}")
    if not text.strip():
        return NotAPhone(EMPTY)
    try:
        number = phonenumbers.parse(text, "US")
    except NumberParseException as error:
        return NotAPhone(WHY.get(error.error_type, NO_NUMBER))
    return _checked(number)


def e164(text: str) -> str:
    """Raises Invalid, with the sentence of a `NotAPhone`."""
    found = read(text)
    if isinstance(found, NotAPhone):
        raise Invalid(found.why)
    return found.e164


def shown(e164: str) -> str:
    """`(415) 555-0134` for +1 numbers, else the international form, else as given."""
    plain = PLAIN.fullmatch(e164)
    if plain:
        return "({}) {}-{}".format(*plain.groups())
    if not e164.startswith("+"):
        return e164  # a short code or a sender's name
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    return phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )


def masked(text: str) -> str:
    """`…34`, for logs.  Fewer than five digits are not shown at all."""
    digits = [char for char in text if char.isdecimal()]
    return "…" + "".join(digits[-2:] if len(digits) > 4 else ())


@lru_cache(maxsize=16384)
def _why_nobody(six: str) -> str:
    """ "" or why no phone of ours begins so.  The first six digits decide it, as a test
    proves of the library's patterns; asking it takes a hundred times as long."""
    number = PhoneNumber(country_code=1, national_number=int(six + "0000"))
    found = _checked(number)
    return "" if isinstance(found, Phone) else found.why


def _checked(number: PhoneNumber) -> Phone | NotAPhone:
    if number.extension:
        return NotAPhone(EXTENSION)
    if number.country_code != 1:
        return NotAPhone(ABROAD)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # By region alone, 3/10/1984 is a Canadian seven-digit number: ten digits first.
    region = phonenumbers.region_code_for_number(number)
    if (
        not PLAIN.fullmatch(e164)
        or region is None
        or not phonenumbers.is_valid_number_for_region(number, region)
    ):
        return NotAPhone(_what_is_wrong(number))
    return Phone(e164) if region in REACHED else NotAPhone(ABROAD)


def _what_is_wrong(number: PhoneNumber) -> str:
    digits = len(phonenumbers.national_significant_number(number))
    if digits == 10:
        return NOBODY
    if digits in SHORT_CODES:
        return SHORT_CODE
    return TOO_SHORT if digits < 10 else TOO_LONG
