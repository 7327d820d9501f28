"""Does a page show whose it is: the name, the address and the phone of a brand."""

import re
from collections.abc import Sequence

from registration.submission import Address

LEGAL = re.compile(
    r"(?:,?\s+(?:llc|l\.l\.c|pllc|inc|incorporated|corp|corporation|co|ltd|llp|lp|pc|p\.c"
    r"|pa|p\.a|dds|dmd|md|o\.?d)\b\.?)+\s*$",
    re.I,
)
LETTERS = re.compile(r"[^a-z0-9]+")


def shows_name(text: str, names: Sequence[str]) -> bool:
    """Any of the names, with or without its legal form, however it is written."""
    shown = f" {_plain(text)} "
    wanted = [_plain(LEGAL.sub("", name)) for name in names]
    return any(f" {name} " in shown for name in wanted if name)


def shows_address(text: str, address: Address) -> bool:
    """The first two words of the street, which are its number and its name."""
    street = _plain(address.street).split()
    shown = f" {_plain(text)} "
    return bool(street) and f" {' '.join(street[:2])} " in shown


def shows_phone(text: str, phone: str) -> bool:
    digits = re.sub(r"\D", "", phone)[-10:]
    return len(digits) == 10 and digits in re.sub(r"[^\w]", "", text)


def _plain(text: str) -> str:
    text = text.casefold().replace("’", "").replace("'", "").replace("&", " and ")
    return LETTERS.sub(" ", text).strip()
