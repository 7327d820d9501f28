"""The timeline of one phone: what follows from what, where the time is the same."""

from datetime import timedelta

import pytest
from sqlmodel import select

from clinics.access import clinic_by_slug
from clinics.models import Language
from gateway.models import CarrierLookup
from kernel.carriers import Carrier
from registration.models import WordingKind
from registration.wordings import add as add_wording
from reminders.answered import Answer, note
from reminders.explain import timeline
from reminders.models import Appointment, VisitReply
from reminders.policy import disable
from tests.conftest import NOW
from tests.reminders.desk import agreed
from tests.reminders.imports import ANA, bring, plan_maple
from tests.texted import texts

PHONE = "+12065550111"


def told(database):
    with database.reading() as session:
        maple = clinic_by_slug(session, "maple-dental")
        return [fact.sentence for fact in timeline(session, maple, PHONE)]


def places(sentences, *starts):
    return [
        next(place for place, one in enumerate(sentences) if start in one)
        for start in starts
    ]


def test_an_effect_comes_after_its_cause_where_the_time_is_the_same(database, cast):
    bring(database, ANA)
    agreed(database, cast.maple, PHONE)
    plan_maple(database, cast)
    texts(database, cast.maple, "STOP", phone=PHONE)

    sentences = told(database)

    chain = (
        "was booked",
        "(reminder 3 days before) was planned",
        'This phone texted "STOP"',
        "The patient stopped all texts",
        "(stop confirmation) was planned",
    )
    assert places(sentences, *chain) == sorted(places(sentences, *chain))


def test_a_text_that_holds_comes_before_the_hold_and_its_task(database, cast):
    agreed(database, cast.maple, PHONE)
    texts(database, cast.maple, "Not interested", phone=PHONE)

    sentences = told(database)

    chain = (
        'This phone texted "Not interested"',
        'The number is held until a person decides about "Not interested" (',
        "Task #1",
    )
    assert places(sentences, *chain) == sorted(places(sentences, *chain))


@pytest.mark.parametrize(
    ("line_type", "carrier", "textable", "sentence"),
    [
        ("mobile", Carrier.att, True, "AT&T, a mobile phone, which can receive texts."),
        (
            "landline",
            Carrier.other,
            False,
            "another carrier, a landline, which cannot receive texts.",
        ),
        (
            "satellite",
            Carrier.unknown,
            False,
            "an unknown carrier, a line of the kind 'satellite', which cannot receive "
            "texts.",
        ),
    ],
)
def test_a_line_is_named_in_plain_words(
    database, cast, line_type, carrier, textable, sentence
):
    with database.writing() as session:
        session.add(
            CarrierLookup(
                clinic_id=cast.maple.clinic_id,
                phone=PHONE,
                carrier=carrier,
                textable=textable,
                line_type=line_type,
                looked_up_at=NOW,
                raw="{}",
            )
        )

    assert told(database) == [f"The phone was looked up: {sentence}"]


def test_a_visit_tells_who_booked_it_and_every_move(database, cast):
    bring(database, ANA)
    bring(database, ANA.replace("2026-12-08T15:00", "2026-12-09T10:00"))
    bring(database, ANA.replace("booked", "cancelled"))
    bring(database, ANA.replace("2026-12-08T15:00", "2026-12-09T10:00"))

    sentences = [one for one in told(database) if one.startswith("Ana Lee's visit")]

    source = "(visits.csv, brought by desk@maple-dental.example)."
    first, second = "Tue, Dec 8, 2026, 3:00 PM PST", "Wed, Dec 9, 2026, 10:00 AM PST"
    assert sentences == [
        f"Ana Lee's visit of {first} was booked {source}",
        f"Ana Lee's visit of {first} was moved to {second} {source}",
        f"Ana Lee's visit of {second} was cancelled {source}",
        f"Ana Lee's visit of {second} takes place after all {source}",
    ]


def test_a_file_that_changes_nothing_adds_nothing(database, cast):
    bring(database, ANA)
    before = told(database)

    bring(database, ANA)

    assert told(database) == before


def test_two_reminders_of_one_visit_do_not_read_alike(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)

    planned = [one for one in told(database) if "was planned for" in one]

    assert [one.partition(" was")[0] for one in planned] == [
        "Text no. 1 (reminder 3 days before)",
        "Text no. 2 (reminder 1 day before)",
    ]
    assert all(one.endswith("Its words: English, version 1.") for one in planned)


def test_a_text_that_was_taken_back_keeps_its_name(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)
    with database.writing() as session:
        disable(session, cast.maple.clinic_id, "admin@maple-dental.example", NOW)
    plan_maple(database, cast)

    back = [one for one in told(database) if ": withdrawn." in one]

    assert [one.partition(":")[0] for one in back] == [
        "Text no. 1 (reminder 3 days before)",
        "Text no. 2 (reminder 1 day before)",
    ]


def test_the_words_are_those_that_were_in_use_then(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)
    later = NOW + timedelta(days=1)
    with database.writing() as session:
        add_wording(
            session,
            cast.maple.clinic_id,
            cast.maple.campaign_id,
            WordingKind.reminder,
            Language.en,
            "{clinic}: {first_name}, {weekday} {time}. STOP to opt out.",
            later,
        )

    planned = [one for one in told(database) if "was planned for" in one]

    assert all(one.endswith("version 1.") for one in planned)


def test_each_answer_is_told_with_who_noted_it(database, cast):
    bring(database, ANA)
    with database.writing() as session:
        visit = session.exec(select(Appointment)).one()
        for hours, reply, by in (
            (1, VisitReply.confirmed, None),
            (2, VisitReply.cannot_come, "desk@maple-dental.example"),
            (3, None, "desk@maple-dental.example"),
        ):
            answer = Answer(reply=reply, at=NOW + timedelta(hours=hours), by=by)
            note(session, cast.maple.clinic_id, [(visit.id, 1)], answer, NOW)

    said = [one.partition("PST: ")[2] for one in told(database) if "answer" in one]

    by = "noted by desk@maple-dental.example."
    assert said == [
        "the answer is 'confirmed'.",
        f"the answer is 'cannot come', {by}",
        f"what was answered before does not count any more, {by}",
    ]


def test_a_patient_who_has_come_is_said_so(database, cast):
    bring(database, ANA)

    bring(database, ANA.replace("booked", "arrived"))

    (said,) = [one for one in told(database) if "marked" in one]
    assert "was marked as kept: the patient has come (visits.csv" in said
