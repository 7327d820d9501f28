"""The timeline of one phone: what follows from what, where the time is the same."""

import pytest

from clinics.access import clinic_by_slug
from gateway.models import CarrierLookup
from kernel.carriers import Carrier
from reminders.explain import timeline
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
        "is booked",
        "(reminder) was planned",
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
