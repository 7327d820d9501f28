"""The dependency line, the sizes of files and who may import what."""

import ast
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LINE = ["kernel", "clinics", "consent", "registration", "gateway", "reminders", "demo"]
APART = "simulator"
OURS = {*LINE, APART, "app"}

# Which file names may touch which framework (architecture section 1).
FLASK = {"web.py", "views.py", "public.py", "webhooks.py", "cli.py", "signed_form.py"}
MAY_IMPORT = {
    "flask": lambda path: path.name in FLASK or path.parent.name == "views",
    "twilio": lambda path: (
        path.name
        in {"twilio_client.py", "twilio.py", "vendor_verified.py", "accounts.py"}
    ),
    "apscheduler": lambda path: path.name == "metronome.py",
}


def ours(package: str) -> list[Path]:
    return sorted((PROJECT / package).rglob("*.py"))


@cache
def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", LINE)
def test_imports_point_left_only(package: str) -> None:
    left = {*LINE[: LINE.index(package) + 1]}

    for path in ours(package):
        outside = (imported(path) & OURS) - left
        assert not outside, f"{path.relative_to(PROJECT)} imports {outside}"


def test_the_simulator_stands_apart() -> None:
    for path in ours(APART):
        assert not (imported(path) & OURS) - {APART}, path

    for package in LINE:
        for path in ours(package):
            assert APART not in imported(path), path


@pytest.mark.parametrize("framework", MAY_IMPORT)
def test_a_framework_is_touched_only_where_the_file_name_says_so(
    framework: str,
) -> None:
    for path in [path for package in LINE for path in ours(package)]:
        if framework in imported(path):
            assert MAY_IMPORT[framework](path), path.relative_to(PROJECT)


def test_no_file_is_longer_than_300_lines() -> None:
    long = {
        str(path.relative_to(PROJECT)): lines
        for suffix in ("py", "html", "css", "js")
        for path in PROJECT.rglob(f"*.{suffix}")
        if not {".venv", "var", "versions"} & set(path.relative_to(PROJECT).parts)
        if (lines := len(path.read_text().splitlines())) > 300
    }

    assert not long
