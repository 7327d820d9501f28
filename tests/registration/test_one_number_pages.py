import pytest

from registration.models import Campaign, SenderNumber
from tests.pages import visitor
from tests.registration.operating import OPERATOR, database_of, rows, told


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def test_a_number_shows_where_it_is_provisioned_and_since_when(pages, operator, cast):
    """R53: the flag per carrier, on the number's page and on the list."""
    page = f"/operator/numbers/maple-dental/{cast.maple.number_id}"
    plain = told(operator.get(page))
    with database_of(pages).writing() as session:
        session.get(Campaign, cast.maple.campaign_id).service_sid = "MG" + "1" * 32
    pending = told(operator.get(page))
    waiting = told(operator.get("/operator/numbers?of=maple-dental"))
    with database_of(pages).writing() as session:
        session.get(SenderNumber, cast.maple.number_id).registered = True
    ready = told(operator.get(page))
    listed = told(operator.get("/operator/numbers?of=maple-dental"))

    assert "cannot be asked without its Messaging Service" in plain
    assert pending.count("errors 30034 and 30035") == 3
    assert waiting.count("registration pending") == 3
    assert ready.count(" provisioned") == 3
    for carrier in ("AT&T", "T-Mobile", "Verizon"):
        assert f"{carrier} provisioned Permitted since Mon, Nov 30, 2026" in ready
        assert f"{carrier} yes" in listed
    assert "first text was permitted on Mon, Nov 30, 2026, 10:00 AM PST" in ready


def test_detaching_warns_and_asks_to_be_sure(pages, operator, cast):
    page = f"/operator/numbers/maple-dental/{cast.maple.number_id}"
    warned = told(operator.get(page))
    unsure = told(operator.get(operator.post(f"{page}/detach", {}).location))
    still = rows(pages, SenderNumber)[0].campaign_id
    sure = operator.post(f"{page}/detach", {"sure": "1"})

    assert "Attached again, its registration starts anew" in warned
    assert "Nothing was detached." in unsure
    assert still == cast.maple.campaign_id
    assert "is detached" in told(operator.get(sure.location))
    assert rows(pages, SenderNumber)[0].campaign_id is None
    assert "it serves no campaign" in told(operator.get(page)).lower()
