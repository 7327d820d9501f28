"""Which test asserts which requirement: read from the tests' own words.

A test names a requirement in its docstring, in its comments or in the table that it
goes through.  `python -m tests.naming` writes docs/requirements.md.
"""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1]
NAMED = re.compile(r"\bR(\d{1,3})\b")
SPAN = re.compile(r"\bR(\d{1,3})\s*(?:-|–|to)\s*R(\d{1,3})\b")
IN_NAME = re.compile(r"_r(\d{1,3})(?=_)")
LIST = PROJECT / "docs/requirements.csv"
DOCUMENT = PROJECT / "docs/requirements.md"


def named() -> dict[int, list[str]]:
    """Requirement to the tests that name it, as `tests/x/test_y.py::test_z`."""
    found: dict[int, list[str]] = {}
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        where = path.relative_to(PROJECT).as_posix()
        for name, numbers in _in_file(path.read_text("utf-8")):
            for number in numbers:
                found.setdefault(number, []).append(f"{where}::{name}")
    return found


def document() -> str:
    tests, lines = named(), []
    for number, says in requirements():
        shown = [f"`{one.removeprefix('tests/')}`" for one in tests.get(number, [])]
        lines.append(f"| R{number} | {says} | {'<br>'.join(shown) or 'none yet'} |")
    open_ones = sum(line.endswith("| none yet |") for line in lines)
    return "\n".join(
        [
            "# Requirements, and the tests that assert them",
            "",
            "Written by `python -m tests.naming` from the tests themselves; a test",
            f"compares. {len(lines) - open_ones} of {len(lines)} are named by a test.",
            "",
            "| | what it says | asserted by |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )


def requirements() -> list[tuple[int, str]]:
    rows = csv.DictReader(LIST.read_text("utf-8").splitlines())
    return [(int(row["requirement"][1:]), row["says"]) for row in rows]


def _in_file(source: str) -> Iterator[tuple[str, set[int]]]:
    tree, lines = ast.parse(source), source.splitlines()
    tables = {
        target.id: _numbers("\n".join(lines[node.lineno - 1 : node.end_lineno]))
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            numbers = _numbers("\n".join(lines[first - 1 : node.end_lineno]))
            numbers |= {int(one) for one in IN_NAME.findall(node.name)}
            for decorator in node.decorator_list:
                for part in ast.walk(decorator):
                    if isinstance(part, ast.Name):
                        numbers |= tables.get(part.id, set())
            yield node.name, numbers


def _numbers(text: str) -> set[int]:
    spans = (range(int(a), int(b) + 1) for a, b in SPAN.findall(text))
    return {int(one) for one in NAMED.findall(text)}.union(*spans)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
