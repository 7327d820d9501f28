"""Written down at the desk: a signed form, a spoken yes, a spoken STOP, a signature."""

import io

import pytest
import sqlalchemy as sa
from sqlmodel import col, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from clinics.models import Language, Patient
from consent.models import EventKind, Grade, ImportAttestation, Topic
from consent.record import opt_in, opt_out
from consent.standing import Word
from kernel.hashing import sha256_hex
from tests.conftest import PAT
from tests.pages import visitor, words
from tests.reminders.desk import (
    ADMIN,
    BIRCH,
    DESK,
    LIST,
    PDF,
    actions,
    database,
    form,
    id_of,
    of,
    said,
    word,
)


def test_a_signed_form_lets_texts_leave_and_the_scan_can_be_looked_at(here, cast):
    desk = visitor(here, DESK)

    answer = desk.post(of(here, "Pat", "/paper"), form(here, cast)["paper"])
    page = desk.get(answer.location)
    scan = desk.get(f"/desk/maple-dental/scans/{sha256_hex(PDF)}")

    assert word(here, cast) is Word.opted_in
    assert "On a signed form of Nov 30, 2026" in words(page)
    assert f"written down by {DESK}" in words(page)
    assert (scan.data, scan.mimetype) == (PDF, "application/pdf")
    assert scan.headers["Content-Disposition"].startswith("attachment;")
    assert (
        scan.headers["Content-Security-Policy"]
        == "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
    assert scan.headers["X-Content-Type-Options"] == "nosniff"
    assert actions(here)[-1] == "paper opt-in"


GUARDIAN = {
    "for_patient": "1",
    "guardian": "Kim <b>Alder</b>",
    "relation": "parent",
}


@pytest.mark.parametrize("way", ["paper", "verbal"])
def test_a_parent_signs_or_says_yes_for_the_patient(here, cast, way):
    desk = visitor(here, DESK)

    answer = desk.post(of(here, "Pat", f"/{way}"), form(here, cast, **GUARDIAN)[way])
    page = words(desk.get(answer.location))

    assert word(here, cast) is Word.opted_in
    assert "for the patient by Kim &lt;b&gt;Alder&lt;/b&gt; (parent)" in page


@pytest.mark.parametrize("way", ["paper", "verbal"])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"guardian": " "}, "Write the name of the parent or guardian"),
        ({"relation": ""}, "Choose what they are to the patient"),
        ({"for_patient": None}, "Tick that they signed or said yes"),
    ],
)
def test_half_a_guardian_is_refused_and_what_was_typed_stays(
    here, cast, way, changes, sentence
):
    given = form(here, cast, **GUARDIAN)[way] | changes
    given = {name: value for name, value in given.items() if value is not None}

    answer = visitor(here, DESK).post(of(here, "Pat", f"/{way}"), given)

    assert answer.status_code == 400
    assert sentence in words(answer)
    assert '<details class="mb-3" open>' in answer.get_data(as_text=True)
    assert word(here, cast) is Word.none


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scan": (io.BytesIO(b"<script>"), "form.pdf")}, "no PDF, JPEG or PNG"),
        ({"scan": ""}, "There is no scan"),
        ({"signed_on": "2026-12-01"}, "still to come"),
        ({"signed_on": "soon"}, "the day on which"),
        ({"care": None}, "Nothing is ticked"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_form_lacks_is_said(here, cast, changes, sentence):
    typed = form(here, cast, **changes)["paper"]
    given = {name: value for name, value in typed.items() if value is not None}

    answer = visitor(here, DESK).post(of(here, "Pat", "/paper"), given)

    assert answer.status_code == 400
    assert sentence in words(answer)
    assert word(here, cast) is Word.none


MULTIPART = "multipart/form-data; boundary="


def test_a_form_of_three_megabytes_is_kept(here, cast):
    desk, scan = visitor(here, DESK), io.BytesIO(PDF + b" " * 3 * 2**20)
    typed = form(here, cast, scan=FileStorage(scan, "a.pdf"), csrf_token=desk.token)
    boundary, body = encode_multipart(typed["paper"])  # in memory

    answer = desk.client.post(
        of(here, "Pat", "/paper"), data=body, content_type=MULTIPART + boundary
    )

    assert answer.status_code == 302
    assert word(here, cast) is Word.opted_in


def test_only_the_form_with_a_scan_may_be_large_and_no_larger_than_5_mb(here):
    desk, megabyte = visitor(here, DESK).client, b"x" * 2**20

    for page, size in ((of(here, "Pat", "/paper"), 6), (f"{LIST}/new", 2)):
        answer = desk.post(page, data=megabyte * size, content_type=MULTIPART + "a")
        assert answer.status_code == 413
        assert f"{size - 1} MB" in words(answer)


def test_a_spoken_yes_is_recorded_after_the_script_was_read(here, cast):
    desk = visitor(here, DESK)
    typed = form(here, cast)["verbal"]
    unread = {name: value for name, value in typed.items() if name != "said_yes"}

    page = desk.get(of(here, "Pat", "/verbal"))
    refused = desk.post(of(here, "Pat", "/verbal"), unread)
    answer = desk.post(of(here, "Pat", "/verbal"), typed)

    assert "May we text you? (verbal)" in words(page)
    assert (refused.status_code, answer.status_code) == (400, 302)
    assert word(here, cast) is Word.opted_in
    assert actions(here)[-1] == "verbal opt-in"


@pytest.mark.parametrize(("who", "shown"), [(DESK, False), (ADMIN, True)])
def test_the_hash_of_the_words_is_not_the_desks_business(here, cast, who, shown):
    visitor(here, DESK).post(of(here, "Pat", "/verbal"), form(here, cast)["verbal"])

    page = words(visitor(here, who).get(of(here, "Pat")))

    assert "Under these words: verbal" in page
    assert ("SHA-256" in page) is shown


def test_a_stop_told_to_staff_stops_everything(here, cast):
    desk = visitor(here, DESK)
    said(here, cast, opt_in, Topic.care, Grade.proven, {})
    path = f"{LIST}/by-phone/{PAT}/stop"

    assert "Stop texting (206) 555-0111" in words(desk.get(path))
    assert word(here, cast) is Word.opted_in
    assert desk.post(path, {"where": "somewhere"}).status_code == 400
    answer = desk.post(path, {"where": "desk", "how": "No more, please"})

    assert word(here, cast) is Word.opted_out
    page = words(desk.get(of(here, "Pat")))
    assert answer.location == f"{LIST}/by-phone/{PAT}"
    assert "Told to staff at the desk: “No more, please”" in page
    assert "Only a later yes of the patient undoes this." in page
    assert "may still block it" not in page
    assert actions(here)[-1] == "spoken stop"


def test_a_stop_from_the_phone_says_that_the_vendor_may_block_too(here, cast):
    said(here, cast, opt_out, {"method": "text message", "words": "STOP"})

    page = words(visitor(here, DESK).get(of(here, "Pat")))

    assert "To get texts again: ask the patient to text START to (206) 555-0100" in page
    assert (
        "a spoken yes, allows us to text, but the phone company may still block" in page
    )


def test_without_a_script_the_admin_publishes_one_and_the_desk_asks_the_admin(
    here, cast
):
    with database(here).writing() as writing:
        writing.connection().execute(
            sa.update(Patient)
            .where(col(Patient.given_name) == "Pat")
            .values(language=Language.es)
        )
    path = of(here, "Pat", "/wordings/verbal")
    desk, admin = visitor(here, DESK), visitor(here, ADMIN)

    assert "Ask your clinic admin" in words(desk.get(of(here, "Pat", "/verbal")))
    assert desk.post(path, {"text": "¿Podemos?"}).status_code == 404
    assert "Publish these words" in words(admin.get(of(here, "Pat", "/verbal")))
    assert admin.post(path, {"text": " "}).status_code == 400
    assert admin.post(path, {"text": "May we text you? (verbal)"}).status_code == 400
    assert admin.post(path, {"text": "¿Podemos?"}).location == of(
        here, "Pat", "/verbal"
    )
    assert "¿Podemos?" in words(desk.get(of(here, "Pat", "/verbal")))


def test_the_admin_signs_for_imports_and_the_desk_reads_it(here, cast):
    desk, admin = visitor(here, DESK), visitor(here, ADMIN)
    told = {"told": "Told on the registration form since 2024."}

    assert desk.post(f"{LIST}/imports", {**told, "sure": "1"}).status_code == 404
    assert admin.post(f"{LIST}/imports", told).status_code == 400
    assert admin.post(f"{LIST}/imports", {"told": " ", "sure": "1"}).status_code == 400
    assert admin.post(f"{LIST}/imports", {**told, "sure": "1"}).status_code == 302

    page = words(desk.get(f"{LIST}/imports"))
    assert "Told on the registration form since 2024." in page
    assert "Your clinic admin signs here" in page
    with database(here).reading() as session:
        (signed,) = session.exec(select(ImportAttestation)).all()
    assert signed.signed_by == ADMIN


def test_a_vendors_block_is_told_as_such(here, cast):
    said(here, cast, _blocked, {"code": "21610"})

    page = words(visitor(here, DESK).get(of(here, "Pat")))

    assert "Twilio blocks texts to this phone" in page
    assert "may still block it" in page


def _blocked(session, clinic_id, phone, facts, now):
    return opt_out(session, clinic_id, phone, facts, now, EventKind.vendor_block)


OF_SAM = ("", "/edit", "/paper", "/verbal")


def test_another_clinics_desk_and_patients_do_not_exist_here(here, cast):
    maple, birch = visitor(here, DESK), visitor(here, BIRCH)
    maple.post(of(here, "Pat", "/paper"), form(here, cast)["paper"])
    scan = f"scans/{sha256_hex(PDF)}"
    sam = f"{LIST}/{id_of(here, 'Sam')}"

    for page in ("", "/new", "/imports", f"/by-phone/{PAT}", f"/by-phone/{PAT}/stop"):
        assert birch.get(f"{LIST}{page}").status_code == 404
    for page in OF_SAM:
        assert maple.get(f"{sam}{page}").status_code == 404
        assert birch.get(of(here, "Pat", page)).status_code == 404
    assert maple.get(f"/desk/maple-dental/{scan}").status_code == 200
    assert birch.get(f"/desk/maple-dental/{scan}").status_code == 404
    assert birch.get(f"/desk/birch-eye/{scan}").status_code == 404
    typed = form(here, cast)
    full = {"given_name": "X", "phone": PAT, "seen": "", "where": "desk"}
    for page in ("/edit", "/paper", "/verbal"):
        given = {**full, **typed.get(page[1:], {})}
        assert maple.post(f"{sam}{page}", given).status_code == 404
    publishing = visitor(here, ADMIN).post(
        f"{sam}/wordings/paper", {"text": "We text."}
    )
    assert publishing.status_code == 404
    assert "Sam" not in words(maple.get(LIST))
