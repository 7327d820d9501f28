"""Prints one of our templates as PDF or as a picture, with the same letters on every
machine: the same words and day give the same bytes.  Knows no words of its own.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst


class TooLong(Exception):
    """The words do not fit in letters that can be read."""


class NoLetter(Exception):
    """The typeface lacks a letter, so it would be an empty box on paper."""


def compiled(
    template: Path,
    words: Mapping[str, Any],
    at: datetime,
    file: Literal["pdf", "png"] = "pdf",
) -> bytes:
    """`at` is the day that the file names.  Raises TooLong or NoLetter."""
    try:
        made = typst.compile(
            str(template),
            root=str(template.parent),
            ignore_system_fonts=True,  # the same letters on every machine
            format=file,
            ppi=110,
            pdf_standards="ua-1" if file == "pdf" else None,  # read aloud in order
            sys_inputs={"sheet": json.dumps(words)},
            # The words make it, not the day; typst takes whole seconds only.
            timestamp=at.replace(microsecond=0),
        )
    except typst.TypstError as mistake:
        if "too long" in str(mistake):
            raise TooLong from None
        if "could not be displayed" in str(mistake):
            raise NoLetter from None
        raise
    return bytes(made)
