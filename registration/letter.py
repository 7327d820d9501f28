"""The letter of authorization (LOA) of one office number, as words and as PDF.

Pure but for the printing: who signs it and what it lets one do is
`registration.signing`.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from clinics.models import Clinic
from kernel import paper
from kernel.clock import local_time
from kernel.errors import Invalid
from kernel.hashing import canonical, sha256_hex
from kernel.phone import shown
from kernel.visible import visible
from registration.letter_words import LETTER
from registration.number_models import NumberMove

TEMPLATE = Path(__file__).parents[1] / "templates" / "registration" / "letter.typ"
WARNINGS = Path(__file__).with_name("data") / "number_warnings.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    clinic: str
    company: str
    service_address: str
    number: str  # E.164
    provider: str
    signer: str
    signer_title: str

    @property
    def sha256(self) -> str:
        """Of every word of the letter as it is to be signed."""
        return sha256_hex(canonical(printed(self)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """`at` is None for one on paper, whose scan is kept instead."""

    name: str
    title: str
    on: date
    at: datetime | None
    time_zone: str


def letter_of(move: NumberMove, clinic: Clinic) -> Letter | None:
    """None until its company, address and signer are known."""
    if not (
        move.company and move.service_address and move.signer and move.signer_title
    ):
        return None
    return Letter(
        clinic=clinic.display_name,
        company=move.company,
        service_address=move.service_address,
        number=move.phone,
        provider=move.provider,
        signer=move.signer,
        signer_title=move.signer_title,
    )


def printed(letter: Letter) -> dict[str, str]:
    """Every word of the letter."""
    names = {
        "company": visible(letter.company),
        "clinic": visible(letter.clinic),
        "provider": visible(letter.provider),
        "number": shown(letter.number),
        "moment": "{moment}",
        "sha256": "{sha256}",
    }
    said = {key: text.format(**names) for key, text in LETTER.items()}
    return {
        **{f"say_{key}": text for key, text in said.items()},
        "company": names["company"],
        "address": visible(letter.service_address),
        "number": names["number"],
        "provider": names["provider"],
        "signer": visible(letter.signer),
        "signer_title": visible(letter.signer_title),
    }


def pdf(letter: Letter, signature: Signature | None, at: datetime) -> bytes:
    """Without a signature, with lines to sign on.  Raises Invalid when it cannot be
    printed."""
    words = printed(letter)
    words["say_words"] = words["say_words"].format(sha256=letter.sha256[:16])
    words["by_link"] = words["date"] = words["signature"] = ""
    if signature is not None:
        on = signature.on
        words |= {
            "signer": visible(signature.name),
            "signature": visible(signature.name),
            "signer_title": visible(signature.title),
            "date": f"{on:%B} {on.day}, {on.year}",
        }
        if signature.at is not None:
            moment = local_time(signature.at, signature.time_zone)
            words["by_link"] = words["say_by_link"].format(moment=moment)
    try:
        return paper.compiled(TEMPLATE, words, at)
    except paper.TooLong:
        raise Invalid(
            "The letter does not fit on a page. Shorten the company's name or its "
            "address, as they stand on the phone bill."
        ) from None
    except paper.NoLetter:
        raise Invalid(
            "The letter has a sign that the printed typeface lacks. Write the names in "
            "Latin letters, as on the phone bill."
        ) from None


def no_letter_warning() -> tuple[str, str]:
    """What hosting without a letter costs, and who says so."""
    rows = csv.DictReader(WARNINGS.read_text(encoding="utf-8").splitlines())
    row = next(row for row in rows if row["key"] == "no_letter")
    return row["sentence"], row["source"]
