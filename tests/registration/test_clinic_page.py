import pytest
from sqlmodel import select

from clinics.access import clinic_by_slug, clinic_problems
from clinics.models import Clinic, Patient, VendorAccount
from tests.conftest import MAPLE_ACCOUNT, NOW
from tests.pages import visitor, words
from tests.registration.operating import (
    OPERATOR,
    database_of,
    last_action,
    line_of,
)

OAK = {
    "slug": "oak-skin",
    "legal_name": "Oak Skin Care, LLC",
    "display_name": "",
    "time_zone": "America/Denver",
    "phone": "(303) 555-0142",
}


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def test_a_clinic_is_added_and_shows_what_it_lacks(pages, operator):
    answer = operator.post("/operator/add-clinic", OAK)

    assert answer.status_code == 303
    assert answer.location == "/operator/clinics/oak-skin"
    assert last_action(pages) == (OPERATOR, "clinic added", "oak-skin")
    assert "Oak Skin Care, LLC is added." in words(operator.get(answer.location))
    line = line_of(operator.get("/operator/clinics"), "Oak Skin Care, LLC")
    for lack in ("no Twilio account", "no texting number", "no campaign"):
        assert f"It has {lack} yet." in line


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("slug", "Oak Skin", "cannot be a clinic's short name"),
        ("legal_name", " ", "The name is missing."),
        ("display_name", "Oak\u202eSkin", "a sign that cannot be seen"),
        ("display_name", "O" * 81, "The name is too long."),
        ("time_zone", "", "Choose the clinic's time zone."),
        ("time_zone", "Mars/Olympus", "no time zone"),
        ("phone", "12", "too few digits"),
    ],
)
def test_what_cannot_be_a_clinic_is_said_of_its_field(field, text, sentence):
    right = {**OAK, "display_name": "Oak"}

    found = clinic_problems({**right, field: text})

    assert clinic_problems(right) == {}
    assert list(found) == [field]
    assert sentence in found[field]


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("slug", "maple-dental", "There is a clinic 'maple-dental' already."),
        ("time_zone", "", "Choose the clinic's time zone."),
    ],
)
def test_a_refused_clinic_keeps_what_was_typed(pages, operator, field, text, sentence):
    answer = operator.post("/operator/add-clinic", {**OAK, field: text})

    assert answer.status_code in (400, 409)
    assert sentence in words(answer).replace("&#39;", "'")
    assert 'value="(303) 555-0142"' in answer.text
    with database_of(pages).reading() as reading:
        assert len(reading.exec(select(Clinic)).all()) == 2


def test_name_and_phone_change_and_the_zone_stays_once_there_are_patients(
    pages, operator
):
    given = {
        "display_name": "Maple Smiles",
        "time_zone": "America/Denver",
        "phone": "(303) 555-0142",
    }
    with database_of(pages).writing() as writing:
        maple = clinic_by_slug(writing, "maple-dental").id
        writing.add(
            Patient(
                clinic_id=maple,
                external_id="1",
                given_name="Pat",
                family_name="Lee",
                phone="+12065550111",
                updated_at=NOW,
            )
        )

    refused = operator.post("/operator/clinics/maple-dental", given)
    given["time_zone"] = "America/Los_Angeles"
    saved = operator.post("/operator/clinics/maple-dental", given)

    assert (refused.status_code, saved.status_code) == (400, 303)
    assert "The time zone stays" in words(refused)
    with database_of(pages).reading() as reading:
        clinic = clinic_by_slug(reading, "maple-dental")
    assert clinic.time_zone == "America/Los_Angeles"
    assert (clinic.display_name, clinic.phone) == ("Maple Smiles", "+13035550142")
    assert last_action(pages) == (OPERATOR, "clinic changed", "maple-dental")


def test_the_zone_may_be_mended_before_there_are_patients(pages, operator):
    given = {
        "display_name": "Maple Dental",
        "time_zone": "America/Denver",
        "phone": "(206) 555-0199",
    }

    operator.post("/operator/clinics/maple-dental", given)

    with database_of(pages).reading() as reading:
        assert clinic_by_slug(reading, "maple-dental").time_zone == "America/Denver"


def test_an_account_set_again_lifts_the_halt_and_its_token_is_shown_nowhere(
    pages, operator
):
    with database_of(pages).writing() as writing:
        maple = clinic_by_slug(writing, "maple-dental").id
        account = writing.get_one(VendorAccount, maple)
        account.halted_since, account.halted_why = NOW, "error 20003"
    secret = "a-token-nobody-may-read"
    before = words(operator.get("/operator/clinics/maple-dental"))

    given = {"sid": MAPLE_ACCOUNT, "token": secret}
    answer = operator.post("/operator/clinics/maple-dental/account", given)

    after = operator.get(answer.location)
    assert "No text leaves." in before
    assert "No text leaves." not in words(after)
    assert secret not in after.text
    with database_of(pages).reading() as reading:
        sealed = reading.get_one(VendorAccount, maple).token_sealed
    assert secret not in sealed
    assert last_action(pages)[1:] == (
        "Twilio account set",
        f"maple-dental {MAPLE_ACCOUNT}",
    )


def test_an_account_that_cannot_be_is_refused_without_showing_the_token(
    pages, operator
):
    tried = {
        ("nonsense", "a-secret-token"): "is no Twilio account",
        ("AC" + "c" * 32, ""): "token is missing",
        ("AC" + "b" * 32, "a-secret-token"): "another clinic's account",
    }

    for (sid, token), sentence in tried.items():
        given = {"sid": sid, "token": token}
        answer = operator.post("/operator/clinics/maple-dental/account", given)

        assert answer.status_code == 400
        assert sentence in words(answer).replace("&#39;", "'")
        assert "a-secret-token" not in answer.text


def test_an_account_mended_at_twilio_is_used_again_with_its_old_token(pages, operator):
    with database_of(pages).writing() as writing:
        maple = clinic_by_slug(writing, "maple-dental").id
        account = writing.get_one(VendorAccount, maple)
        account.halted_since, account.halted_why = NOW, "error 20003"
        sealed = account.token_sealed

    first = operator.post("/operator/clinics/maple-dental/mended")
    second = operator.post("/operator/clinics/maple-dental/mended")

    assert (first.status_code, second.status_code) == (303, 404)
    with database_of(pages).reading() as reading:
        account = reading.get_one(VendorAccount, maple)
    assert (account.halted_since, account.token_sealed) == (None, sealed)
