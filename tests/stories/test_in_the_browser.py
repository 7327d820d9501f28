"""What people do with Heed, in a real browser, with a simulated vendor behind it."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from clinics.models import Language, Staff
from clinics.signin import new_password
from consent.disclosures import publish
from consent.standing import Word, line_state
from consent.verify import Broken, verify_pack
from registration.models import CarrierCell, WordingKind
from registration.status import Status
from registration.wordings import add as add_wording
from tests.browser import PHONE, window

PASSWORD = "four quiet green trees"
TINA, ALMA, VERA = "+12065550111", "+12065550112", "+12065550113"
MORNING = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # 10:00 in Los Angeles
AFTERNOON = datetime(2026, 11, 30, 23, 1, tzinfo=UTC)  # a day before the visits
VISITS = """\
appointment_id,patient_id,given_name,family_name,phone,language,date,time
1,p1,Tina,Mobile,(206) 555-0111,en,12/1/2026,3:00 PM
2,p2,Alma,Tand,206-555-0112,en,12/1/2026,3:00 PM
3,p3,Nora,Nobody,206-555-0114,en,12/1/2026,noon-ish
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    """The database is no part of these stories: SQLite alone."""
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.fixture
def base(town):
    kept = new_password(PASSWORD, "nobody@heed.example")
    with town.database.writing() as session:
        for staff in session.exec(select(Staff)):
            staff.password_hash = kept
    return town.works.heed.settings.public_base_url


def sign_in(shown, email: str) -> None:
    page = shown.go("/signin")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("button:has-text('Sign in')")
    page.wait_for_selector("nav[aria-label=Pages]", state="attached")


def agree(town) -> None:
    """Two patients texted START; AT&T is still looking at the campaign."""
    for phone, carrier in ((TINA, "tmobile"), (ALMA, "att")):
        town.vendor.phones([phone], carrier=carrier)
        town.hear(phone, town.cast.maple, "START")
    town.vendor.put("campaigns/maple-care/carriers/att", {"status": "REVIEW"})
    town.vendor.idle()
    town.tick()


def test_the_front_desks_first_day(town, base, chromium):
    agree(town)
    with window(chromium, base) as shown:
        page = shown.page

        sign_in(shown, "desk@maple-dental.example")
        assert "Reminders off" in shown.read()

        page.click("main a:has-text('Switch reminders on')")
        assert "There is no upcoming appointment" in shown.read()
        page.click("main button:has-text('Switch reminders on')")
        assert "Reminders are on." in shown.read()

        page.click("main a:has-text('Upload a list')")
        page.click("main a:has-text('Upload a list')")
        page.set_input_files("#file", {"name": "tomorrow.csv", **csv(VISITS)})
        page.click("button:has-text('Look it over')")
        assert "Line 4" in shown.read()
        page.click("button:has-text('Import 2 rows')")
        page.click("main a:has-text('To the visits')")
        assert "Tina Mobile" in shown.read()

        town.tick(AFTERNOON)
        shown.go("/desk/maple-dental/")
        assert "Password" in shown.read()  # five idle hours ended the sign-in
        sign_in(shown, "desk@maple-dental.example")
        today = shown.read()
        assert re.search(r"sent today\s+3", today)  # two answers to START, one reminder
        assert re.search(r"held\s+1", today)
        assert "AT&T has not yet approved this clinic's texts (REVIEW since" in held(
            page, "Alma Tand"
        )
        assert "your visit is Tue Dec 1 at 3:00 PM" in town.screen(TINA)[-1]
        assert not any("your visit" in text for text in town.screen(ALMA))

        town.hear(TINA, town.cast.maple, "I may be ten minutes late")
        page.click(".menu-open a:has-text('Inbox')")
        page.click("main a:has-text('Tina Mobile')")
        assert "I may be ten minutes late" in shown.read()
        page.click("button:has-text('Done')")
        assert "Nobody waits" in shown.read()

        town.hear(TINA, town.cast.maple, "STOP")
        page.click("main a:has-text('Look at all conversations')")
        page.click("main a:has-text('Tina Mobile')")
        assert "Done by desk@maple-dental.example" in shown.read()
        page.click("main a:has-text('Open the patient’s page')")
        assert "opted out" in shown.read().lower()
        assert shown.complaints == []


def csv(text: str) -> dict[str, object]:
    return {"mimeType": "text/csv", "buffer": text.encode()}


def held(page, name: str) -> str:
    row = page.locator("section:has(#held) li", has_text=name)
    return " ".join(row.inner_text().split())


