import base64
import io
import json
import re
import struct
import zipfile
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import col, select

from clinics.models import StaffAction
from consent.evidence import export
from consent.views import packs
from tests.pages import visitor, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AUDITOR = "auditor@maple-dental.example"
HERE = "/audit/maple-dental/verify"


@pytest.fixture
def auditor(pages, ledger):
    return visitor(pages, AUDITOR)


@pytest.fixture
def good(pages, ledger, tmp_path, now):
    """A pack that this installation signed."""
    heed, out = pages.extensions["heed"], tmp_path / "good.zip"
    asked = {"slug": "maple-dental", "made_by": AUDITOR, "now": now}
    return export(heed.database, heed.keys, out=out, **asked).file.read_bytes()


def upload(visitor, content, name="pack.zip", **more):
    form = {"pack": (io.BytesIO(content), name), **more}
    answer = visitor.post(HERE, form, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # the client's own copy
    return answer


def repacked(content, **changed):
    """The same pack with other members, by an ordinary program."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**members, **changed})


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            if member is not None:
                archive.writestr(name, member)
    return file.getvalue()


def test_a_pack_of_ours_holds_in_every_step(auditor, good, database):
    page = words(upload(auditor, good))

    assert "Everything holds" in page
    assert "21 records of maple-dental : the whole ledger, without a gap" in page
    assert page.count(" holds ") == 5 + 1  # each step, and the heading
    with database.reading() as session:
        last = session.exec(
            select(StaffAction).order_by(col(StaffAction.id).desc())
        ).first()
    assert (last.action, last.subject) == ("verified a pack", "holds")


def state_of(page):
    """`hhb--`: each step holds, is broken or was not looked at."""
    signs = {"holds": "h", "does not hold": "b", "not looked at": "-"}
    ends = "(?:holds|does not hold|not looked at)"
    found = re.findall(r"</svg> (" + ends + r")</span>", page.get_data(as_text=True))
    return "".join(signs[one] for one in found)


def with_manifest(content, change):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    change(manifest)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    manifest["key"]["public_key"] = base64.b64encode(public).decode()
    raw = json.dumps(manifest).encode()
    changed = {"manifest.json": raw, "manifest.sig": key.sign(raw)}
    return repacked(content, **changed), manifest["key"]["public_key"]


def test_the_first_step_that_does_not_hold_is_named(auditor, good):
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        events = archive.read("events.jsonl")
        wording = next(name for name in archive.namelist() if "/" in name)
    broken = {
        b"no zip at all": ("The file is no ZIP file", "b----"),
        good[:-40]: ("The file is no ZIP file", "b----"),
        repacked(good, **{"manifest.sig": b"0" * 64}): ("was changed", "hb---"),
        repacked(good, **{"events.jsonl": events.replace(b"START", b"SMART")}): (
            "record 1 (events.jsonl line 1)",
            "hhb--",
        ),
        repacked(good, **{wording: b"other words"}): (wording, "hhhb-"),
        repacked(good, **{"more.txt": b"x"}): ("more.txt is not in", "hh-b-"),
        repacked(good, **{"readable.csv": None}): ("is missing", "hh-b-"),
    }

    for content, (where, steps) in broken.items():
        answer = upload(auditor, content)
        assert answer.status_code == 200
        assert where in words(answer), where
        assert state_of(answer) == steps, where
        assert "This pack does not hold" in words(answer)


def test_a_key_of_ones_own_is_compared(auditor, good, pages):
    own = pages.extensions["heed"].keys.current().public_base64
    foreign, theirs = with_manifest(good, lambda manifest: None)

    assert "Everything holds" in words(upload(auditor, good, key=f" {own} "))
    assert "not the key to trust" in words(upload(auditor, good, key=theirs))
    assert "not the key to trust" in words(upload(auditor, foreign))
    assert "Everything holds" in words(upload(auditor, foreign, key=theirs))


def test_a_program_in_a_pack_that_was_never_shipped_is_named(auditor, good):
    evil = b"print('everything holds')"

    def list_it(manifest):
        sums = {"sha256": sha256(evil).hexdigest(), "bytes": len(evil)}
        manifest["files"]["verify.py"] = sums

    content, key = with_manifest(good, list_it)
    answer = upload(auditor, repacked(content, **{"verify.py": evil}), key=key)

    assert "Do not run it" in words(answer)
    assert state_of(answer) == "hhhhb"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(auditor, good):
    bomb = zipped({"events.jsonl": b"\x00" * (64 << 20)})
    said = bytearray(good)  # a member that claims to be far larger than it is
    central = said.index(b"PK\x01\x02")
    for place in (said.index(b"PK\x03\x04") + 22, central + 24):
        struct.pack_into("<L", said, place, 0xFFFFFFFF)

    for content in (bomb, bytes(said)):
        answer = upload(auditor, content)
        assert "more than a pack needs" in words(answer)
        assert state_of(answer) == "b----"


def test_more_than_one_request_may_unpack_is_left_to_verify_py(
    auditor, good, monkeypatch
):
    monkeypatch.setattr(packs, "UNPACKED", 2000)

    answer = upload(auditor, good)

    assert packs.TOO_MUCH in words(answer)


def test_a_file_that_is_too_large_or_none_is_refused_with_a_sentence(
    auditor, monkeypatch
):
    nothing = auditor.post(HERE, {}, content_type="multipart/form-data")
    monkeypatch.setattr(packs, "MOST", 1 << 20)
    large = upload(auditor, b"0" * (2 << 20))

    assert nothing.status_code == 400
    assert packs.NO_FILE in words(nothing)
    assert large.status_code == 413
    assert "The most that can be uploaded is 1 MB" in words(large)


def test_more_than_a_megabyte_may_be_uploaded_here(auditor):
    answer = upload(auditor, b"0" * (3 << 20))

    assert answer.status_code == 200
    assert "is no ZIP file" in words(answer)


def test_a_form_without_the_token_is_refused_and_strangers_are_not_read(
    auditor, pages, good
):
    form = {"pack": (io.BytesIO(good), "pack.zip")}
    answer = auditor.client.post(HERE, data=form)
    stranger = visitor(pages).client.post(HERE, data={"pack": (io.BytesIO(good), "a")})
    desk = upload(visitor(pages, "desk@maple-dental.example"), good)

    assert (answer.status_code, stranger.status_code, desk.status_code) == (
        400,
        302,
        404,
    )


def test_a_hostile_file_name_does_nothing(auditor):
    name = "<script>alert(1)</script>\u202egpj.zip"

    page = upload(auditor, b"x", name).get_data(as_text=True)

    assert "<script>alert" not in page
    assert "\u202e" not in page
