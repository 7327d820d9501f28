"""I1 without webhooks: what the vendor never brought is found in its list."""

from concurrent.futures import ThreadPoolExecutor

from gateway.reconcile import reconcile
from tests.torture.scene import agree, phone_numbers

STOPS = 200


def test_stops_whose_webhook_never_came_are_applied_in_one_pass(
    database, cast, simulator, works, all_is_well
):
    phones = phone_numbers(STOPS)
    with database.writing() as session:
        agree(session, cast.maple.clinic_id, phones, works.heed.now())
    simulator.faults(lose_webhooks=1.0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda p: simulator.text(p, cast.maple.number, "STOP"), phones))

    done = reconcile(database, works.vendor, works.on_reply, works.heed.now())

    assert (done.replayed, done.failed) == (STOPS, 0)
    all_is_well([])
    again = reconcile(database, works.vendor, works.on_reply, works.heed.now())
    assert again.replayed == 0