def test_the_auditor_exports_and_verifies(town, base, chromium, tmp_path):
    agree(town)
    with window(chromium, base, accept_downloads=True) as shown:
        page = shown.page
        sign_in(shown, "auditor@maple-dental.example")

        page.click(".menu-open a:has-text('Export')")
        page.check("#scope-all")
        page.click("button:has-text('Make the pack')")
        for _ in range(60):
            if page.locator("button:has-text('Download')").count():
                break
            page.wait_for_timeout(250)
            page.reload()
        with page.expect_download() as waiting:
            page.click("button:has-text('Download')")
        pack = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(pack)

        page.click(".menu-open a:has-text('Verify')")
        page.set_input_files("#pack", pack)
        page.click("button:has-text('Check the pack')")
        good = shown.read()
        page.set_input_files("#pack", altered(pack))
        page.click("button:has-text('Check the pack')")
        bad = shown.read()
        page.click(".menu-open a:has-text('Staff actions')")

        assert pack.name.startswith("maple-dental-evidence-")
        keys = [key.public_base64 for key in town.works.heed.keys.signing]
        assert not isinstance(verify_pack(pack, keys), Broken)
        assert "Everything holds" in good
        assert "This pack does not hold" in bad
        assert "auditor@maple-dental.example" in shown.read()
        assert shown.complaints == []


def altered(pack: Path) -> Path:
    """One bit of the file is another."""
    content = bytearray(pack.read_bytes())
    content[len(content) // 3] ^= 1
    copy = pack.with_name("altered.zip")
    copy.write_bytes(content)
    return copy


WEB = {
    "en": "By ticking a box you agree to texts from Maple Dental. Msg frequency varies. "
    "Msg and data rates may apply. Reply STOP to opt out, HELP for help.",
    "es": "Al marcar una casilla acepta mensajes de texto de Maple Dental. La frecuencia "
    "varía. Pueden aplicarse tarifas. Responda STOP para no recibir más, HELP para ayuda.",
}


@pytest.mark.parametrize(
    ("language", "phone", "next_step", "asked"),
    [
        ("en", TINA, "One more step", "reply YES"),
        ("es", VERA, "Falta un paso", "responda"),
    ],
)
def test_a_patient_opts_in_on_a_phone(
    town, base, chromium, language, phone, next_step, asked
):
    maple = town.cast.maple
    town.vendor.phones([phone], carrier="tmobile")
    with town.database.writing() as session:
        for code, words in WEB.items():
            publish(session, maple.clinic_id, "web", code, words, MORNING)
        for kind, text in SPANISH.items():
            add_wording(
                session,
                maple.clinic_id,
                maple.campaign_id,
                kind,
                Language.es,
                text,
                MORNING,
            )
    plain = {"java_script_enabled": False, "size": PHONE}
    with window(chromium, base, **plain) as shown:
        page = shown.go(f"/c/maple-dental/opt-in?lang={language}")
        assert WEB[language] in shown.read()
        assert not page.is_checked("#care")
        page.fill("#phone", phone.removeprefix("+1"))
        page.check("#care")
        page.click("button")
        after = shown.read()
        assert shown.complaints == []

    town.tick()
    question = town.screen(phone)
    before = standing(town, phone)
    town.hear(phone, maple, "YES" if language == "en" else "SI")

    assert next_step in after
    assert len(question) == 1
    assert asked in question[0]
    assert before is Word.pending
    assert standing(town, phone) is Word.opted_in


SPANISH = {
    WordingKind.opt_in_request: "{clinic}: responda SI para recibir mensajes de sus "
    "citas. STOP para no recibir.",
    WordingKind.opt_in_confirmation: "{clinic}: recibira mensajes de sus citas. "
    "HELP para ayuda, STOP para no recibir mas.",
}


def standing(town, phone: str) -> Word:
    with town.database.reading() as session:
        return line_state(session, town.cast.maple.clinic_id, phone).word


def test_the_operator_moves_a_carrier_with_evidence(town, base, chromium):
    agree(town)
    with window(chromium, base) as shown:
        page = shown.page
        sign_in(shown, "operator@heed.example")

        page.click(".menu-open a:has-text('Campaigns')")
        page.click("main a:has-text('birch-care')")
        page.click("main a:has-text('Record what Verizon says')")
        page.check("#status-SUSPENDED")
        page.check("#sure")
        page.fill("#note", "Seen in the portal: suspended after complaints.")
        page.click("button:has-text('Record it')")
        refused = shown.read()
        evidence = {"name": "portal.png", "mimeType": "image/png", "buffer": PNG}
        page.set_input_files("#evidence", evidence)
        page.click("button:has-text('Record it')")

        assert "Nothing was recorded." in refused
        assert "SUSPENDED" in page.locator("section:has(#verizon)").inner_text()
        assert "portal.png" in shown.read()
        assert shown.complaints == []
    with town.database.reading() as session:
        cells = session.exec(
            select(CarrierCell).where(
                col(CarrierCell.campaign_id) == town.cast.birch.campaign_id,
                col(CarrierCell.status) == Status.SUSPENDED,
            )
        ).all()
    assert [cell.carrier.value for cell in cells] == ["verizon"]
    assert timedelta(0) <= town.works.heed.now() - cells[0].since < timedelta(hours=1)
