"""What the words of other providers' portals mean in our five.

A word counts for the provider that is named; without one, only where all who use it
mean the same.  ACTIVE without a provider means nothing: at TCR it says "exists" (RT1).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from registration.status import Status

BARE_ACTIVE = (
    "ACTIVE alone says nothing of a carrier: at The Campaign Registry it only means that "
    "the campaign exists. Name the provider whose word it is."
)


@dataclass(frozen=True, slots=True)
class Unread:
    """The word is kept and changes nothing."""

    why: str


def portal_status(word: str, provider: str = "") -> Status | Unread:
    spoken, who = _folded(word), provider.strip().casefold()
    if who and who not in providers():
        known = ", ".join(sorted(providers()))
        return Unread(f"'{provider}' is no provider that is known. Known are {known}.")
    meant = {
        status
        for (name, known_word), status in _words().items()
        if known_word == spoken and who in ("", name)
    }
    if not who and spoken == Status.ACTIVE:
        return Unread(BARE_ACTIVE)
    if len(meant) == 1:
        return meant.pop()
    if meant:
        return Unread(
            f"Providers mean different things by '{word}'. Name the provider."
        )
    return Unread(
        f"'{word}' is no status that is known. Look at the portal and record it by hand."
    )


def providers() -> frozenset[str]:
    return frozenset(name for name, _ in _words())


def _folded(word: str) -> str:
    return "_".join(word.upper().replace("-", " ").replace("_", " ").split())


@cache
def _words() -> Mapping[tuple[str, str], Status]:
    path = files("registration").joinpath("data/portal_words.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return {(row["provider"], row["word"]): Status(row["status"]) for row in rows}
