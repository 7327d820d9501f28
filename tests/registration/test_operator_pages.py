import pytest
import sqlalchemy as sa
from sqlmodel import select

from clinics.access import add_staff, clinic_by_slug
from clinics.models import (
    Clinic,
    Role,
    Task,
    TaskKind,
    VendorAccount,
)
from clinics.tasks import open_task
from clinics.web import NOT_HERE
from registration.models import Campaign
from tests.conftest import NOW
from tests.pages import pages_app, visitor, words
from tests.registration.operating import OPERATOR, database_of, line_of


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def queries(pages, read):
    seen = []

    def note(*given):
        seen.append(given[2])

    # Events hold for the engine and for all that were made from it.
    engine = database_of(pages).reader
    sa.event.listen(engine, "before_cursor_execute", note)
    read()
    sa.event.remove(engine, "before_cursor_execute", note)
    return len(seen)


PAGES = (
    "/operator/",
    "/operator/clinics",
    "/operator/add-clinic",
    "/operator/clinics/maple-dental",
    "/operator/campaigns",
    "/operator/campaigns/maple-dental/maple-care",
    "/operator/campaigns/maple-dental/maple-care/att",
    "/operator/numbers",
)
CHANGES = (
    "/operator/add-clinic",
    "/operator/clinics/maple-dental",
    "/operator/clinics/maple-dental/account",
    "/operator/clinics/maple-dental/mended",
    "/operator/campaigns/maple-dental/maple-care/att",
    "/operator/campaigns/maple-dental/maple-care/ask",
    "/operator/numbers",
    "/operator/numbers/maple-dental/1/campaign",
    "/operator/numbers/maple-dental/1/who-replies",
)


def test_nobody_of_a_clinic_sees_or_changes_what_is_the_operators(pages):
    for who in ("desk", "admin", "auditor"):
        insider = visitor(pages, f"{who}@maple-dental.example")
        answers = [insider.get(path) for path in PAGES]
        answers += [insider.post(path) for path in CHANGES]

        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert all(NOT_HERE in words(answer) for answer in answers)


def test_one_glance_tells_which_clinic_needs_the_operator(pages, operator):
    with database_of(pages).writing() as writing:
        maple = clinic_by_slug(writing, "maple-dental").id
        account = writing.get_one(VendorAccount, maple)
        account.halted_since, account.halted_why = NOW, "error 20003"
        kind = TaskKind.vendor_account
        open_task(writing, maple, kind, "a", "The account is refused.", NOW)

    page = operator.get("/operator/clinics")

    text = words(page)
    assert text.index("Maple Dental") < text.index("Birch Eye Care")
    assert "Twilio refuses its account." in line_of(page, "Maple Dental")
    assert "error 20003" in line_of(page, "Maple Dental")
    assert "1 open" in line_of(page, "Maple Dental")
    assert "in order" in line_of(page, "Birch Eye Care")


def test_tasks_of_the_front_desk_are_not_the_operators(pages, operator):
    with database_of(pages).writing() as writing:
        maple = clinic_by_slug(writing, "maple-dental").id
        open_task(writing, maple, TaskKind.unsure_reply, "a", "Read this.", NOW)
        assert writing.exec(select(Task)).one()

    page = operator.get("/operator/clinics")

    assert "in order" in line_of(page, "Maple Dental")


def test_the_number_of_queries_does_not_grow_with_the_clinics(pages, operator):
    lists = ("/operator/clinics", "/operator/campaigns", "/operator/numbers")
    few = [queries(pages, lambda path=path: operator.get(path)) for path in lists]
    with database_of(pages).writing() as writing:
        brand = writing.exec(select(Campaign)).first().brand_id
        for one in range(200):
            clinic = Clinic(
                slug=f"clinic-{one}",
                legal_name=f"Clinic {one}",
                display_name=f"Clinic {one}",
                time_zone="America/Chicago",
                phone="+12065550199",
                created_at=NOW,
            )
            writing.add(clinic)
            writing.flush()
            writing.add(
                Campaign(
                    clinic_id=clinic.id,
                    brand_id=brand,
                    ref=f"care-{one}",
                    status_since=NOW,
                    use_case="ACCOUNT_NOTIFICATION",
                    description="d",
                    message_flow="m",
                    created_at=NOW,
                )
            )

    many = [queries(pages, lambda path=path: operator.get(path)) for path in lists]

    assert few == many
    assert min(few) > 1


def test_before_the_first_clinic_each_page_says_what_to_do_next(
    database, database_url, tmp_path
):
    with database.writing() as writing:
        add_staff(writing, email=OPERATOR, role=Role.operator, clinic=None, now=NOW)
    app = pages_app(database_url, tmp_path, NOW)
    operator = visitor(app, OPERATOR)

    seen = {
        name: words(operator.get(f"/operator/{name}"))
        for name in ("clinics", "campaigns", "numbers")
    }
    app.extensions["heed"].database.close()

    assert "No clinic yet" in seen["clinics"]
    assert "No campaign yet" in seen["campaigns"]
    assert "Look at the clinics" in seen["campaigns"]
    assert "No clinic yet" in seen["numbers"]
    assert "Add a clinic" in seen["numbers"]
