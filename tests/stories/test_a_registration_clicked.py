"""From an empty clinic to its first text, and the way back from a rejection, by clicks."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kernel.mirror import Mirror
from registration.draft_form import typed_of
from registration.submission import read_submission
from reminders.tick import watch_websites
from tests.browser import window
from tests.stories.registering import Typing, later, submission_file
from tests.stories.test_in_the_browser import (
    PASSWORD,
    base,
    csv,
    database_url,
    sign_in,
)

__all__ = ["base", "database_url"]  # fixtures

START = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
OPERATOR, ADMIN = "operator@heed.example", "admin@tidewater.example"
NAME = "Tidewater Family Dental, PLLC"
PAT = "+15035550111"
FLOW = "A card at the desk in Astoria shows the same words and the keyword START. "


@pytest.fixture
def typing(town, tmp_path):
    """Only its clock and its website are used here."""
    return Typing(town, tmp_path)


class Clicking:
    """The operator at the registration desk."""

    def __init__(self, shown, town, typing):
        self.shown, self.page = shown, shown.page
        self.town, self.typing = town, typing

    def days(self, days):
        """Time passes, and with it the sign-in."""
        self.typing.tick(later(START, days))
        self.page.context.clear_cookies()
        sign_in(self.shown, OPERATOR)

    def desk(self):
        self.page.click(".menu-open a:has-text('Registrations')")
        self.page.click("main a:has-text('tide-care')")
        return self.shown.read()

    def button(self, words, inside="main"):
        self.page.click(f"{inside} button:has-text('{words}')")

    def fill(self, **fields):
        for name, value in fields.items():
            self.page.fill(f"[name='{name}']", value)

    def looked_and_checked(self):
        """On the draft's page: the website is looked at, and the check is kept."""
        self.desk()
        self.page.click("main a:has-text('The draft with its checks')")
        self.page.click("section:has(#site) button")
        web = replace(self.town.works, web=Mirror(self.typing.site))
        watch_websites(web, self.town.works.heed.now())
        self.page.reload()
        assert "looked at" in self.shown.read()
        self.button("Keep this check")

    def write_draft(self, **changes):
        """The whole form is filled in from the clinic's papers."""
        file = submission_file(self.typing.folder, **changes)
        typed = typed_of(read_submission(file.read_bytes()))
        self.shown.whole()
        for name, value in typed.items():
            field = self.page.locator(f"[name='{name}']")
            if isinstance(value, bool):
                field.set_checked(value)
            elif field.count():
                field.fill(str(value))
        self.button("Save")

    def confirm_all(self):
        self.desk()
        self.fill(shown=NAME)
        confirm = "section:has(#intake) button:has-text('Confirm')"
        for _ in range(7):
            page = self.shown.whole()
            if page.locator(confirm).count():
                if page.locator("#shown").count():
                    page.fill("#shown", NAME)
                page.locator(confirm).first.click()
        assert (
            "7 of 7 confirmed" in self.shown.read() or "complete" in self.shown.read()
        )


def brought_in(click):
    """Clinic, draft, intake, fee, brand and checks: ready to be submitted."""
    page, shown = click.page, click.shown
    sign_in(shown, OPERATOR)
    page.click("main a:has-text('Add a clinic')")
    click.fill(legal_name=NAME, display_name="Tidewater Dental", slug="tidewater")
    page.fill("[name=phone]", "(503) 325-0199")
    page.select_option("[name=time_zone]", "America/Los_Angeles")
    click.button("Add")
    page.click(".menu-open a:has-text('Drafts')")
    page.select_option("#clinic", "tidewater")
    click.fill(ref="tide-care")
    click.button("Begin")
    page.click("main a:has-text('Change it by hand')")
    click.write_draft()
    click.confirm_all()
    click.fill(amount="250.00", on="2026-11-27", receipt="R-1001")
    click.button("Note the payment")
    assert "receipt R-1001" in shown.read()
    click.button("Register the brand")
    assert "The brand is with Twilio" in shown.read()
    click.days(0.1)
    assert "VERIFIED" in click.desk()
    click.looked_and_checked()


