"""A portal's table taken into the cells: by the command, and by the page."""

import io
import json

import pytest
from sqlmodel import col, select

from clinics.models import StaffAction
from consent.models import Attachment
from kernel.carriers import Carrier
from registration.models import StatusEvent
from registration.workflow import cells
from tests.pages import visitor

OPERATOR = "operator@heed.example"
TABLE = """tcr_id,campaign,carrier,status,seen_at,note
CMAPLE1,,AT&T,SUSPENDED,2026-11-30T18:00Z,portal
CMAPLE1,,verizon,MNO_DANCING,2026-11-30T18:00Z,portal
,birch-care,T-Mobile,REVIEW,2026-11-30T18:00Z,portal
,nobody,T-Mobile,REVIEW,2026-11-30T18:00Z,portal
"""


def statuses(app, place):
    with app.extensions["heed"].database.reading() as session:
        found = cells(session, place.campaign_id)
    return {carrier.value: cell.status.value for carrier, cell in found.items()}


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "portal.csv"
    file.write_text(TABLE)
    return file


def command(app, *words):
    return app.test_cli_runner().invoke(args=["registration", "import-status", *words])


def test_the_command_tells_line_by_line_and_exits_1_for_a_refusal(pages, cast, table):
    done = command(pages, str(table), "--by", OPERATOR, "--json")

    told = json.loads(done.output)
    assert done.exit_code == 1
    assert [(one["line"], one["result"]) for one in told["lines"]] == [
        (2, "changed"),
        (3, "refused"),
        (4, "changed"),
        (5, "refused"),
    ]
    assert "MNO_DANCING" in told["lines"][1]["sentence"]
    assert statuses(pages, cast.maple) == {
        "att": "SUSPENDED",
        "tmobile": "ACTIVE",
        "verizon": "ACTIVE",
    }
    assert statuses(pages, cast.birch)["tmobile"] == "REVIEW"


def test_each_clinic_keeps_its_own_lines_as_evidence(pages, cast, table):
    """I7: no clinic's evidence shows another's lines."""
    command(pages, str(table), "--by", OPERATOR)

    with pages.extensions["heed"].database.reading() as session:
        kept = {one.clinic_id: one for one in session.exec(select(Attachment))}
        event = session.exec(
            select(StatusEvent).order_by(col(StatusEvent.id).desc())
        ).first()
        actions = session.exec(
            select(StaffAction).where(col(StaffAction.action) == "status import")
        ).all()
    assert b"birch" not in kept[cast.maple.clinic_id].content
    assert b"CMAPLE1" not in kept[cast.birch.clinic_id].content
    assert event.source.value == "imported"
    assert event.evidence == f"portal.csv sha256:{kept[cast.birch.clinic_id].sha256}"
    assert {action.clinic_id for action in actions} == set(kept)


def test_a_file_that_is_imported_twice_changes_nothing_more(pages, cast, table):
    command(pages, str(table), "--by", OPERATOR)
    again = command(pages, str(table), "--by", OPERATOR, "--json")

    results = [one["result"] for one in json.loads(again.output)["lines"]]
    assert results == ["confirmed", "refused", "confirmed", "refused"]


def test_nobody_but_an_operator_may_import(pages, cast, table):
    done = command(pages, str(table), "--by", "admin@maple-dental.example")

    assert done.exit_code == 1
    assert statuses(pages, cast.maple)["att"] == "ACTIVE"


def test_an_active_line_does_not_overrule_the_registry(pages, cast, tmp_path):
    heed = pages.extensions["heed"]
    from registration.status import Observation, Source, Status
    from registration.workflow import observe

    said = Observation(
        status=Status.REVIEW,
        raw="REVIEW",
        source=Source.tcr_poll,
        at=heed.now(),
        evidence="{}",
    )
    with heed.database.writing() as session:
        observe(session, cast.maple.campaign_id, Carrier.att, said)
    file = tmp_path / "portal.csv"
    file.write_text(
        "tcr_id,carrier,status,seen_at\nCMAPLE1,att,APPROVED,2026-11-30T18:00Z\n"
    )

    done = command(pages, str(file), "--by", OPERATOR)

    assert done.exit_code == 1
    assert statuses(pages, cast.maple)["att"] == "REVIEW"


def test_a_reference_that_two_clinics_have_needs_the_clinic(pages, cast, tmp_path):
    from registration.models import Campaign

    with pages.extensions["heed"].database.writing() as session:
        session.get(Campaign, cast.birch.campaign_id).ref = "maple-care"
    file = tmp_path / "portal.csv"
    file.write_text(
        "clinic,campaign,carrier,status,seen_at\n"
        ",maple-care,att,SUSPENDED,2026-11-30T18:00Z\n"
        "birch-eye,maple-care,att,SUSPENDED,2026-11-30T18:00Z\n"
        "maple-dental,CBIRCH1,att,SUSPENDED,2026-11-30T18:00Z\n"
    )

    done = command(pages, str(file), "--by", OPERATOR, "--json")

    results = [one["result"] for one in json.loads(done.output)["lines"]]
    assert results == ["refused", "changed", "refused"]
    assert statuses(pages, cast.maple)["att"] == "ACTIVE"


def test_the_page_takes_a_file_and_tells(pages, cast):
    operator = visitor(pages, OPERATOR)

    shown = operator.get("/operator/import-status")
    done = operator.post(
        "/operator/import-status",
        {"file": (io.BytesIO(TABLE.encode()), "portal.csv"), "provider": ""},
    )
    after = operator.get("/operator/import-status")

    assert (shown.status_code, done.status_code) == (200, 303)
    assert "4 line(s): 2 changed, 0 confirmed, 2 refused." in after.text
    assert "Line 3, CMAPLE1" in after.text
    assert statuses(pages, cast.maple)["att"] == "SUSPENDED"


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "Choose the CSV file"), (b"a,b\n1,2\n", "lacks the")]
)
def test_the_page_says_what_is_wrong_with_a_file(pages, cast, content, says):
    operator = visitor(pages, OPERATOR)

    wrong = operator.post(
        "/operator/import-status", {"file": (io.BytesIO(content), "portal.csv")}
    )

    assert wrong.status_code == 400
    assert says in wrong.text
