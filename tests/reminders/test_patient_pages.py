"""The desk's pages about patients: found, looked at, added, changed."""

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import Patient, Task, TaskKind
from consent.models import Grade, Topic
from consent.record import hold, opt_in, opt_out
from consent.standing import lock_line
from gateway.models import Message, State
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.reminders.desk import DESK, LIST, actions, database, of, said

HOSTILE = "<b>Bobby</b> \u202e{{7*7}} =1+1 " + "x" * 40


def test_an_empty_list_says_what_to_do_next(pages):
    page = visitor(pages, DESK).get(LIST)

    assert page.status_code == 200
    assert "No patients yet" in words(page)
    assert f"{LIST}/new" in page.get_data(as_text=True)


def test_the_desk_adds_finds_and_changes_a_patient(here, cast):
    desk = visitor(here, DESK)
    typed = {
        "given_name": "José",
        "family_name": "García",
        "phone": "(206) 555-0144",
        "language": "es",
    }

    added = desk.post(f"{LIST}/new", typed)
    found = desk.get(f"{LIST}?q=jose")
    one = desk.get(added.location)
    edit = desk.get(f"{added.location}/edit").get_data(as_text=True)
    seen = edit.partition('name="seen" value="')[2].partition('"')[0]
    new = {**typed, "phone": "206 555 0145", "seen": seen}
    changed = desk.post(f"{added.location}/edit", new)

    assert "José García" in words(found)
    assert "not asked" in words(found)
    assert "(206) 555-0144 · Spanish" in words(one)
    assert changed.location == added.location
    assert "(206) 555-0145" in words(desk.get(added.location))
    assert actions(here)[-2:] == ["patient added", "patient changed"]


def test_a_refusal_keeps_what_was_typed_and_says_why_beside_it(here):
    desk = visitor(here, DESK)

    answer = desk.post(f"{LIST}/new", {"given_name": HOSTILE[:60], "phone": "555"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "&lt;b&gt;Bobby&lt;/b&gt;" in page
    assert "<b>Bobby" not in page
    assert 'id="phone-said" class="problem"' in page


def test_two_desks_that_change_one_patient_do_not_overwrite_each_other(here):
    desk = visitor(here, DESK)
    typed = {"given_name": "Pat", "family_name": "A", "phone": PAT, "seen": "older"}

    answer = desk.post(of(here, "Pat", "/edit"), typed)

    assert answer.location == of(here, "Pat", "/edit")
    assert "while the page was open" in words(desk.get(answer.location))


def test_a_patient_page_says_how_it_was_agreed_and_who_shares_the_phone(here, cast):
    with database(here).writing() as writing:
        writing.add(
            Patient(
                clinic_id=cast.maple.clinic_id,
                external_id="N-2",
                given_name="Lou",
                family_name="Alder",
                phone=PAT,
                updated_at=NOW,
            )
        )
    facts = {"method": "text message", "words": "START"}
    said(here, cast, opt_in, Topic.care, Grade.proven, facts)

    page = words(visitor(here, DESK).get(of(here, "Pat")))

    assert "By text message: “START”" in page
    assert "Proven" in page
    assert "Lou Alder" in page
    assert "The patient agreed to texts about care" in page  # the timeline


def test_a_held_number_is_shown_with_what_a_person_must_decide(here, cast):
    said(here, cast, hold, "unsure", {"words": "stop or not"})
    with database(here).writing() as writing:
        writing.add(
            Task(
                clinic_id=cast.maple.clinic_id,
                kind=TaskKind.unsure_reply,
                dedupe_key="t",
                phone=PAT,
                sentence="Read the reply and decide.",
                due_at=NOW,
                created_at=NOW,
            )
        )

    page = words(visitor(here, DESK).get(of(here, "Pat")))

    assert "This number is held since Mon, Nov 30, 2026, 10:00 AM PST" in page
    assert "Read the reply and decide." in page
    assert "number held" in words(visitor(here, DESK).get(LIST))


def test_a_number_leads_to_its_patient_or_to_what_is_known_of_it(here, cast):
    desk = visitor(here, DESK)
    unknown = "+12065550177"

    assert desk.get(f"{LIST}/by-phone/{PAT}").location == of(here, "Pat")
    assert desk.get(f"{LIST}/by-phone/(206) 555-0111").location == of(here, "Pat")
    page = desk.get(f"{LIST}/by-phone/{unknown}")
    assert "No patient on the list has this number" in words(page)
    assert f"{LIST}/new?phone=%2B12065550177" in page.get_data(as_text=True)
    for odd in ("12345", "x%00y", "a" * 100):
        assert desk.get(f"{LIST}/by-phone/{odd}").status_code == 404


def test_an_odd_sender_that_texted_has_a_page(here, cast):
    with database(here).writing() as writing:
        lock_line(writing, cast.maple.clinic_id, "72345")
        facts = {"method": "text message", "words": "STOP"}
        opt_out(writing, cast.maple.clinic_id, "72345", facts, NOW)

    page = visitor(here, DESK).get(f"{LIST}/by-phone/72345")

    assert "STOP" in words(page)
    assert "Add as a patient" not in words(page)


@pytest.mark.parametrize(("texts", "size"), [(1, 1), (40, 60)])
def test_the_number_of_queries_does_not_grow_with_the_history(here, cast, texts, size):
    with database(here).writing() as writing:
        for number in range(texts):
            writing.add(_text(cast.maple, number))
        lock_line(writing, cast.maple.clinic_id, PAT)
        for number in range(size):
            facts = {"method": "text message", "words": f"STOP {number}"}
            opt_out(writing, cast.maple.clinic_id, PAT, facts, NOW)
    desk, path, asked = visitor(here, DESK), of(here, "Pat"), []
    sa.event.listen(
        database(here).reader,
        "before_cursor_execute",
        lambda *call: asked.append(call[2]),
    )

    page = desk.get(path)

    assert len([one for one in asked if one.startswith("SELECT")]) == 49
    many = page.get_data(as_text=True).count("Kept as record ")
    assert many == min(size, 50)
    assert ("Show everything" in words(page)) is (size > 50)
    everything = desk.get(f"{path}?all=1").get_data(as_text=True)
    assert everything.count("Kept as record ") == size


def _text(place, number):
    return Message(
        clinic_id=place.clinic_id,
        number_id=place.number_id,
        phone=PAT,
        topic=Topic.care,
        kind="reminder",
        body="Your visit",
        segments=1,
        dedupe_key=f"t{number}",
        send_from=NOW,
        send_until=NOW,
        state=State.withdrawn,
        look_again_at=NOW,
        created_at=NOW.replace(year=2025),
        outcome="The visit was changed.",
        finished_at=NOW.replace(year=2025),
    )


def test_hostile_names_break_no_page(here, cast):
    with database(here).writing() as writing:
        writing.connection().execute(
            sa.update(Patient)
            .where(col(Patient.given_name) == "Pat")
            .values(given_name=HOSTILE, external_id=HOSTILE)
        )
    said(
        here,
        cast,
        opt_out,
        {"method": HOSTILE, "words": HOSTILE},
    )
    desk = visitor(here, DESK)

    for page in ("", "/edit", "/paper", "/verbal"):
        answer = desk.get(f"{LIST}/{_by_phone(here)}{page}")
        text = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert "<b>Bobby" not in text
        assert "49" not in text.partition("<h1>")[2].partition("</h1>")[0]
    assert "<b>Bobby" not in desk.get(LIST).get_data(as_text=True)


def _by_phone(pages):
    with database(pages).reading() as session:
        return session.exec(select(Patient.id).where(col(Patient.phone) == PAT)).one()
