import json
from datetime import timedelta

import pytest

from clinics.models import Task, TaskKind
from consent.disclosures import publish
from consent.models import Topic
from consent.signed_receipt import NotHeld, read_receipt
from gateway.deciding import Verdict, decide
from tests.conftest import NOW, PAT
from tests.gateway.own_pages import WORDS, agrees, heed_of, link, look, press
from tests.gateway.signing_up import events, fill_in, later, leaves, rows, texts
from tests.pages import visitor, words
from tests.reminders.queries import queries_of

DESK = "desk@maple-dental.example"


@pytest.fixture
def path(pages, cast):
    """Pat agreed, and has a link."""
    agrees(pages, cast.maple)
    return link(pages, cast.maple)


def test_the_receipt_has_the_exact_words_their_hash_and_how_to_stop(pages, cast, path):
    with heed_of(pages).database.writing() as writing:  # newer words change no receipt
        publish(writing, cast.maple.clinic_id, "keyword", "en", "New words.", NOW)

    page = look(pages, f"{path}/receipt")

    told = words(page)
    (_, facts) = events(pages, cast.maple)[0]
    assert "&lt;Not a condition&gt;" in page.get_data(as_text=True)
    assert "I agree to texts from Maple Dental. STOP ends them." in told
    assert f"SHA-256 of these words: {facts['disclosure_sha256']}" in told
    assert "You agreed: Mon, Nov 30, 2026, 10:00 AM PST , by text from this" in told
    assert "Reply STOP to any text" in told
    assert "Reply HELP to any text, or call (206) 555-0199" in told


def test_a_web_form_that_was_confirmed_shows_the_words_of_the_form(open_form, cast):
    fill_in(open_form)
    leaves(open_form)
    texts(open_form, cast.maple, "YES")

    told = words(look(open_form, f"{link(open_form, cast.maple)}/receipt"))

    assert "on the web form, confirmed by text" in told
    assert "I agree to texts from Maple Dental. Reply STOP to opt out." in told


def test_after_a_stop_the_receipt_says_both(pages, cast, path):
    later(pages, days=1)
    press(pages, f"{path}/stop")

    told = words(look(pages, f"{path}/receipt"))

    assert "You agreed: Mon, Nov 30, 2026" in told
    assert "Stopped since Tue, Dec 1, 2026, 10:00 AM PST , on this page." in told


def test_without_any_consent_the_receipt_says_so(pages, cast):
    told = words(look(pages, f"{link(pages, cast.maple)}/receipt"))

    assert "Nothing is on record that you agreed to." in told
    assert "You agreed:" not in told


def test_words_that_nobody_kept_are_not_made_up(pages, cast):
    agrees(pages, cast.maple, disclosure_sha256=None)

    told = words(look(pages, f"{link(pages, cast.maple)}/receipt"))

    assert "did not keep which words you were shown" in told
    assert WORDS[cast.maple.number] not in told


def test_words_of_another_clinic_are_not_shown(pages, cast, path):
    (_, facts) = events(pages, cast.maple)[0]
    agrees(pages, cast.birch, disclosure_sha256=facts["disclosure_sha256"])

    told = words(look(pages, f"{link(pages, cast.birch)}/receipt"))

    assert "did not keep which words you were shown" in told
    assert "Maple" not in told


def test_a_wish_at_one_clinic_is_none_at_the_other(pages, cast, path):
    theirs = link(pages, cast.birch)

    press(pages, f"{theirs}/erase")
    before = words(look(pages, f"{path}/receipt"))
    press(pages, f"{path}/erase")

    assert "You asked for this" not in before
    places = [task.clinic_id for task in erase_tasks(pages)]
    assert places == [cast.birch.clinic_id, cast.maple.clinic_id]


def trusted(pages):
    return [key.public_base64 for key in heed_of(pages).keys.signing]


def test_the_saved_receipt_is_signed_and_names_no_number(pages, cast, path):
    answer = look(pages, f"{path}/receipt.json")

    receipt = read_receipt(answer.data, trusted(pages))
    assert (
        'filename="maple-dental-receipt.json"' in answer.headers["Content-Disposition"]
    )
    assert (receipt["clinic"], receipt["phone_ends_in"]) == ("maple-dental", "11")
    assert receipt["now"] == {"care": "opted_in"}
    (agreed,) = receipt["agreed"]
    assert agreed["wording"] == WORDS[cast.maple.number]
    assert agreed["at"] == "2026-11-30T18:00:00.000000Z"
    assert "5550111" not in answer.get_data(as_text=True)