def test_from_an_empty_clinic_to_its_first_reminder(town, base, chromium, typing):
    """R2, R8, R49, R53, R116: every step has its page, and nothing is typed."""
    with window(chromium, base) as shown:
        click = Clicking(shown, town, typing)
        brought_in(click)
        assert "Everything is there" in click.desk()
        click.button("Submit it")
        assert "Handed in at Twilio" in shown.read()
        assert "PENDING" in shown.read()
        click.days(7)
        assert "REVIEW" in click.desk()
        shown.page.click(".menu-open a:has-text('Campaigns')")
        assert "now: AT&T" in shown.read()
        for days in (30, 30.01):
            click.days(days)
        assert "ACTIVE on all three" in click.desk()
        shown.page.click("main a:has-text('What its texts say')")
        click.button("Use the defaults")
        click.desk()
        shown.page.click("main a:has-text('Buy a number for it')")
        click.fill(area="503")
        click.button("Look for numbers")
        shown.page.locator("main button:has-text('Buy it')").first.click()
        assert "is connected" in shown.read()
        number = shown.page.locator("#list ~ ul h3 a").first.inner_text()
        first_text(click, town, number)
        assert shown.complaints == []


def first_text(click, town, number):
    """The clinic switches reminders on; a patient agrees; the reminder arrives."""
    page, shown = click.page, click.shown
    add_admin(town)
    click.days(30.02)
    phone = "+1" + "".join(sign for sign in number if sign.isdigit())
    town.vendor.phones([PAT], carrier="att")
    town.vendor.text(PAT, phone, "START")
    town.vendor.idle()
    page.context.clear_cookies()
    sign_in(shown, ADMIN)
    page.click(".menu-open a:has-text('Registration')")
    assert "Everything is done: texts can leave" in shown.read()
    page.click(".menu-open a:has-text('Reminders')")
    click.button("Switch reminders on")
    page.click(".menu-open a:has-text('Appointments')")
    page.click("main a:has-text('Upload a list')")
    day = later(START, 31.02).date().strftime("%m/%d/%Y")
    visits = (
        "appointment_id,patient_id,given_name,family_name,phone,language,date,time\n"
        f"1,p1,Pat,Harbor,(503) 555-0111,en,{day},3:00 PM\n"
    )
    page.set_input_files("#file", {"name": "tomorrow.csv", **csv(visits)})
    click.button("Look it over")
    click.button("Import 1 row")
    typed = click.typing
    typed.tick(later(START, 30.24))
    assert any("your visit is" in body for body in town.screen(PAT)), town.screen(PAT)


def add_admin(town):
    from clinics.access import add_staff, clinic_by_slug
    from clinics.models import Role
    from clinics.signin import new_password

    with town.database.writing() as session:
        staff = add_staff(
            session,
            email=ADMIN,
            role=Role.clinic_admin,
            clinic=clinic_by_slug(session, "tidewater"),
            now=START,
        )
        staff.password_hash = new_password(PASSWORD, ADMIN)


@pytest.mark.slow  # typed in every run; by clicks in `make torture`
def test_a_rejection_is_mended_and_handed_in_again(town, base, chromium, typing):
    """R60, R106, R107, R108, R110: the code, the fixes, the clinic is told, ACTIVE."""
    with window(chromium, base) as shown:
        click = Clicking(shown, town, typing)
        page = shown.page
        brought_in(click)
        click.desk()
        click.button("Submit it")
        declined = {"status": "DECLINED", "code": 30909, "fields": ["MESSAGE_FLOW"]}
        town.vendor.put(f"campaigns/{sid_of(town)}/dca", declined)
        click.days(1)
        told = click.desk()
        assert "30909" in told
        assert "to be mended" in told
        assert "Not mended yet" in told
        click.button("Tell the clinic on its page")
        page.click("main a:has-text('The draft with its checks')")
        page.click("main a:has-text('Change it by hand')")
        flow = page.locator("[name='campaign.message_flow']")
        flow.fill(
            flow.input_value().replace("A text then asks", f"{FLOW}A text then asks")
        )
        click.button("Save")
        click.desk()
        page.fill("section:has(#rejections) [name=evidence]:not([type=file])", "see it")
        click.button("Mended", "section:has(#rejections)")
        click.looked_and_checked()
        assert "Hand it in again" in click.desk()
        click.button("Hand it in again")
        assert "version 2" in shown.read()
        for days in (8, 35, 35.01):
            click.days(days)
        assert "ACTIVE on all three" in click.desk()
        assert shown.complaints == []


def sid_of(town):
    from sqlmodel import select

    from registration.models import Campaign

    with town.database.reading() as session:
        rows = session.exec(select(Campaign).where(Campaign.ref == "tide-care"))
        return rows.one().usa2p_sid
