import ast
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import cryptography
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from consent.pack import verify as rules
from consent.verify import shipped
from kernel.hashing import sha256_hex

PACK = Path(rules.__file__).parent
# A Python without site-packages: only its own library and `cryptography`, which needs
# cffi's one binary.  A real empty environment would cost a minute for each run.
BARE = """
import runpy, sys
sys.path.append(sys.argv.pop(1))
try:
    import rfc8785
except ImportError:
    pass
else:
    raise SystemExit("this Python is not bare")
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=12,
)


@pytest.fixture
def run(tmp_path):
    """`python verify.py …` with nothing but the standard library and cryptography."""
    lib = tmp_path / "lib"
    lib.mkdir()
    site = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", *(file.name for file in site.glob("*cffi*"))):
        os.symlink(site / name, lib / name)

    def call(script, *given):
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", BARE, lib, script, *given],
            capture_output=True,
            text=True,
            timeout=60,
            env={},
        )
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    return call


@given(value=JSON)
def test_its_canonical_json_is_that_of_rfc_8785(value):
    assert rules.canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [1.5, [2**53], {"a": float("nan")}, -(2**53)])
def test_numbers_that_two_programs_could_print_differently_are_refused(value):
    with pytest.raises(ValueError, match="no place in evidence"):
        rules.canonical(value)


def test_keys_are_ordered_by_utf_16_and_not_by_code_point():
    assert rules.canonical({"\ufb33": 1, "😀": 2, "\x80": 3}) == (
        '{"\x80":3,"😀":2,"\ufb33":1}'.encode()
    )


def test_an_auditor_can_read_it():
    source = (PACK / "verify.py").read_text()
    own = sys.stdlib_module_names | {"cryptography"}
    found = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source, feature_version=(3, 8)))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert len(source.splitlines()) <= 200
    assert found <= own


@pytest.mark.parametrize("name", ["verify.py", "README.txt"])
def test_what_is_shipped_is_in_the_list_of_all_that_ever_was(name):
    # Add a row to consent/data/pack_files.csv; never take one out: old packs must hold.
    assert sha256_hex((PACK / name).read_bytes()) in shipped()[name]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bare_python_verifies_the_pack_zipped_and_unpacked(run, pack, keys, tmp_path):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    script, key = folder / "verify.py", keys.current().public_base64

    for what in ([pack], [folder], []):
        status, out = run(script, *what)
        assert (status, "21 records" in out, key in out) == (0, True, True), out
        assert "Compare it" in out
        status, out = run(script, *what, "--key", key)
        assert (status, "Compare it" in out) == (0, False), out


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bare_python_names_what_was_changed(run, pack, members, packed, tmp_path):
    script, content = PACK / "verify.py", members(pack)
    other_key = "A" * 43 + "="
    changed = content["events.jsonl"].replace(b"@SUM", b"@MAX")

    assert run(script, pack, "--key", other_key)[0] == 1
    status, out = run(script, packed({**content, "events.jsonl": changed}))
    assert (status, out.split(": ")[0]) == (1, "BROKEN. record 8 (events.jsonl line 8)")
    status, out = run(script, packed({**content, "readable.csv": b"x"}))
    assert (status, out.startswith("BROKEN. readable.csv: was changed")) == (1, True)
    nothing = tmp_path / "nothing.zip"
    nothing.write_bytes(b"PK\x03\x04 no zip at all")
    for bad in (nothing, tmp_path / "absent.zip", Path(sysconfig.get_path("include"))):
        status, out = run(script, bad)
        assert (status, out.startswith("BROKEN.")) == (1, True), out


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hostile_names_play_no_trick_on_a_terminal(run, pack, members, packed):
    content = {**members(pack), "\x1b[2Jevil": b""}

    status, out = run(PACK / "verify.py", packed(content))

    assert (status, "\x1b" in out) == (1, False)
    assert "\\x1b[2Jevil" in out


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_stray_file_in_the_unpacked_folder_is_named(run, pack, tmp_path):
    folder = tmp_path / "unpacked"
    shutil.unpack_archive(pack, folder)
    (folder / "notes.txt").write_text("mine")

    status, out = run(folder / "verify.py")

    assert (status, out) == (1, "BROKEN. notes.txt: is not in the manifest.\n")