def changed(signed, key, value):
    return json.dumps({**signed, key: value}).encode()


def test_a_receipt_that_was_changed_does_not_hold(pages, path):
    content = look(pages, f"{path}/receipt.json").data
    signed = json.loads(content)
    receipt = signed["receipt"]
    broken = [
        content.replace(b"opted_in", b"opted_out"),
        changed(signed, "receipt", {**receipt, "clinic": "birch-eye"}),
        changed(signed, "receipt", {**receipt, "more": 1}),
        changed(signed, "receipt", {**receipt, "more": 1.5}),
        changed(signed, "receipt", {**receipt, "more": 10**40}),
        changed(signed, "receipt", [receipt]),
        changed(signed, "signature", signed["signature"][::-1]),
        changed(signed, "signature", 7),
        changed(signed, "signature", "zz"),
        *(b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000),
    ]

    for one in broken:
        assert isinstance(read_receipt(one, trusted(pages)), NotHeld), one[:80]
    assert isinstance(read_receipt(content, ["A" * 43 + "="]), NotHeld)
    assert isinstance(read_receipt(content, ["no key"]), NotHeld)
    assert isinstance(read_receipt(content, []), NotHeld)
    assert read_receipt(content, trusted(pages)) == receipt


def test_the_command_checks_a_receipt(pages, path, tmp_path):
    file = tmp_path / "receipt.json"
    file.write_bytes(look(pages, f"{path}/receipt.json").data)
    ask = pages.test_cli_runner().invoke

    good = ask(args=["consent", "receipt", str(file)])
    file.write_text(file.read_text().replace("maple", "birch"))
    bad = ask(args=["consent", "receipt", str(file), "--json"])

    assert good.exit_code == 0
    assert "Everything holds: maple-dental signed on 2026-11-30T18:00" in good.output
    assert bad.exit_code == 1
    assert json.loads(bad.output)["holds"] is False


def erase_tasks(pages):
    return [one for one in rows(pages, Task) if one.kind is TaskKind.erase_request]


def test_a_wish_to_delete_is_one_task_with_who_asked(pages, cast, path):
    other = link(pages, cast.maple)

    answer = press(pages, f"{path}/erase")
    for page in (path, other):
        press(pages, f"{page}/erase")

    assert answer.location == f"{path}/receipt?lang=en"
    (task,) = erase_tasks(pages)
    assert (task.clinic_id, task.phone) == (cast.maple.clinic_id, PAT)
    assert task.due_at - NOW == timedelta(days=30)
    assert PAT not in task.dedupe_key
    told = words(look(pages, f"{path}/receipt"))
    assert "You asked for this on Mon, Nov 30, 2026" in told
    assert "Ask the clinic to delete my data" not in told
    assert len(events(pages, cast.maple)) == 1  # it is no STOP


def test_the_desk_settles_it_and_it_can_be_asked_again(pages, path):
    press(pages, f"{path}/erase")
    (task,) = erase_tasks(pages)
    listed = words(visitor(pages, DESK).get("/desk/maple-dental/tasks"))
    with heed_of(pages).database.writing() as writing:
        decide(writing, task.clinic_id, task.id, Verdict.done, DESK, "done", NOW)
    later(pages, minutes=1)

    before = words(look(pages, f"{path}/receipt"))
    press(pages, f"{path}/erase")

    assert "Delete a patient's data" in listed.replace("&#39;", "'")
    assert "Ask the clinic to delete my data" in before
    assert len(erase_tasks(pages)) == 2


def test_topics_that_were_agreed_to_apart_stand_apart(pages, cast, path):
    agrees(pages, cast.maple, topic=Topic.marketing)

    told = words(look(pages, f"{path}/receipt"))

    assert told.count("You agreed:") == 2
    assert "News and offers" in told
    assert "Requests to review" not in told


def test_a_long_history_costs_no_query_more(pages, cast, path):
    heed = heed_of(pages)
    few = queries_of(heed, lambda: look(pages, f"{path}/receipt"))
    for _ in range(8):
        for topic in Topic:
            agrees(pages, cast.maple, topic=topic)
        press(pages, f"{path}/stop")

    many = queries_of(heed, lambda: look(pages, f"{path}/receipt"))

    assert len(events(pages, cast.maple)) == 33
    assert many == few
