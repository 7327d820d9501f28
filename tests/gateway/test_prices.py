from datetime import date
from decimal import Decimal

import pytest

from gateway.prices import cost, dearest, in_words, price_of, prices, where_from
from kernel.carriers import Carrier
from kernel.settings import BadSetting, load


def test_every_carrier_has_a_price_with_its_day_and_its_source():
    assert set(prices()) == {"base", *Carrier}
    for price in prices().values():
        assert Decimal(0) < price.usd < Decimal("0.05")
        assert date.fromisoformat(price.seen_on) > date(2026, 1, 1)
        assert price.source


def test_a_segment_costs_twilios_price_and_the_carriers_fee():
    assert price_of(Carrier.att).usd == Decimal("0.0118")
    assert cost({Carrier.att: 10, Carrier.tmobile: 2}) == Decimal("0.1436")
    assert "May 26, 2026" in where_from(dearest())


def test_the_operators_own_price_takes_the_place_of_the_table():
    own = Decimal("0.02")

    assert cost({Carrier.att: 10}, own) == Decimal("0.20")
    assert "as the operator has set it" in where_from(price_of(Carrier.att, own))


@pytest.mark.parametrize(
    ("usd", "words"), [("0.0128", "1.3 cents"), ("0", "0.0 cents"), ("4.1", "$4.10")]
)
def test_a_price_reads_as_people_say_it(usd, words):
    assert in_words(Decimal(usd)) == words


@pytest.mark.parametrize("bad", ["cheap", "-1", "5", "NaN"])
def test_a_price_that_cannot_be_stops_the_start(bad):
    with pytest.raises(BadSetting, match="SEGMENT_PRICE"):
        load({"SEGMENT_PRICE": bad})
    assert load({"SEGMENT_PRICE": "0.0118"}).segment_price == Decimal("0.0118")
