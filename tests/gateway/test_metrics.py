from pydantic import SecretStr

from clinics.models import TaskKind
from clinics.tasks import open_task
from gateway.metrics import Measured, measure
from tests.pages import visitor
from tests.torture.scene import queue

PAT = "+12065550111"


def figures(text):
    lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
    return {
        name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)
    }


def test_every_figure_comes_from_the_database(database, cast, now):
    with database.writing() as session:
        queue(session, cast.maple, PAT, now, count=3)
        open_task(session, cast.maple.clinic_id, TaskKind.wording, "a", "Do it.", now)

    found = figures(measure(database, now))

    assert found['heed_messages{state="due"}'] == 3
    assert found['heed_messages{state="unknown"}'] == 0
    assert found['heed_open_tasks{kind="wording"}'] == 1
    assert found['heed_open_tasks{kind="restored"}'] == 0
    assert found["heed_oldest_due_seconds"] == 0
    assert found["heed_backup_age_seconds"] == float("inf")
    number = f'heed_inbound_complete_age_seconds{{number_id="{cast.maple.number_id}"}}'
    assert found[number] == 0


def test_no_figure_names_a_person_a_phone_or_a_clinic(database, cast, now):
    with database.writing() as session:
        queue(session, cast.maple, PAT, now)

    text = measure(database, now).decode()

    for secret in (PAT, cast.maple.number, "5550111", "maple", cast.maple.account_sid):
        assert secret not in text


def test_a_second_scrape_at_once_asks_nothing(database, cast, now):
    measured = Measured(database)
    first = measured.text(now)

    with database.writing() as session:
        queue(session, cast.maple, PAT, now)

    assert measured.text(now) is first


SCRAPES = [
    ({}, "127.0.0.1", 200),
    ({}, "::1", 200),
    ({}, "203.0.113.9", 404),
    ({"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1", 404),
    ({"Forwarded": "for=203.0.113.9"}, "127.0.0.1", 404),
    ({"Authorization": "Bearer wrong"}, "203.0.113.9", 404),
    ({"Authorization": "Bearer of-this-test-only"}, "203.0.113.9", 200),
    ({"Authorization": "Bearer \xe9"}, "203.0.113.9", 404),
]


def test_only_this_machine_or_the_token_sees_figures(pages):
    heed = pages.extensions["heed"]
    token = {"metrics_token": SecretStr("of-this-test-only")}
    heed.settings = heed.settings.model_copy(update=token)
    seen = []

    for headers, address, _ in SCRAPES:
        asked = {"headers": headers, "environ_base": {"REMOTE_ADDR": address}}
        answer = visitor(pages).get("/metrics", **asked)
        shown = b"heed_build_info" in answer.data
        seen.append((headers, address, answer.status_code if shown else 404))

    assert seen == SCRAPES


def test_without_a_token_no_bearer_is_believed(pages):
    answer = visitor(pages).get(
        "/metrics",
        headers={"Authorization": "Bearer "},
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
    )

    assert answer.status_code == 404
