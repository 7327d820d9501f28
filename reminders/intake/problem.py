"""What is wrong with a file or a row, where, and what to do: never an exception."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` is the line of the file, from 1; `column` the clinic's own heading, None
    for a whole line."""

    line: int
    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class UnusableFile:
    """Nothing of the file was read.  `rows` is how many it has, as far as known."""

    problems: tuple[Problem, ...]
    rows: int = 0
